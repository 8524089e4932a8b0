#include "common/service/service.h"
#include "services/issues/service.h"

int main(int argc, char** argv) {
  return inspectorate::service::Main(argc, argv, inspectorate::issues::IssuesDefinition());
}
