#include "commands.hpp"
#include "formats.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace bmes::tools {
namespace {

bool write_all(const std::string& path, byte_view bytes) {
  std::FILE* out = std::fopen(path.c_str(), "wb");
  if (!out) return false;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size();
  return (std::fclose(out) == 0) && written;
}

// All of the file or none of it, and never over the input while it is mapped: by another name first. What is no
// regular file, a pipe or a device, is written to.
bool replace_file(const std::string& path, byte_view bytes) {
  struct stat s{};
  if (::stat(path.c_str(), &s) == 0 && !S_ISREG(s.st_mode)) return write_all(path, bytes);
  const std::string part = path + ".part";
  if (write_all(part, bytes) && std::rename(part.c_str(), path.c_str()) == 0) return true;
  const int code = errno;
  std::remove(part.c_str());
  errno = code;
  return false;
}

}  // namespace

int convert_file(const std::string& input, const std::string& output, unsigned version) {
  const opened_file file(input);
  if (!file.error().empty()) return fail(fmt::format("{}: {}", input, file.error()));
  auto any = read_graph(file.bytes());
  if (!any) return fail(fmt::format("{}: {}", input, to_text(any.error())));
  if (const auto why = too_much_for(*any, version); !why.empty()) return fail(fmt::format("{}: {}", input, why));
  const auto lost = lost_in(*any, version);
  const auto bytes = write_graph(*any, version);
  if (!bytes)
    return fail(fmt::format("{}: version {} can't hold it: {}: {}", input, version, bytes.error().field, info(bytes.error().code).sentence));
  if (!replace_file(output, *bytes)) return fail(fmt::format("{}: {}", output, std::strerror(errno)));
  if (!lost.empty()) fmt::print(stderr, "lost: {}\n", fmt::join(lost, ", "));
  return 0;
}

}  // namespace bmes::tools
