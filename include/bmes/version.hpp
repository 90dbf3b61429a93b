#pragma once
#include <cstdint>

namespace bmes {

/// The number a file of any version starts with, little-endian: 53 45 4D 42.
inline constexpr std::uint32_t magic = 0x424D4553;

/// The version that writers produce unless told otherwise (docs/format.md, "Version 4").
inline constexpr std::uint32_t format_version = 4;

/// The library's own version; the format's version is a separate thing.
inline constexpr char library_version[] = "0.1.0";

}  // namespace bmes
