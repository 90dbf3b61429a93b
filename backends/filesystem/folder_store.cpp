#include "folder_store.hpp"

#include "files.hpp"
#include "start_counts.hpp"

#include <algorithm>
#include <bmes/cache.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace bmes::filesystem {
namespace {

constexpr auto between_tries = std::chrono::milliseconds(2);
// How exactly the last use of an entry is known: more would be a write for each start.
constexpr time_t use_is_noted_after_seconds = 3600;
// Hits are as many as starts. Of an entry that was just written each counts: it was a write, too.
constexpr time_t young_seconds = 60;
constexpr unsigned hits_for_one_counted = 16;

store_error failure(std::string_view reason, const std::string& what, int code) { return {reason, what + ": " + std::strerror(code)}; }

bool make_folders(const std::string& folder, mode_t mode) {
  if (::mkdir(folder.c_str(), mode) == 0 || errno == EEXIST) return true;
  if (errno != ENOENT) return false;
  const auto slash = folder.rfind('/');
  if (slash == std::string::npos || slash == 0) return false;
  return make_folders(folder.substr(0, slash), mode) && (::mkdir(folder.c_str(), mode) == 0 || errno == EEXIST);
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

// Another number for each process, which asks the system for nothing: the kernel left it there.
unsigned chance() {
  const auto* const given = reinterpret_cast<const unsigned char*>(::getauxval(AT_RANDOM));
  return given ? given[15] : 0U;
}

// Whose files are taken. The user is the one that the process was started as: asking for that is no call of the system.
struct trust {
  uid_t user = static_cast<uid_t>(::getauxval(AT_EUID));
  bool roots = false;
  bool somebodys = false;
  uid_t somebody = 0;

  [[nodiscard]] bool covers(uid_t owner) const { return owner == user || (roots && owner == 0) || (somebodys && owner == somebody); }
};

store_error distrust(const std::string& what, const struct stat& s, const trust& t) {
  if (!t.covers(s.st_uid)) return {reason::not_private, what + ": belongs to user " + std::to_string(s.st_uid)};
  if ((s.st_mode & (S_IWGRP | S_IWOTH)) != 0) return {reason::not_private, what + ": others can write to it"};
  return {};
}

// Looks at a folder once. In `whose`, with a folder that is only read, its owner is trusted from here on.
store_error look_at_folder(const std::string& folder, trust& whose, bool is_own) {
  struct stat s {};
  if (::stat(folder.c_str(), &s) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {reason::no_entry, {}};
    return failure(reason::unreadable, folder, errno);
  }
  // What stands in the way is told by those who write.
  if (!S_ISDIR(s.st_mode)) return {reason::no_entry, {}};
  if (!is_own) {
    whose.roots = whose.somebodys = true;
    whose.somebody = s.st_uid;
  }
  return distrust(folder, s, whose);
}

class folder_store final : public cache_store {
 public:
  folder_store(folder_places places, folder_limits limits) : places_(std::move(places)), limits_(limits) {}

  store_answer get(const hash128& key) override {
    candidate own = find(places_.own, key, true);
    if (places_.readonly.empty()) return answer(key, std::move(own), {});
    candidate layer = find(places_.readonly, key, false);
    // What was put after the other came here was made with it at hand, and has what it lacked.
    const bool is_newer = own.fd.valid() && (!layer.fd.valid() || !is_before(own.state.st_ctim, layer.state.st_ctim));
    if (is_newer || !layer.fd.valid()) return answer(key, std::move(own), std::move(layer.error));
    if (!own.fd.valid() && ::access(path_of(places_.own, key, crashed_suffix).c_str(), F_OK) == 0)
      return answer(key, std::move(own), {});
    return answer(key, std::move(layer), {});
  }

  store_error put(const hash128& key, byte_view bytes) override {
    const std::string& folder = places_.own;
    if (auto error = make_private_folder(); !error.reason.empty()) return error;
    const std::string place = path_of(folder, key, entry_suffix);
    const std::string temporary = place + "." + std::to_string(::getpid()) + std::string(temporary_suffix);
    {
      ::unlink(temporary.c_str());
      const descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, places_.is_shared ? 0644 : 0600));
      if (!fd.valid()) return failure(reason::folder_not_writable, temporary, errno);
      if (!write_all(fd.get(), bytes)) return give_up(temporary, reason::write_failed, errno);
    }
    if (::rename(temporary.c_str(), place.c_str()) != 0) return give_up(temporary, reason::write_failed, errno);
    ::unlink(path_of(folder, key, crashed_suffix).c_str());
    if (!places_.is_shared) add_counts(path_of(folder, key, counts_suffix), {{}, 0, bytes.size()}, true);
    keep_within(folder, limits_);
    return {};
  }

  std::unique_ptr<write_turn> take_turn(const hash128& key, std::chrono::milliseconds patience) override {
    if (!make_private_folder().reason.empty()) return nullptr;
    const auto path = path_of(places_.own, key, turn_suffix);
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

  void note_start(const hash128& key, std::string_view why) override {
    const bool is_hit = why.empty(), is_sample = is_hit && !is_young_;
    if (is_sample && chance() % hits_for_one_counted != 0) return;
    trust whose;
    if (places_.own.empty() || !look_at_folder(places_.own, whose, true).reason.empty()) return;
    const std::uint64_t times = is_sample ? hits_for_one_counted : 1;
    start_counts more;
    more.starts.emplace(is_hit ? counted_hit : why, times);
    if (is_hit) more.read_bytes = times * found_bytes_;
    add_counts(path_of(places_.own, key, counts_suffix), more, !is_hit);
  }

 private:
  /// An entry that may be used, as its descriptor, or why there is none.
  struct candidate {
    descriptor fd;
    struct stat state {};
    bool is_own = false;
    std::string place;
    store_error error;
  };

  [[nodiscard]] static std::string path_of(const std::string& folder, const hash128& key, std::string_view suffix) {
    std::string out = folder + "/";
    out += to_hex(key);
    return out += suffix;
  }
  [[nodiscard]] static bool is_before(const timespec& a, const timespec& b) {
    return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
  }

  [[nodiscard]] static candidate find(const std::string& folder, const hash128& key, bool is_own) {
    candidate out{descriptor(), {}, is_own, {}, {reason::no_entry, {}}};
    if (folder.empty()) return out;
    out.place = path_of(folder, key, entry_suffix);
    trust whose;
    out.error = look_at_folder(folder, whose, is_own);
    if (!out.error.reason.empty()) return out;
    descriptor fd(::open(out.place.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd.valid() && (errno == ENOENT || errno == ENOTDIR)) {
      out.error = {reason::no_entry, {}};
    } else if (!fd.valid() || ::fstat(fd.get(), &out.state) != 0) {
      out.error = failure(reason::unreadable, out.place, errno);
    } else if (!S_ISREG(out.state.st_mode)) {
      out.error = {reason::not_a_file, out.place};
    } else if (out.error = distrust(out.place, out.state, whose); out.error.reason.empty()) {
      if (out.state.st_size == 0) out.error = {reason::empty_entry, out.place};
      else return {std::move(fd), out.state, is_own, std::move(out.place), {}};
    }
    return out;
  }

  // What was found, or why there is nothing; `other` says what was wrong with the other place.
  [[nodiscard]] store_answer answer(const hash128& key, candidate found, store_error other) {
    store_answer out;
    out.place = std::move(found.place);
    if (!found.fd.valid()) {
      out.error = std::move(found.error);
      if (out.error.reason != reason::no_entry) return out;
      if (!other.reason.empty() && other.reason != reason::no_entry) out.error = std::move(other);
      else if (!places_.own.empty()) out.error = why_missing(key);
      return out;
    }
    const struct stat& s = found.state;
    out.entry = load_file(found.fd.get(), static_cast<std::uint64_t>(s.st_size));
    if (!out.entry) out.error = failure(reason::unreadable, out.place, errno);
    for (const auto n : {std::uint64_t{s.st_ino}, static_cast<std::uint64_t>(s.st_size), static_cast<std::uint64_t>(s.st_mtim.tv_sec),
                         static_cast<std::uint64_t>(s.st_mtim.tv_nsec)})
      out.version += std::to_string(n) + "-";
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    const time_t age = now.tv_sec - s.st_mtim.tv_sec;
    is_young_ = age >= 0 && age < young_seconds;
    found_bytes_ = static_cast<std::uint64_t>(s.st_size);
    if (found.is_own) note_use(found.fd.get(), s, now);
    return out;
  }

  [[nodiscard]] store_error why_missing(const hash128& key) const {
    if (is_locked(path_of(places_.own, key, turn_suffix))) return {reason::being_written, {}};
    const auto aside = path_of(places_.own, key, crashed_suffix);
    if (::access(aside.c_str(), F_OK) == 0) return {reason::crashed, aside};
    return {reason::no_entry, {}};
  }

  // Where reading leaves no time of access behind, or an old one.
  static void note_use(int fd, const struct stat& s, const timespec& now) {
    if (now.tv_sec - std::max(s.st_atim.tv_sec, s.st_mtim.tv_sec) < use_is_noted_after_seconds) return;
    const timespec times[] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
    ::futimens(fd, times);
  }

  [[nodiscard]] store_error make_private_folder() const {
    if (places_.own.empty()) return {reason::no_folder, {}};
    if (!make_folders(places_.own, places_.is_shared ? 0755 : 0700)) return failure(reason::folder_not_writable, places_.own, errno);
    return check_folder(places_.own, true);
  }

  static store_error give_up(const std::string& temporary, std::string_view reason, int code) {
    ::unlink(temporary.c_str());
    return failure(reason, temporary, code);
  }

  folder_places places_;
  folder_limits limits_;
  // Of the entry that was found last.
  bool is_young_ = false;
  std::uint64_t found_bytes_ = 0;
};

}  // namespace

bool make_folder(const std::string& folder) { return make_folders(folder, 0700); }

store_error check_folder(const std::string& folder, bool is_own) {
  trust whose;
  auto error = look_at_folder(folder, whose, is_own);
  return error.reason == reason::no_entry ? store_error{} : error;
}

std::unique_ptr<cache_store> make_folder_store(folder_places places, folder_limits limits) {
  return std::make_unique<folder_store>(std::move(places), limits);
}

}  // namespace bmes::filesystem
