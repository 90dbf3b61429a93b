// What people see on a terminal, and nobody else does.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace bmes::tools {

enum class colour : std::uint8_t { plain, good, bad, dim };

/// `text` in colour where stdout is a terminal and NO_COLOR is not set.
[[nodiscard]] std::string in_colour(colour, std::string_view text);

/// A line on stderr, if that is a terminal, that says how far a work is which takes longer than a second; gone when it is done.
class progress {
 public:
  progress(std::string what, std::size_t all) : what_(std::move(what)), all_(all) {}
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  /// One more is done.
  void step();

 private:
  std::string what_;
  std::size_t all_, done_ = 0;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  bool is_shown_ = false;
};

/// 1,234 as 1.2 KB: for tables.
[[nodiscard]] std::string short_size(std::uint64_t bytes);
/// How long ago a moment was, in one unit.
[[nodiscard]] std::string short_age(std::int64_t seconds);
/// As much of the end of `text` as there is room for: of paths, that says most.
[[nodiscard]] std::string shortened(std::string text, std::size_t room);
[[nodiscard]] std::string count_of(std::size_t n, std::string_view what);
[[nodiscard]] std::string with_commas(std::uint64_t n);

}  // namespace bmes::tools
