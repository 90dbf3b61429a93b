#pragma once
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace bmes {

/// Why something was refused. Values are stable: append, never renumber.
enum class errc : std::uint8_t {
  truncated = 1,
  trailing_bytes,
  bad_magic,
  bad_value,
  bad_count,
  bad_offset,
  bad_index,
  bad_order,
  bad_padding,
  bad_utf8,
  bad_checksum,
  unsupported_version,
  unsupported_section,
  engine_mismatch,
  source_mismatch,
  output_too_small,
  limit_exceeded,
  not_representable,
};

/// What the host should do about an error.
enum class error_class : std::uint8_t {
  malformed,  ///< the bytes are damaged or hostile: report, drop the file
  stale,      ///< the bytes are fine but not for this engine, source or version: recompile silently
  misuse,     ///< the caller asked for something that can't be done
};

/// One row of the table of errors; docs/format.md prints the same rows.
struct errc_info {
  errc code;
  error_class kind;
  std::string_view name;
  std::string_view sentence;
};

inline constexpr std::array errc_table{
    errc_info{errc::truncated, error_class::malformed, "truncated", "a field runs past the end of the bytes"},
    errc_info{errc::trailing_bytes, error_class::malformed, "trailing_bytes", "bytes follow the end of the file's content"},
    errc_info{errc::bad_magic, error_class::malformed, "bad_magic", "the bytes do not start with the magic number"},
    errc_info{errc::bad_value, error_class::malformed, "bad_value", "a field has a value that its definition does not allow"},
    errc_info{errc::bad_count, error_class::malformed, "bad_count", "a count does not fit the bytes it speaks of"},
    errc_info{errc::bad_offset, error_class::malformed, "bad_offset", "an offset lies outside its place in the file"},
    errc_info{errc::bad_index, error_class::malformed, "bad_index", "an index lies outside the table it points into"},
    errc_info{errc::bad_order, error_class::malformed, "bad_order", "entries are not in their canonical order, or one is double"},
    errc_info{errc::bad_padding, error_class::malformed, "bad_padding", "a padding byte or reserved bit is not zero"},
    errc_info{errc::bad_utf8, error_class::malformed, "bad_utf8", "a string is not well-formed UTF-8"},
    errc_info{errc::bad_checksum, error_class::malformed, "bad_checksum", "the bytes do not have the checksum that the file states"},
    errc_info{errc::unsupported_version, error_class::stale, "unsupported_version", "the file has a format version that this reader does not read"},
    errc_info{errc::unsupported_section, error_class::stale, "unsupported_section", "the file has a required section that this reader does not know"},
    errc_info{errc::engine_mismatch, error_class::stale, "engine_mismatch", "the bytecode was made by another engine, build or configuration"},
    errc_info{errc::source_mismatch, error_class::stale, "source_mismatch", "a source is not the one that the file was made from"},
    errc_info{errc::output_too_small, error_class::misuse, "output_too_small", "the output is smaller than the file to be written"},
    errc_info{errc::limit_exceeded, error_class::misuse, "limit_exceeded", "a limit of the format is exceeded"},
    errc_info{errc::not_representable, error_class::misuse, "not_representable", "this version of the format cannot hold the value"},
};

/// The row of `code`, which is not success. Complexity: O(1).
[[nodiscard]] constexpr const errc_info& info(errc code) noexcept {
  return errc_table[static_cast<std::size_t>(code) - 1];
}

static_assert([] {
  for (std::size_t i = 0; i < errc_table.size(); ++i)
    if (info(static_cast<errc>(i + 1)).code != static_cast<errc>(i + 1)) return false;
  return true;
}(), "row i of errc_table describes the code i + 1");

/// An errc and its place: `offset` counts from the first byte of the file, `field` is the name that
/// docs/format.md gives the field (static storage).
struct error {
  errc code{};
  std::uint64_t offset = 0;
  std::string_view field;
  friend constexpr bool operator==(const error&, const error&) = default;
};

/// Success is of no class.
[[nodiscard]] constexpr bool is_malformed(const error& e) noexcept { return e.code != errc{} && info(e.code).kind == error_class::malformed; }
[[nodiscard]] constexpr bool is_stale(const error& e) noexcept { return e.code != errc{} && info(e.code).kind == error_class::stale; }

/// A T, or the error that prevented it: a subset of std::expected that is the same type under every
/// language version a host and its backends are compiled with. Taking the value of an error aborts.
template <class T>
class [[nodiscard]] result {
 public:
  constexpr result(T value) noexcept : value_(std::move(value)) {}
  constexpr result(const bmes::error& e) noexcept : error_(e) {}

  [[nodiscard]] constexpr bool has_value() const noexcept { return error_.code == errc{}; }
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] constexpr const bmes::error& error() const noexcept { return error_; }
  [[nodiscard]] constexpr const T& operator*() const& noexcept { return require_value(), value_; }
  [[nodiscard]] constexpr T& operator*() & noexcept { return require_value(), value_; }
  [[nodiscard]] constexpr T&& operator*() && noexcept { return require_value(), std::move(value_); }
  [[nodiscard]] constexpr const T* operator->() const& noexcept { return require_value(), &value_; }
  [[nodiscard]] constexpr T* operator->() & noexcept { return require_value(), &value_; }
  [[nodiscard]] constexpr T value_or(T other) const& noexcept { return has_value() ? value_ : std::move(other); }
  void operator->() const&& = delete;  // what it leads to may hold a view of the value, which is gone after the expression

 private:
  constexpr void require_value() const noexcept {
    if (!has_value()) [[unlikely]] std::abort();
  }
  T value_{};
  bmes::error error_{};
};

/// The result of a function that yields nothing but success.
struct ok {
  friend constexpr bool operator==(ok, ok) = default;
};

}  // namespace bmes
