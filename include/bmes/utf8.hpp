#pragma once
#include <bmes/bytes.hpp>
#include <bmes/words.hpp>
#include <cstdint>
#include <string_view>

namespace bmes {

/// Whether every byte is below 0x80. Complexity: linear, at least 8 bytes a step.
[[nodiscard]] constexpr bool is_ascii(byte_view bytes) noexcept { return (detail::any_bits(bytes) & detail::high_bits) == 0; }

namespace detail {

// Of bytes and of characters alike: as_bytes() can't be used at compile time.
template <class Byte>
[[nodiscard]] constexpr std::size_t first_bad_utf8(std::span<const Byte> bytes) noexcept {
  const std::size_t size = bytes.size();
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(static_cast<std::byte>(bytes[i])); };
  const auto continues = [&](std::size_t i) { return i < size && (at(i) & 0xC0) == 0x80; };
  std::size_t i = 0;
  while (i < size) {
    if (size - i >= 8 && (word_at(bytes, i) & high_bits) == 0) {
      i += 8;
      continue;
    }
    const std::uint32_t lead = at(i);
    if (lead < 0x80) {
      i += 1;
    } else if (lead >= 0xC2 && lead <= 0xDF) {
      if (!continues(i + 1)) return i;
      i += 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      if (!continues(i + 1) || !continues(i + 2)) return i;
      if ((lead == 0xE0 && at(i + 1) < 0xA0) || (lead == 0xED && at(i + 1) > 0x9F)) return i;
      i += 3;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      if (!continues(i + 1) || !continues(i + 2) || !continues(i + 3)) return i;
      if ((lead == 0xF0 && at(i + 1) < 0x90) || (lead == 0xF4 && at(i + 1) > 0x8F)) return i;
      i += 4;
    } else {
      return i;
    }
  }
  return size;
}

}  // namespace detail

/// The offset of the first byte that does not belong to a well-formed UTF-8 sequence (Unicode 15, table
/// 3-7: no overlong forms, no surrogates, nothing above U+10FFFF); `bytes.size()` when there is none.
/// Complexity: linear, no allocation.
[[nodiscard]] constexpr std::size_t first_bad_utf8(byte_view bytes) noexcept { return detail::first_bad_utf8(bytes); }
[[nodiscard]] constexpr std::size_t first_bad_utf8(std::string_view text) noexcept { return detail::first_bad_utf8(std::span(text)); }

[[nodiscard]] constexpr bool is_utf8(byte_view bytes) noexcept { return first_bad_utf8(bytes) == bytes.size(); }
[[nodiscard]] constexpr bool is_utf8(std::string_view text) noexcept { return first_bad_utf8(text) == text.size(); }

}  // namespace bmes
