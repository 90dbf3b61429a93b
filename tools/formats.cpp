#include "formats.hpp"

#include "compression.hpp"
#include "files.hpp"
#include "output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace bmes::tools {

namespace {

// What can't be mapped is copied to where it can; gives how much that was, or -1.
std::int64_t copy_to(int to, int from) {
  std::vector<char> some(1 << 20);
  for (std::int64_t all = 0;;) {
    const ssize_t n = ::read(from, some.data(), some.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? n : all;
    for (ssize_t done = 0; done < n;) {
      const ssize_t written = ::write(to, some.data() + done, static_cast<std::size_t>(n - done));
      if (written < 0) return written;
      done += written;
    }
    all += n;
  }
}

}  // namespace

opened_file::opened_file(const std::string& path) {
  filesystem::descriptor fd(path == standard_stream ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  filesystem::descriptor copy(::memfd_create("bmes", MFD_CLOEXEC));
  struct stat s {};
  std::int64_t size = fd.valid() && ::fstat(fd.get(), &s) == 0 ? s.st_size : -1;
  const bool can_be_mapped = size >= 0 && S_ISREG(s.st_mode);
  if (size >= 0 && !can_be_mapped) size = copy_to(copy.get(), fd.get());
  if (size < 0) error_ = std::strerror(errno);
  if (size <= 0) return;
  stored_size_ = static_cast<std::uint64_t>(size);
  auto mapped = filesystem::map_file(can_be_mapped ? fd.get() : copy.get(), stored_size_);
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
