// Reporting: what it adds up to. `reporting serve | migrate | check | version`.
#include "services/reporting/service.h"

int main(int argc, char** argv) {
  return inspectorate::service::Main(argc, argv, inspectorate::reporting::ReportingDefinition());
}
