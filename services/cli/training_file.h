// The training file of a year, for whoever reads or prints it.
#pragma once

#include <string>

#include "inspectorate/registry/v1/training.pb.h"

namespace inspectorate::cli {

std::string RenderTrainingFile(const registry::v1::TrainingFile& file);
std::string RenderShortfalls(const registry::v1::ListTrainingShortfallsResponse& list);

}  // namespace inspectorate::cli
