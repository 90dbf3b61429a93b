// How the starts of a program went: what `<key>.counts` keeps beside its entry.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace bmes::filesystem {

inline constexpr std::string_view counted_hit = "hit";

struct start_counts {
  std::map<std::string, std::uint64_t, std::less<>> starts;  ///< by "hit", or by why it was none
  std::uint64_t read_bytes = 0;                              ///< of entries, by hits
  std::uint64_t written_bytes = 0;

  [[nodiscard]] std::uint64_t hits() const;
  [[nodiscard]] std::uint64_t all() const;
  void add(const start_counts&);
};

/// A line for each number. What is no such line does not count, so that a damaged file is one with less in it.
[[nodiscard]] start_counts parse_counts(std::string_view text);
[[nodiscard]] std::string to_text(const start_counts&);

/// Adds to the file at `path`, or makes it. Somebody else's turn is waited for if the caller has time; else, and where the file can't be had,
/// nothing is counted.
void add_counts(const std::string& path, const start_counts& more, bool has_time);

}  // namespace bmes::filesystem
