#include "cache_settings.hpp"

#include "module_urls.hpp"

#include <charconv>
#include <cstdlib>
#include <limits>

namespace bmes::filesystem {
namespace {

// The number at the beginning of `text`, which becomes what follows.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t out = 0;
  const char* const begin = text.data();
  const auto read = std::from_chars(begin, begin + text.size(), out);
  if (read.ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - begin));
  return out;
}

template <class T, class Parse>
T asked_for(const char* name, T by_default, std::string* wrong, Parse&& parse) {
  const auto text = environment(name);
  if (text.empty()) return by_default;
  if (const auto value = parse(text)) return static_cast<T>(*value);
  if (wrong) *wrong = std::string(name) + " is " + text;
  return by_default;
}

}  // namespace

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  unsigned shift = 0;
  if (!text.empty() && text != "B") {
    const auto unit = std::string_view("KMGT").find(static_cast<char>(text[0] & ~0x20));
    if (unit == std::string_view::npos) return std::nullopt;
    shift = static_cast<unsigned>(10 * (unit + 1));
    text.remove_prefix(1);
    if (!text.empty() && text != "B" && text != "iB") return std::nullopt;
  }
  if (*number > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
  return *number << shift;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  const auto number = take_number(text);
  constexpr std::string_view units = "smhd";
  constexpr std::int64_t lengths[] = {one_second, 60 * one_second, 3600 * one_second, 24 * 3600 * one_second};
  const auto unit = text.size() == 1 ? units.find(text[0]) : text.empty() ? 0 : std::string_view::npos;
  if (!number || unit == std::string_view::npos || *number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / lengths[unit]))
    return std::nullopt;
  return static_cast<std::int64_t>(*number) * lengths[unit];
}

folder_places places_for(std::string own) {
  const auto readonly = environment("BMES_CACHE_READONLY");
  return {std::move(own), readonly.empty() ? std::string() : absolute_path(readonly)};
}

folder_limits limits_asked_for(std::string* wrong) {
  folder_limits out;
  out.most_bytes = asked_for("BMES_CACHE_MAX", out.most_bytes, wrong, parse_size);
  out.longest_unused = asked_for("BMES_CACHE_MAX_AGE", out.longest_unused, wrong, parse_duration);
  return out;
}

check_mode check_asked_for(std::string* wrong) { return asked_for("BMES_CHECK", check_mode::stat, wrong, check_mode_of); }

}  // namespace bmes::filesystem
