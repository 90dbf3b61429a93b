#include "output.hpp"

#include "formats.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bmes::tools {
namespace {

bool is_same(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

bool starts_as_bmes(byte_view bytes) {
  using number = wire_rep<std::uint32_t>;
  return bytes.size() >= number::size && number::load(bytes.first<number::size>()) == magic;
}

// Gives the stream's error, which closing it would hide.
std::string write_and_close(std::FILE* out, byte_view bytes) {
  if (!out) return std::strerror(errno);
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size() && std::fflush(out) == 0;
  const int code = errno;
  const bool closed = std::fclose(out) == 0;
  return written && closed ? std::string() : std::strerror(written ? errno : code);
}

}  // namespace

std::string why_keep(const std::string& path, std::span<const std::string> sources) {
  struct stat there {};
  if (path == standard_stream || ::stat(path.c_str(), &there) != 0 || !S_ISREG(there.st_mode)) return {};
  for (const std::string& source : sources)
    if (struct stat s{}; ::stat(source.c_str(), &s) == 0 && is_same(s, there)) return "it is a source; --force writes over it";
  if (there.st_size == 0) return {};
  const opened_file file(path);
  if (file.error().empty() && starts_as_bmes(file.bytes())) return {};
  return "it is no BMES file; --force writes over it";
}

std::string write_output(const std::string& path, byte_view bytes) {
  if (path == standard_stream) {
    const bool written = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() && std::fflush(stdout) == 0;
    return written ? std::string() : std::strerror(errno);
  }
  struct stat there {};
  const bool exists = ::stat(path.c_str(), &there) == 0;
  if (exists && !S_ISREG(there.st_mode)) return write_and_close(std::fopen(path.c_str(), "wbe"), bytes);
  if (exists && ::access(path.c_str(), W_OK) != 0) return std::strerror(errno);
  // A link stays, and what it leads to is replaced.
  std::string target = path;
  if (char* real = exists ? ::realpath(path.c_str(), nullptr) : nullptr) {
    target = real;
    std::free(real);
  }
  const auto part = fmt::format("{}.bmes-{}.part", target.substr(0, target.rfind('/') + 1), ::getpid());
  std::FILE* out = std::fopen(part.c_str(), "wbxe");
  if (out && exists) ::fchmod(::fileno(out), there.st_mode & 0777);
  std::string failure = write_and_close(out, bytes);
  if (failure.empty() && std::rename(part.c_str(), target.c_str()) != 0) failure = std::strerror(errno);
  if (out && !failure.empty()) std::remove(part.c_str());
  return failure;
}

}  // namespace bmes::tools
