#include "folder_store.hpp"

#include "files.hpp"
#include "packing.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bmes::filesystem {
namespace {

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
    if (!fd.valid() && (errno == ENOENT || errno == ENOTDIR)) return refuse({"no_entry", {}});
    struct stat s {};
    if (!fd.valid() || ::fstat(fd.get(), &s) != 0) return refuse(failure("unreadable", out.place, errno));
    if (!S_ISREG(s.st_mode)) return refuse({"not_a_file", out.place});
    if (s.st_uid != ::geteuid() || (s.st_mode & (S_IWGRP | S_IWOTH)) != 0) return refuse({"not_private", out.place});
    if (s.st_size == 0) return refuse({"empty_entry", out.place});
    auto [bytes, error] = unpack(fd.get(), static_cast<std::uint64_t>(s.st_size));
    if (!bytes) return refuse({error.reason, out.place + ": " + error.message});
    out.entry = std::move(bytes);
    return out;
  }

  std::uint64_t stored_size(const hash128& key) const override {
    struct stat s {};
    return ::stat(path_of(key).c_str(), &s) == 0 ? static_cast<std::uint64_t>(s.st_size) : 0;
  }

  store_error put(const hash128& key, byte_view bytes) override {
    if (!make_folders(folder_)) return failure("folder_not_writable", folder_, errno);
    remove_abandoned();
    const std::string temporary = path_of(key) + "." + std::to_string(::getpid()) + temporary_suffix;
    {
      ::unlink(temporary.c_str());
      const descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
      if (!fd.valid()) return failure("folder_not_writable", temporary, errno);
      const auto packed = pack(bytes);
      if (!write_all(fd.get(), packed.empty() ? bytes : packed)) return give_up(temporary, "write_failed", errno);
    }
    if (::rename(temporary.c_str(), path_of(key).c_str()) != 0) return give_up(temporary, "write_failed", errno);
    return {};
  }

 private:
  static constexpr std::string_view temporary_suffix_view = ".tmp";
  static constexpr const char* temporary_suffix = ".tmp";

  [[nodiscard]] std::string path_of(const hash128& key) const { return folder_ + "/" + hex(key) + ".cache"; }

  static store_error give_up(const std::string& temporary, std::string_view reason, int code) {
    ::unlink(temporary.c_str());
    return failure(reason, temporary, code);
  }

  // A writer that died leaves its temporary file behind.
  void remove_abandoned() const {
    DIR* folder = ::opendir(folder_.c_str());
    if (!folder) return;
    while (const dirent* e = ::readdir(folder)) {
      if (!std::string_view(e->d_name).ends_with(temporary_suffix_view)) continue;
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
