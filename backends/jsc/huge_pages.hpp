// Huge pages for the engine's memory.
#pragma once

#include <cstdint>

namespace bmes::jsc {

/// Source text, in bytes, from which on a program counts as large.
inline constexpr std::uint64_t large_program = 512 * 1024;

/// Asks the kernel to back the engine's heaps with huge pages from now on. A large program touches tens of
/// megabytes while it loads, and without this a quarter of its start is page faults. Costs up to 2 MB of
/// memory per heap region, so small programs go without.
void use_huge_pages();

}  // namespace bmes::jsc
