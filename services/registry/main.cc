// The registry: who and where. `registry serve | migrate | check | version`.
#include "services/registry/definition.h"

int main(int argc, char** argv) {
  return inspectorate::service::Main(argc, argv, inspectorate::registry::Definition());
}
