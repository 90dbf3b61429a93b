#pragma once
#include <bmes/bytes.hpp>
#include <cstdint>

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

// XXH3 finds damage, not tampering: whoever can write a file can also write its checksums.

namespace bmes {

/// XXH3-64 of `bytes`, seed 0. Complexity: linear.
[[nodiscard]] inline std::uint64_t checksum64(byte_view bytes) noexcept { return XXH3_64bits(bytes.data(), bytes.size()); }

namespace detail {

[[nodiscard]] inline hash128 canonical(XXH128_hash_t hash) noexcept {
  return std::bit_cast<hash128>(std::array{boost::endian::native_to_big(hash.high64), boost::endian::native_to_big(hash.low64)});
}

}  // namespace detail

/// XXH3-128 of `bytes`, seed 0, in canonical (big-endian) form. Complexity: linear.
[[nodiscard]] inline hash128 checksum128(byte_view bytes) noexcept { return detail::canonical(XXH3_128bits(bytes.data(), bytes.size())); }

/// The same of bytes that come in pieces.
class running_checksum128 {
 public:
  running_checksum128() noexcept { XXH3_128bits_reset(&state_); }
  void add(byte_view bytes) noexcept { XXH3_128bits_update(&state_, bytes.data(), bytes.size()); }
  /// Of all that was added until now.
  [[nodiscard]] hash128 value() const noexcept { return detail::canonical(XXH3_128bits_digest(&state_)); }

 private:
  XXH3_state_t state_;
};

}  // namespace bmes
