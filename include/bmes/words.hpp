#pragma once
#include <algorithm>
#include <bit>
#include <bmes/bytes.hpp>
#include <cstddef>
#include <cstdint>

// Looking at eight bytes at once.

namespace bmes::detail {

/// The 8 bytes at `at`, or as many as are left, the rest zero; the first one is the lowest. `at` is inside or at the end.
template <class Byte>
[[nodiscard]] constexpr std::uint64_t word_at(std::span<const Byte> bytes, std::size_t at) noexcept {
  std::array<std::byte, 8> word{};
  if (bytes.size() - at >= 8) {
    for (std::size_t i = 0; i < 8; ++i) word[i] = static_cast<std::byte>(bytes[at + i]);
  } else {
    for (std::size_t i = at; i < bytes.size(); ++i) word[i - at] = static_cast<std::byte>(bytes[i]);
  }
  return wire_rep<std::uint64_t>::load(word);
}

inline constexpr std::uint64_t high_bits = 0x8080808080808080;

/// All words of `bytes` or-ed, and the bytes that are left. Without a way out before the end: compilers make wider steps of it.
[[nodiscard]] constexpr std::uint64_t any_bits(byte_view bytes) noexcept {
  std::uint64_t bits = 0;
  std::size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) bits |= word_at(bytes, at);
  for (; at < bytes.size(); ++at) bits |= std::to_integer<std::uint64_t>(bytes[at]);
  return bits;
}

/// The place of the first byte that is not zero; the size when there is none. Complexity: linear.
[[nodiscard]] constexpr std::size_t first_nonzero(byte_view bytes) noexcept {
  if (any_bits(bytes) == 0) [[likely]]
    return bytes.size();
  return static_cast<std::size_t>(std::find_if(bytes.begin(), bytes.end(), [](std::byte b) { return b != std::byte{0}; }) - bytes.begin());
}

/// Whether the bytes from `first` to before `second` are less than those from there to before `end`: byte by byte,
/// unsigned, shorter first. The places ascend and are inside or at the end. Complexity: linear in what both have in common.
[[nodiscard]] constexpr bool ascends(byte_view bytes, std::size_t first, std::size_t second, std::size_t end) noexcept {
  const std::size_t common = std::min(second - first, end - second);
  const auto word = [&](std::size_t at) { return wire_rep<std::uint64_t>::load(bytes.subspan(at).first<8>()); };
  std::size_t at = 0;
  // Two words at once, and which of them differs without a branch: most names that begin alike differ within 16 bytes, but
  // nobody can foresee where.
  for (; at < common && bytes.size() - (second + at) >= 16; at += 16) {
    const std::uint64_t low = word(first + at) ^ word(second + at), high = word(first + at + 8) ^ word(second + at + 8);
    const std::uint64_t none = low == 0;
    const std::uint64_t differs = low | (high & (0 - none));
    if (differs == 0) continue;
    const std::size_t place = at + static_cast<std::size_t>(none) * 8 + static_cast<std::size_t>(std::countr_zero(differs)) / 8;
    // What differs may be behind the end of one of them.
    if (place >= common) break;
    return bytes[first + place] < bytes[second + place];
  }
  for (; at < common; ++at)
    if (bytes[first + at] != bytes[second + at]) return bytes[first + at] < bytes[second + at];
  return second - first < end - second;
}

}  // namespace bmes::detail
