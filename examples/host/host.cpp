// A host of the headers: checks a file of version 4 and prints its modules and what they request. Built without
// exceptions and RTTI, with warnings as errors.
#if __has_include("bmes_single.hpp")
#include "bmes_single.hpp"
#else
#include <bmes/format.hpp>
#endif

#include <cstdio>
#include <vector>

namespace {

std::vector<std::byte> read(const char* path) {
  std::vector<std::byte> out;
  std::FILE* in = std::fopen(path, "rb");
  if (in == nullptr) return out;
  std::array<std::byte, 4096> part{};
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), in)) for (const std::byte b : std::span(part).first(size)) out.push_back(b);
  std::fclose(in);
  return out;
}

void print(const char* before, std::string_view text, const char* after) {
  std::printf("%s%.*s%s", before, static_cast<int>(text.size()), text.data(), after);
}

int refuse(const bmes::error& e) {
  std::printf("%s at %llu in", bmes::info(e.code).name.data(), static_cast<unsigned long long>(e.offset));
  print(" ", e.field, "\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: host FILE\n", stderr), 2;
  const auto bytes = read(argv[1]);
  const auto file = bmes::v4::file::open(bytes);
  if (!file) return refuse(file.error());

  std::printf("%u modules\n", file->module_count());
  for (const auto module : file->modules()) {
    print("", module.url(), module.index() == file->entry() ? " (entry)\n" : "\n");
    for (const auto request : module.requests()) {
      print("  ", request.specifier, " -> ");
      print("", request.resolved == bmes::external ? "?" : file->module_at(request.resolved).url(), "\n");
    }
  }
  return 0;
}
