#include "folder_store.hpp"

#include "files.hpp"

#include <bmes/cache.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace bmes::filesystem {
namespace {

constexpr auto between_tries = std::chrono::milliseconds(2);
constexpr time_t abandoned_after_seconds = 3600;

std::string hex(const hash128& key) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const std::byte b : key) {
    out += digits[std::to_integer<unsigned>(b) >> 4];
    out += digits[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

store_error failure(std::string_view reason, const std::string& what, int code) { return {reason, what + ": " + std::strerror(code)}; }

bool make_folders(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return true;
  if (errno != ENOENT) return false;
  const auto slash = folder.rfind('/');
  if (slash == std::string::npos || slash == 0) return false;
  return make_folders(folder.substr(0, slash)) && (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST);
}

bool write_all(int fd, byte_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

bool is_locked(const std::string& path) {
  const descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  return fd.valid() && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/// A locked file beside the entry. The lock goes with the last process that has the descriptor, whatever ends it.
class locked_file final : public write_turn {
 public:
  locked_file(std::string path, filesystem::descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  ~locked_file() override { ::unlink(path_.c_str()); }
  [[nodiscard]] int descriptor() const noexcept override { return fd_.get(); }

 private:
  std::string path_;
  filesystem::descriptor fd_;
};

class folder_store final : public cache_store {
 public:
  explicit folder_store(std::string folder) : folder_(std::move(folder)) {}

  store_answer get(const hash128& key) override {
    store_answer out;
    out.place = path_of(key);
    const auto refuse = [&](store_error error) {
      out.error = std::move(error);
      return std::move(out);
    };
    const descriptor fd(::open(out.place.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd.valid() && (errno == ENOENT || errno == ENOTDIR)) return refuse({is_locked(turn_of(key)) ? reason::being_written : reason::no_entry, {}});
    struct stat s {};
    if (!fd.valid() || ::fstat(fd.get(), &s) != 0) return refuse(failure(reason::unreadable, out.place, errno));
    if (!S_ISREG(s.st_mode)) return refuse({reason::not_a_file, out.place});
    if (s.st_uid != ::geteuid() || (s.st_mode & (S_IWGRP | S_IWOTH)) != 0) return refuse({reason::not_private, out.place});
    if (s.st_size == 0) return refuse({reason::empty_entry, out.place});
    out.entry = map_file(fd.get(), static_cast<std::uint64_t>(s.st_size));
    if (!out.entry) return refuse(failure(reason::unreadable, out.place, errno));
    out.version = std::to_string(s.st_ino) + "-" + std::to_string(s.st_ctim.tv_sec) + "." + std::to_string(s.st_ctim.tv_nsec);
    return out;
  }

  store_error put(const hash128& key, byte_view bytes) override {
    if (!make_folders(folder_)) return failure(reason::folder_not_writable, folder_, errno);
    remove_abandoned();
    const std::string temporary = path_of(key) + "." + std::to_string(::getpid()) + temporary_suffix;
    {
      ::unlink(temporary.c_str());
      const descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
      if (!fd.valid()) return failure(reason::folder_not_writable, temporary, errno);
      if (!write_all(fd.get(), bytes)) return give_up(temporary, reason::write_failed, errno);
    }
    if (::rename(temporary.c_str(), path_of(key).c_str()) != 0) return give_up(temporary, reason::write_failed, errno);
    return {};
  }

  std::unique_ptr<write_turn> take_turn(const hash128& key, std::chrono::milliseconds patience) override {
    if (!make_folders(folder_)) return nullptr;
    const auto path = turn_of(key);
    const auto give_up_at = std::chrono::steady_clock::now() + patience;
    for (;;) {
      descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
      if (!fd.valid()) return nullptr;
      struct stat s {};
      if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
        // Who had the turn before removes the file: what was locked may not be what others find.
        if (::fstat(fd.get(), &s) == 0 && s.st_nlink != 0) return std::make_unique<locked_file>(path, std::move(fd));
      } else if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() >= give_up_at) {
        return nullptr;
      } else {
        std::this_thread::sleep_for(between_tries);
      }
    }
  }

 private:
  static constexpr const char* temporary_suffix = ".tmp";
  static constexpr const char* turn_suffix = ".writing";

  [[nodiscard]] std::string path_of(const hash128& key) const { return folder_ + "/" + hex(key) + ".cache"; }
  [[nodiscard]] std::string turn_of(const hash128& key) const { return folder_ + "/" + hex(key) + turn_suffix; }

  static store_error give_up(const std::string& temporary, std::string_view reason, int code) {
    ::unlink(temporary.c_str());
    return failure(reason, temporary, code);
  }

  // A writer that died leaves its files behind.
  void remove_abandoned() const {
    DIR* folder = ::opendir(folder_.c_str());
    if (!folder) return;
    while (const dirent* e = ::readdir(folder)) {
      const std::string_view name(e->d_name);
      if (!name.ends_with(temporary_suffix) && !name.ends_with(turn_suffix)) continue;
      struct stat s {};
      if (::fstatat(::dirfd(folder), e->d_name, &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode)) continue;
      if (s.st_mtime + abandoned_after_seconds < ::time(nullptr)) ::unlinkat(::dirfd(folder), e->d_name, 0);
    }
    ::closedir(folder);
  }

  std::string folder_;
};

}  // namespace

std::unique_ptr<cache_store> make_folder_store(std::string folder) { return std::make_unique<folder_store>(std::move(folder)); }

}  // namespace bmes::filesystem
