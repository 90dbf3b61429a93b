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
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  hash128 out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::byte{canonical.digest[i]};
  return out;
}

}  // namespace bmes
