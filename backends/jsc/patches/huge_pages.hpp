// Huge pages for the engine's memory.
#pragma once

#include <cstdint>

namespace bmes::jsc {

/// What a program weighs: its source text, and for each module what the engine makes of it in any case.
constexpr std::uint64_t weight(std::uint64_t source_bytes, std::uint64_t modules) { return source_bytes + modules * 1024; }
/// Says, before the engine starts, that use_huge_pages() will be called: small pages that the start has touched in the
/// meantime would keep huge ones out of what the program fills first.
void expect_large_program();

/// Asks the kernel to back the engine's heaps with huge pages from now on, if what is known of the program weighs that
/// much. A large program touches tens of megabytes while it loads, and without this a quarter of its start is page
/// faults. Costs up to 2 MB of memory per heap region, so small programs go without.
void use_huge_pages(std::uint64_t weight);

}  // namespace bmes::jsc
