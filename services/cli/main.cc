#include "services/cli/command.h"

int main(int argc, char** argv) { return inspectorate::cli::Main(argc, argv); }
