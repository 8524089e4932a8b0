// Runs a target over the files of the folders and over the files given: the corpus as a regression test, with
// any compiler, and any input by hand. libFuzzer's own main takes its place in a Fuzz build.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

// A broken property aborts or a sanitizer exits: this line, the last one, tells which input did it.
void Run(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  const std::string bytes = text.str();
  std::fprintf(stderr, "input %s\n", path.c_str());
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> paths;
  for (int i = 1; i < count; ++i) {
    if (!std::filesystem::is_directory(arguments[i])) {
      paths.emplace_back(arguments[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
      paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) Run(path);
  LLVMFuzzerTestOneInput(nullptr, 0);
  std::printf("%zu inputs\n", paths.size());
  return paths.empty() ? 1 : 0;
}
