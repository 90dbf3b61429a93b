#pragma once
#include <bmes/error.hpp>
#include <bmes/sequential.hpp>
#include <bmes/utf8.hpp>
#include <bmes/version.hpp>
#include <limits>
#include <ranges>

namespace bmes::sequential {

/// Writes structures into `out`; with an empty `out` it measures them. What does not fit is counted.
class writing {
 public:
  constexpr explicit writing(std::span<std::byte> out = {}) noexcept : out_(out) {}

  constexpr void number(std::string_view field, std::uint64_t value) {
    if (value > std::numeric_limits<std::uint32_t>::max()) fail(errc::limit_exceeded, field);
    std::array<std::byte, 4> raw{};
    wire_rep<std::uint32_t>::store(raw, static_cast<std::uint32_t>(value));
    blob(raw);
  }
  constexpr void constant(std::string_view field, std::uint32_t value, errc) { number(field, value); }
  constexpr void bits(std::string_view field, std::uint32_t value, std::uint32_t known) {
    if ((value & ~known) != 0) fail(errc::not_representable, field);
    number(field, value);
  }
  template <class E>
  constexpr void choice(std::string_view field, E value, E last) {
    if (value > last) fail(errc::not_representable, field);
    number(field, static_cast<std::uint32_t>(value));
  }
  constexpr void text(std::string_view field, std::string_view value) {
    if (!is_utf8(value)) fail(errc::not_representable, field);
    number(field, value.size());
    if (fits(at_, value.size(), out_.size()))
      for (std::size_t i = 0; i < value.size(); ++i) out_[static_cast<std::size_t>(at_) + i] = static_cast<std::byte>(value[i]);
    at_ += value.size();
  }
  // A name has to be read back as it was: one that is not `special`, and not its text either, can't be.
  constexpr void text_or(std::string_view field, const name& value, const name& special) {
    if (name_from(text_of(value), special) != value) fail(errc::not_representable, field);
    text(field, text_of(value));
  }
  constexpr void text_if(bool present, std::string_view field, const name& value, const name& special) {
    if (present) return text_or(field, value, special);
    if (value.kind != name::kind_type::absent) fail(errc::not_representable, field);
    text(field, {});
  }
  template <class Range>
  constexpr void items(std::string_view field, const Range& values) {
    number(field, std::ranges::size(values));
    for (auto value : values) describe(*this, value);
  }
  template <class Range>
  constexpr void optional_list(std::string_view flag, std::string_view field, const Range& values) {
    number(flag, values.empty() ? 0 : 1);
    if (!values.empty()) items(field, values);
  }
  constexpr void blob(byte_view bytes) {
    if (fits(at_, bytes.size(), out_.size()))
      for (std::size_t i = 0; i < bytes.size(); ++i) out_[static_cast<std::size_t>(at_) + i] = bytes[i];
    at_ += bytes.size();
  }
  constexpr void padding(std::uint64_t alignment, std::string_view) {
    while (at_ % alignment != 0) blob(std::array{std::byte{0}});
  }
  constexpr void fail(errc code, std::string_view field) noexcept {
    if (error_.code == errc{}) error_ = {code, at_, field};
  }
  /// Bytes written, or the first error.
  [[nodiscard]] constexpr result<std::uint64_t> finish() const noexcept {
    if (error_.code != errc{}) return error_;
    return at_;
  }
  [[nodiscard]] constexpr std::uint64_t size() const noexcept { return at_; }

 private:
  std::span<std::byte> out_;
  std::uint64_t at_ = 0;
  bmes::error error_{};
};

}  // namespace bmes::sequential
