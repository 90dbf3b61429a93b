// Runs a target over files and the files of folders: seeds and old crashes as ordinary tests. Each input is
// a heap block of its exact size, so that a sanitizer sees a read beyond it. With --whole, only as they are.
#include "target.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  std::vector<fs::path> inputs;
  const bool whole = argc > 1 && std::string_view(argv[1]) == "--whole";
  for (int i = whole ? 2 : 1; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      inputs.emplace_back(argv[i]);
      continue;
    }
    for (const auto& e : fs::recursive_directory_iterator(argv[i]))
      if (e.is_regular_file()) inputs.push_back(e.path());
  }
  for (const auto& path : inputs) {
    std::ifstream in(path, std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto exact = std::make_unique<std::uint8_t[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), exact.get());
    LLVMFuzzerTestOneInput(exact.get(), bytes.size());
    if (whole) continue;
    // And what a damaged copy does: every prefix of up to 4 KB, from the end.
    for (std::size_t size = std::min<std::size_t>(bytes.size(), 4096); size-- > 0;) {
      const auto prefix = std::make_unique<std::uint8_t[]>(size);
      std::copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size), prefix.get());
      LLVMFuzzerTestOneInput(prefix.get(), size);
    }
  }
  std::printf("%zu files\n", inputs.size());
  return inputs.empty() ? 1 : 0;
}
