#include "files.hpp"

#include "module_urls.hpp"

#include <bmes/checksum.hpp>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bmes::filesystem {
namespace {

constexpr std::uint64_t billion = 1'000'000'000;

// File systems stamp changes with the kernel's coarse clock, which moves every few milliseconds: two changes
// within a tick have the same time.
constexpr std::uint64_t too_recent = 20'000'000;

std::uint64_t nanoseconds_of(const timespec& t) {
  return static_cast<std::uint64_t>(t.tv_sec) * billion + static_cast<std::uint64_t>(t.tv_nsec);
}

source_identity identity_of(const struct stat& s) {
  return {static_cast<std::uint64_t>(s.st_size), {}, nanoseconds_of(s.st_mtim), nanoseconds_of(s.st_ctim)};
}

bool read_all(int fd, std::string& out, std::size_t expected) {
  out.resize(expected);
  std::size_t size = 0;
  for (;;) {
    if (size == out.size()) out.resize(out.size() + 4096);
    const ssize_t n = ::read(fd, out.data() + size, out.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
    // The size is known: a second read, only to be told of the end, is saved.
    if (size == expected) break;
  }
  out.resize(size);
  return true;
}

class mapping final : public stored_bytes {
 public:
  mapping(void* start, std::size_t size) : start_(start), size_(size) {}
  mapping(const mapping&) = delete;
  mapping& operator=(const mapping&) = delete;
  ~mapping() override { ::munmap(start_, size_); }
  [[nodiscard]] byte_view bytes() const noexcept override { return {static_cast<const std::byte*>(start_), size_}; }

 private:
  void* start_;
  std::size_t size_;
};

}  // namespace

descriptor::~descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::unique_ptr<stored_bytes> map_file(int fd, std::uint64_t size) {
  void* const start = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, fd, 0);
  if (start == MAP_FAILED) return nullptr;
  return std::make_unique<mapping>(start, static_cast<std::size_t>(size));
}

disk_state look(std::string_view key, bool with_hash) {
  if (with_hash) {
    const file_text file = read_file(key);
    if (file.error == 0) return {fact_kind::file, file.identity};
  }
  struct stat s {};
  if (::stat(path_of(key).c_str(), &s) != 0) return {};
  if (S_ISDIR(s.st_mode)) return {fact_kind::directory, {}};
  return {fact_kind::file, identity_of(s)};
}

file_text read_file(std::string_view key) {
  file_text out;
  const auto fail = [&](int number) {
    out.error = number;
    return out;
  };
  const descriptor fd(::open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC));
  struct stat before {}, after {};
  if (!fd.valid() || ::fstat(fd.get(), &before) != 0) return fail(errno);
  if (S_ISDIR(before.st_mode)) return fail(EISDIR);
  if (!read_all(fd.get(), out.text, static_cast<std::size_t>(before.st_size))) return fail(errno);
  if (::fstat(fd.get(), &after) != 0) return fail(errno);
  out.identity = identity_of(after);
  out.identity.size = out.text.size();
  out.identity.hash = checksum128(as_bytes(out.text));
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  const std::uint64_t changed = std::max(out.identity.modification_time, out.identity.change_time);
  const bool moved = nanoseconds_of(before.st_mtim) != out.identity.modification_time || nanoseconds_of(before.st_ctim) != out.identity.change_time;
  if (moved || changed + too_recent > nanoseconds_of(now)) out.identity.modification_time = out.identity.change_time = 0;
  return out;
}

}  // namespace bmes::filesystem
