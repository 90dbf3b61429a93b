#include "start_counts.hpp"

#include "files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <thread>

namespace bmes::filesystem {
namespace {

constexpr std::string_view read_name = "read_bytes", written_name = "written_bytes";
constexpr std::size_t most_bytes = 4096, longest_name = 40;
constexpr int most_tries = 20;
constexpr auto between_tries = std::chrono::milliseconds(1);

bool is_name(std::string_view s) {
  return !s.empty() && s.size() <= longest_name &&
         std::ranges::all_of(s, [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9'); });
}

}  // namespace

std::uint64_t start_counts::hits() const {
  const auto at = starts.find(counted_hit);
  return at == starts.end() ? 0 : at->second;
}

std::uint64_t start_counts::all() const {
  std::uint64_t out = 0;
  for (const auto& [how, n] : starts) out += n;
  return out;
}

void start_counts::add(const start_counts& other) {
  for (const auto& [how, n] : other.starts) starts[how] += n;
  read_bytes += other.read_bytes;
  written_bytes += other.written_bytes;
}

start_counts parse_counts(std::string_view text) {
  start_counts out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto space = line.find(' ');
    if (space == line.npos) continue;
    const auto name = line.substr(0, space), digits = line.substr(space + 1);
    std::uint64_t n = 0;
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, n);
    if (read.ec != std::errc{} || read.ptr != end || !is_name(name)) continue;
    if (name == read_name)
      out.read_bytes = n;
    else if (name == written_name)
      out.written_bytes = n;
    else
      out.starts[std::string(name)] = n;
  }
  return out;
}

std::string to_text(const start_counts& c) {
  std::string out;
  const auto put = [&](std::string_view name, std::uint64_t n) { out.append(name).append(" ").append(std::to_string(n)).append("\n"); };
  for (const auto& [how, n] : c.starts) put(how, n);
  put(read_name, c.read_bytes);
  put(written_name, c.written_bytes);
  return out;
}

void add_counts(const std::string& path, const start_counts& more, bool has_time) {
  const descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!fd.valid()) return;
  for (int left = has_time ? most_tries : 0; ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0; --left) {
    if (left == 0 || errno != EWOULDBLOCK) return;
    std::this_thread::sleep_for(between_tries);
  }
  std::array<char, most_bytes> known{};
  const ssize_t size = ::pread(fd.get(), known.data(), known.size(), 0);
  if (size < 0) return;
  auto counts = parse_counts({known.data(), static_cast<std::size_t>(size)});
  counts.add(more);
  auto text = to_text(counts);
  // Nothing is cut off: a write of less than a page is whole, or is not.
  if (text.size() < static_cast<std::size_t>(size)) text.resize(static_cast<std::size_t>(size), '\n');
  if (text.size() > most_bytes) return;
  if (::pwrite(fd.get(), text.data(), text.size(), 0) < 0 && size == 0) ::unlink(path.c_str());
}

}  // namespace bmes::filesystem
