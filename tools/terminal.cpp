#include "terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace bmes::tools {

std::string in_colour(colour c, std::string_view text) {
  static const bool is_wanted = [] {
    const char* const no = std::getenv("NO_COLOR");
    return ::isatty(STDOUT_FILENO) == 1 && (!no || *no == '\0');
  }();
  constexpr std::array<std::string_view, 4> codes{"", "32", "31", "2"};
  const auto code = codes[static_cast<std::size_t>(c)];
  return is_wanted && !code.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

void progress::step() {
  ++done_;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_ || ::isatty(STDERR_FILENO) != 1) return;
  next_ = now + std::chrono::milliseconds(100);
  is_shown_ = true;
  fmt::print(stderr, "\r{} {} of {}\x1b[K", what_, done_, all_);
  std::fflush(stderr);
}

progress::~progress() {
  if (is_shown_) fmt::print(stderr, "\r\x1b[K");
}

std::string short_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::string_view units = "KMGT";
  auto size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1023.95 && unit + 1 < units.size()) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}B", size, units[unit]);
}

std::string short_age(std::int64_t seconds) {
  if (seconds < 60) return "now";
  if (seconds < 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 2 * 86400) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86400);
}

std::string with_commas(std::uint64_t n) {
  const auto digits = fmt::format("{}", n);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string count_of(std::size_t n, std::string_view what) {
  return fmt::format("{} {}{}", with_commas(n), what, n == 1 ? "" : "s");
}

std::string shortened(std::string text, std::size_t room) {
  if (text.size() <= room) return text;
  std::size_t from = text.size() - room + 3;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;  // not within a character
  return "..." + text.substr(from);
}

}  // namespace bmes::tools
