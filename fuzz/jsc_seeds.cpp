// Writes the seeds of the engine's target: jsc_seeds FILE..., one for each program and one whose payloads are refused.
#include "jsc_load.hpp"

#include <cstdio>

int main(int argc, char** argv) {
  std::vector<std::vector<std::byte>> files;
  for (const auto& program : bmes::fuzz::known_programs()) files.push_back(program.file);
  files.push_back(bmes::fuzz::file_with_moved_payloads());
  if (static_cast<std::size_t>(argc) != files.size() + 1) return 2;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::FILE* out = std::fopen(argv[i + 1], "wb");
    if (!out || std::fwrite(files[i].data(), 1, files[i].size(), out) != files[i].size() || std::fclose(out) != 0) return 1;
  }
  return 0;
}
