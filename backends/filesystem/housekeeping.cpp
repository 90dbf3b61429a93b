#include "housekeeping.hpp"

#include "compression.hpp"
#include "files.hpp"
#include "folder_store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <set>
#include <utility>

namespace bmes::filesystem {
namespace {

constexpr std::int64_t abandoned_after = 3600 * one_second, forgotten_after = 7 * 24 * 3600 * one_second;
constexpr std::string_view engine_suffix = ".engine";
constexpr std::size_t key_digits = 32;

// A name that begins as those of this store do, so that nothing of anybody else's is touched.
bool has_key(std::string_view name) {
  return name.size() > key_digits &&
         std::ranges::all_of(name.substr(0, key_digits), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string_view key_in(std::string_view name) { return name.substr(0, name.find('.')); }

bool role_of(std::string_view name, file_role& role) {
  const auto ends_with = [&](std::string_view suffix) { return name.ends_with(suffix); };
  if (ends_with(temporary_suffix) || ends_with(turn_suffix)) {
    role = file_role::temporary;
    return true;
  }
  if (!has_key(name)) return false;
  const auto rest = name.substr(key_digits);
  if (rest == entry_suffix) role = file_role::entry;
  else if (rest == crashed_suffix) role = file_role::crashed;
  else if (rest == counts_suffix) role = file_role::counts;
  else if (rest == engine_suffix) role = file_role::engine;
  else return false;
  return true;
}

std::int64_t nanoseconds_of(const timespec& t) { return std::int64_t{t.tv_sec} * one_second + t.tv_nsec; }

// Which program runs here: what a later one in its place has otherwise.
std::string program_of(const char* path) {
  struct stat s {};
  if (::stat(path, &s) != 0) return {};
  return std::to_string(s.st_size) + " " + std::to_string(s.st_mtim.tv_sec) + "." + std::to_string(s.st_mtim.tv_nsec) + "\n";
}

bool is_dead(const std::string& folder, const hash128& engine) {
  const auto known = read_file(folder + "/" + to_hex(engine) + std::string(engine_suffix));
  const auto end = known.text.find('\n');
  if (known.error != 0 || end == std::string::npos) return false;
  return program_of(known.text.substr(0, end).c_str()) != known.text.substr(end + 1);
}

}  // namespace

std::string_view name_of(removal_reason reason) noexcept {
  constexpr std::array<std::string_view, 5> names{"abandoned", "unused", "too_large", "dead_engine", "least_used"};
  return names[static_cast<std::size_t>(reason)];
}

std::vector<stored_file> survey(const std::string& folder) {
  std::vector<stored_file> out;
  errno = 0;
  DIR* const open = ::opendir(folder.c_str());
  if (!open) return out;
  while (const dirent* e = ::readdir(open)) {
    stored_file file{e->d_name};
    struct stat s {};
    if (!role_of(file.name, file.role) || ::fstatat(::dirfd(open), e->d_name, &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode)) continue;
    file.bytes = static_cast<std::uint64_t>(s.st_size);
    file.written = nanoseconds_of(s.st_mtim);
    file.used = std::max(nanoseconds_of(s.st_atim), file.written);
    out.push_back(std::move(file));
  }
  ::closedir(open);
  errno = 0;
  std::ranges::sort(out, {}, &stored_file::name);
  return out;
}

std::vector<removal> to_remove(const std::vector<stored_file>& files, const folder_limits& limits, std::int64_t now,
                               const std::function<bool(const stored_file&)>& is_dead) {
  std::vector<removal> out;
  std::vector<std::size_t> kept;
  std::uint64_t bytes = 0;
  std::set<std::string_view> entries;
  for (const stored_file& f : files)
    if (f.role == file_role::entry) entries.insert(key_in(f.name));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const stored_file& f = files[i];
    const auto older_than = [&](std::int64_t since, std::int64_t long_time) { return now - since > long_time; };
    if ((f.role == file_role::temporary && older_than(f.written, abandoned_after)) ||
        (f.role == file_role::crashed && older_than(f.written, forgotten_after)) ||
        (f.role == file_role::counts && older_than(f.written, forgotten_after) && !entries.contains(key_in(f.name)))) {
      out.push_back({i, removal_reason::abandoned});
    } else if (f.role == file_role::entry && limits.longest_unused != 0 && older_than(f.used, limits.longest_unused)) {
      out.push_back({i, removal_reason::unused});
    } else {
      bytes += f.bytes;
      if (f.role == file_role::entry || f.role == file_role::crashed) kept.push_back(i);
    }
  }
  if (limits.most_bytes == 0 || bytes <= limits.most_bytes) return out;
  const std::uint64_t goal = limits.most_bytes / 10 * 9;
  std::ranges::sort(kept, {}, [&](std::size_t i) { return std::pair(files[i].used, i); });
  const auto take = [&](removal_reason reason, auto&& is_wanted) {
    std::erase_if(kept, [&](std::size_t i) {
      if (bytes <= goal || !is_wanted(files[i])) return false;
      bytes -= files[i].bytes;
      out.push_back({i, reason});
      return true;
    });
  };
  take(removal_reason::abandoned, [](const stored_file& f) { return f.role == file_role::crashed; });
  take(removal_reason::too_large, [&](const stored_file& f) { return f.bytes > goal; });
  take(removal_reason::dead_engine, [&](const stored_file& f) { return is_dead(f); });
  take(removal_reason::least_used, [](const stored_file&) { return true; });
  return out;
}

bool has_dead_engines_only(const std::string& folder, const std::string& name) {
  const descriptor fd = open_quietly(folder + "/" + name);
  struct stat s {};
  if (!fd.valid() || ::fstat(fd.get(), &s) != 0 || !S_ISREG(s.st_mode) || s.st_size == 0) return false;
  auto mapped = map_file(fd.get(), static_cast<std::uint64_t>(s.st_size));
  if (!mapped) return false;
  const auto unpacked = packing::unpack_entry(std::move(mapped));
  if (!unpacked.entry) return false;
  const auto file = v4::file::open(unpacked.entry->bytes(), v4::payload_proof::at_use);
  if (!file || file->engine_count() == 0) return false;
  for (std::uint32_t i = 0; i < file->engine_count(); ++i)
    if (!is_dead(folder, file->engine(i).fingerprint)) return false;
  return true;
}

void note_engine(const std::string& folder, const hash128& engine) {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (size <= 0) return;
  const std::string text = std::string(path.data()) + "\n" + program_of(path.data());
  const std::string place = folder + "/" + to_hex(engine) + std::string(engine_suffix);
  const auto known = read_file(place);
  if (known.error == 0 && known.text == text) return;
  const std::string temporary = place + "." + std::to_string(::getpid()) + std::string(temporary_suffix);
  const descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return;
  const bool written = ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written || ::rename(temporary.c_str(), place.c_str()) != 0) ::unlink(temporary.c_str());
}

std::int64_t present() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds_of(now);
}

void keep_within(const std::string& folder, const folder_limits& limits) {
  const auto files = survey(folder);
  const auto dead = [&](const stored_file& f) { return has_dead_engines_only(folder, f.name); };
  for (const removal& r : to_remove(files, limits, present(), dead)) ::unlink((folder + "/" + files[r.file].name).c_str());
}

}  // namespace bmes::filesystem
