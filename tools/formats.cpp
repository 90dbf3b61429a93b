#include "formats.hpp"

#include "compression.hpp"
#include "files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace bmes::tools {

opened_file::opened_file(const std::string& path) {
  const filesystem::descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat s{};
  if (!fd.valid() || ::fstat(fd.get(), &s) != 0) {
    error_ = std::strerror(errno);
    return;
  }
  if (S_ISREG(s.st_mode) && s.st_size > 0) {
    auto mapped = filesystem::map_file(fd.get(), static_cast<std::uint64_t>(s.st_size));
    if (!mapped) {
      error_ = std::strerror(errno);
      return;
    }
    auto unpacked = packing::unpack_entry(std::move(mapped));
    if (!unpacked.entry) {
      error_ = unpacked.error.message;
      return;
    }
    stored_ = std::move(unpacked.entry);
    bytes_ = stored_->bytes();
    return;
  }
  for (;;) {
    const std::size_t before = read_.size();
    read_.resize(before + 65536);
    const ssize_t n = ::read(fd.get(), read_.data() + before, read_.size() - before);
    read_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error_ = std::strerror(errno);
    if (n <= 0) break;
  }
  bytes_ = read_;
}

std::string to_text(const error& e) {
  const errc_info& i = info(e.code);
  return fmt::format("{} at {:#x} in {}: {}", i.name, e.offset, e.field, i.sentence);
}

std::string to_hex(byte_view bytes) {
  std::string out;
  for (const std::byte b : bytes) out += fmt::format("{:02x}", std::to_integer<unsigned>(b));
  return out;
}

bool print_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return true;
  fail(fmt::format("can't write to standard output: {}", std::strerror(errno)));
  return false;
}

int fail(std::string_view text) {
  fmt::print(stderr, "bmes: {}\n", text);
  return 1;
}

}  // namespace bmes::tools
