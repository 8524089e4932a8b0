// The visits service: what is owed, planned and seen. `visits serve | migrate | check | version`.
#include "services/visits/definition.h"

int main(int argc, char** argv) {
  return inspectorate::service::Main(argc, argv, inspectorate::visits::Definition());
}
