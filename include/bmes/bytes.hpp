#pragma once
#include <array>
#include <bit>
#include <boost/endian/conversion.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace bmes {

/// Bytes that somebody else owns. Every view made from them is valid as long as they are.
using byte_view = std::span<const std::byte>;

/// 128 bits that are compared and never interpreted: a hash or a fingerprint.
using hash128 = std::array<std::byte, 16>;

/// Whether two hashes are the same: two comparisons, where the array's own `==` makes sixteen.
[[nodiscard]] constexpr bool same_hash(const hash128& a, const hash128& b) noexcept {
  using words = std::array<std::uint64_t, 2>;
  const words x = std::bit_cast<words>(a), y = std::bit_cast<words>(b);
  return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

/// Whether `size` bytes at `offset` lie inside `whole` bytes. The one bounds check of the library: it
/// compares sizes, never addresses, and can't wrap.
[[nodiscard]] constexpr bool fits(std::uint64_t offset, std::uint64_t size, std::uint64_t whole) noexcept {
  return offset <= whole && size <= whole - offset;
}

/// The `size` bytes at `offset`; none when they are not all there.
[[nodiscard]] constexpr byte_view slice(byte_view bytes, std::uint64_t offset, std::uint64_t size) noexcept {
  if (!fits(offset, size, bytes.size())) return {};
  return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

/// How a T lies in a file: `size` bytes, little-endian. Loading takes a span of exactly that size, so
/// being in bounds is part of the type.
template <class T>
struct wire_rep;

template <std::unsigned_integral T>
struct wire_rep<T> {
  static constexpr std::size_t size = sizeof(T);
  static constexpr T load(std::span<const std::byte, size> in) noexcept {
    std::array<std::byte, size> raw{};
    for (std::size_t i = 0; i < size; ++i) raw[i] = in[i];
    return boost::endian::little_to_native(std::bit_cast<T>(raw));
  }
  static constexpr void store(std::span<std::byte, size> out, T value) noexcept {
    const auto raw = std::bit_cast<std::array<std::byte, size>>(boost::endian::native_to_little(value));
    for (std::size_t i = 0; i < size; ++i) out[i] = raw[i];
  }
};

template <class T>
  requires std::is_enum_v<T>
struct wire_rep<T> {
  using rep = wire_rep<std::underlying_type_t<T>>;
  static constexpr std::size_t size = rep::size;
  static constexpr T load(std::span<const std::byte, size> in) noexcept { return static_cast<T>(rep::load(in)); }
  static constexpr void store(std::span<std::byte, size> out, T value) noexcept {
    rep::store(out, static_cast<std::underlying_type_t<T>>(value));
  }
};

template <std::size_t N>
struct wire_rep<std::array<std::byte, N>> {
  static constexpr std::size_t size = N;
  static constexpr std::array<std::byte, N> load(std::span<const std::byte, N> in) noexcept {
    std::array<std::byte, N> value{};
    for (std::size_t i = 0; i < N; ++i) value[i] = in[i];
    return value;
  }
  static constexpr void store(std::span<std::byte, N> out, const std::array<std::byte, N>& value) noexcept {
    for (std::size_t i = 0; i < N; ++i) out[i] = value[i];
  }
};

/// The characters of `bytes`, not copied. Text in files is UTF-8.
[[nodiscard]] inline std::string_view as_text(byte_view bytes) noexcept {
  return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

/// The bytes of `text`, not copied.
[[nodiscard]] inline byte_view as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace bmes
