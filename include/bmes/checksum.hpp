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

/// XXH3-128 of `bytes`, seed 0, in canonical (big-endian) form. Complexity: linear.
[[nodiscard]] inline hash128 checksum128(byte_view bytes) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return std::bit_cast<hash128>(std::array{boost::endian::native_to_big(hash.high64), boost::endian::native_to_big(hash.low64)});
}

}  // namespace bmes
