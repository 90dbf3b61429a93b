#include "files.hpp"

#include "module_urls.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <bmes/checksum.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <sys/mman.h>
#include <utility>
#include <vector>

namespace bmes::filesystem {
namespace {

constexpr std::uint64_t billion = 1'000'000'000;

// File systems stamp changes with the kernel's coarse clock, which moves every few milliseconds: two changes
// within a tick have the same time. Some keep whole seconds only, FAT even ones.
constexpr std::uint64_t too_recent = 20'000'000, too_recent_in_seconds = 2 * billion;

std::uint64_t nanoseconds_of(const timespec& t) { return static_cast<std::uint64_t>(t.tv_sec) * billion + static_cast<std::uint64_t>(t.tv_nsec); }

/// What is worth knowing of a file system.
struct volume {
  std::uint64_t number = 0;    ///< tells it from others, after a restart of the machine too where it can
  bool keeps_changes = false;  ///< whether its times tell of changes
};

volume volume_of(const char* path, std::uint64_t device) {
  struct statfs s {};
  if (::statfs(path, &s) != 0) return {device, true};
  switch (static_cast<std::uint32_t>(s.f_type)) {
    case SQUASHFS_MAGIC:
    case ISOFS_SUPER_MAGIC:
    case CRAMFS_MAGIC:
    case EROFS_SUPER_MAGIC_V1:
      // Images: numbers and times are whatever their makers chose, and another image may be mounted in the place of one.
      return {device, false};
    case OVERLAYFS_SUPER_MAGIC:
      // Each mount has another number, but inodes are those of the layers below.
      return {OVERLAYFS_SUPER_MAGIC, true};
    default:
      break;
  }
  std::array<std::uint32_t, 2> id{};
  static_assert(sizeof id == sizeof s.f_fsid);
  std::memcpy(id.data(), &s.f_fsid, sizeof id);
  const std::uint64_t lasting = std::uint64_t{id[1]} << 32 | id[0];
  return {lasting != 0 ? lasting : device, true};
}

// Most files of a program are on one file system, or on few.
const volume& known_volume(const char* path, std::uint64_t device) {
  thread_local std::vector<std::pair<std::uint64_t, volume>> known;
  for (const auto& [number, v] : known)
    if (number == device) return v;
  return known.emplace_back(device, volume_of(path, device)).second;
}

source_identity identity_of(const char* path, const struct stat& s) {
  const volume& on = known_volume(path, s.st_dev);
  source_identity out{static_cast<std::uint64_t>(s.st_size), {}, 0, 0, on.number, s.st_ino};
  if (on.keeps_changes) {
    out.modification_time = nanoseconds_of(s.st_mtim);
    out.change_time = nanoseconds_of(s.st_ctim);
  }
  return out;
}

// Whether a change from now on could leave the times as they are.
bool is_too_recent(const struct stat& s) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  const bool whole_seconds = s.st_mtim.tv_nsec == 0 || s.st_ctim.tv_nsec == 0;
  const std::uint64_t changed = std::max(nanoseconds_of(s.st_mtim), nanoseconds_of(s.st_ctim));
  return changed + (whole_seconds ? too_recent_in_seconds : too_recent) > nanoseconds_of(now);
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

struct contents {
  std::uint64_t size = 0;
  hash128 hash{};
};

// Of what an open file has, none of which is kept: pages for all of a large file would take longer than reading it.
// What is no file need not have an end: no more than a piece of it counts.
std::optional<contents> hash_all(int fd, const struct stat& before) {
  contents out;
  std::array<std::byte, 128 * 1024> piece;
  running_checksum128 hash;
  for (;;) {
    const ssize_t n = ::read(fd, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    const auto bytes = byte_view(piece).first(static_cast<std::size_t>(n));
    hash.add(bytes);
    out.size += bytes.size();
    // As above: who changed it since is told by its times.
    if (S_ISREG(before.st_mode) && out.size == static_cast<std::uint64_t>(before.st_size)) break;
    if (S_ISREG(before.st_mode) || out.size < piece.size()) continue;
    errno = EFBIG;
    return std::nullopt;
  }
  out.hash = hash.value();
  return out;
}

// 0, or errno. `read(fd, before)` reads what an open file has.
int read_and_identify(std::string_view key, source_identity& out, const auto& read, int flags = 0) {
  const std::string path = path_of(key);
  const descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  struct stat before {
  }, after{};
  if (!fd.valid() || ::fstat(fd.get(), &before) != 0) return errno;
  if (S_ISDIR(before.st_mode)) return EISDIR;
  const std::optional<contents> all = read(fd.get(), before);
  if (!all || ::fstat(fd.get(), &after) != 0) return errno;
  out = identity_of(path.c_str(), after);
  out.size = all->size;
  out.hash = all->hash;
  const bool moved =
      nanoseconds_of(before.st_mtim) != nanoseconds_of(after.st_mtim) || nanoseconds_of(before.st_ctim) != nanoseconds_of(after.st_ctim);
  if (moved || is_too_recent(after)) out.modification_time = out.change_time = 0;
  return 0;
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

// Copying more costs more than faults of pages do.
constexpr std::uint64_t small_file = 64 * 1024;

}  // namespace

std::string to_hex(const hash128& hash) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const std::byte b : hash) {
    out += digits[std::to_integer<unsigned>(b) >> 4];
    out += digits[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

descriptor::~descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

descriptor open_quietly(const std::string& path) {
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  const int fd = ::open(path.c_str(), flags | O_NOATIME);
  return descriptor(fd < 0 && errno == EPERM ? ::open(path.c_str(), flags) : fd);
}

std::unique_ptr<stored_bytes> map_file(int fd, std::uint64_t size) {
  void* const start = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, fd, 0);
  if (start == MAP_FAILED) return nullptr;
  return std::make_unique<mapping>(start, static_cast<std::size_t>(size));
}

std::optional<std::string> read_link(const std::string& path) {
  std::string out(256, '\0');
  for (;;) {
    const ssize_t size = ::readlink(path.c_str(), out.data(), out.size());
    if (size < 0) return std::nullopt;
    if (static_cast<std::size_t>(size) == out.size()) {
      out.resize(out.size() * 2);
      continue;
    }
    out.resize(static_cast<std::size_t>(size));
    return out;
  }
}

namespace {

disk_state look_at_link(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  const auto target = read_link(path);
  if (!target) return {};
  source_identity out;
  out.size = target->size();
  out.hash = checksum128(as_bytes(*target));
  return {fact_kind::file, out};
}

}  // namespace

std::unique_ptr<stored_bytes> load_file(int fd, std::uint64_t size) {
  if (size > small_file) return map_file(fd, size);
  std::string bytes;
  if (!read_all(fd, bytes, static_cast<std::size_t>(size))) return nullptr;
  if (bytes.empty()) {
    errno = EIO;
    return nullptr;
  }
  return keep_bytes(std::move(bytes));
}

disk_state look(std::string_view key, bool with_hash) {
  if (key.size() > 1 && key.starts_with('/') && key.ends_with('/')) return look_at_link(std::string(key));
  if (const auto text = data_of(key)) {
    source_identity out;
    out.size = text->size();
    out.hash = checksum128(as_bytes(*text));
    return {fact_kind::file, out};
  }
  if (with_hash) {
    // A pipe that nobody writes to is empty, and keeps nobody waiting.
    disk_state out{fact_kind::file, {}};
    if (read_and_identify(key, out.identity, hash_all, O_NONBLOCK) == 0) return out;
  }
  const std::string path = path_of(key);
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return {};
  if (S_ISDIR(s.st_mode)) return {fact_kind::directory, {}};
  return {fact_kind::file, identity_of(path.c_str(), s)};
}

file_text read_file(std::string_view key) {
  file_text out;
  if (auto text = data_of(key)) {
    out.text = *std::move(text);
    out.identity.size = out.text.size();
    out.identity.hash = checksum128(as_bytes(out.text));
    return out;
  }
  out.error = read_and_identify(key, out.identity, [&](int fd, const struct stat& before) {
    return read_all(fd, out.text, static_cast<std::size_t>(before.st_size)) ? std::optional(contents{out.text.size(), checksum128(as_bytes(out.text))}) : std::nullopt;
  });
  return out;
}

}  // namespace bmes::filesystem
