// Huge pages, while they come fast.
#pragma once

#include <sys/mman.h>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bmes {

constexpr std::size_t huge_page_size = std::size_t{2} << 20;

namespace detail {
/// When the last huge pages that took long were had, by the steady clock in nanoseconds; 0 when none was.
inline std::atomic<std::int64_t> slow_huge_page{0}, slow_huge_page_before{0};

inline void note_slow_huge_page() noexcept {
  const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
  slow_huge_page_before = slow_huge_page.exchange(now.count());
}
}  // namespace detail

/// Whether two huge pages took long, and the first of them within the last second.
///
/// A virtual machine may have given free memory back to its host, which then takes 2 to 10 ms to bring 2 MB again, instead of 0.2. Small pages come from
/// what is left of larger blocks, which is never given back.
inline bool huge_pages_are_slow() noexcept {
  using namespace std::chrono;
  const nanoseconds before(detail::slow_huge_page_before.load(std::memory_order_relaxed));
  return before.count() != 0 && steady_clock::now().time_since_epoch() - before < seconds(1);
}

/// As if two had just taken long.
inline void expect_slow_huge_pages() noexcept {
  detail::note_slow_huge_page();
  detail::note_slow_huge_page();
}

/// Asks for a huge page for the aligned 2 MB around `at`, and makes present what the system gives, one small page where it has no huge one; or changes nothing
/// and returns false, while huge pages are slow, or where they can't be asked for. All of the 2 MB is mapped for reading and writing; the byte at `at`,
/// which keeps its value, is the caller's.
inline bool make_huge_page(void* at) noexcept {
  using namespace std::chrono;
  constexpr nanoseconds slow = milliseconds(1);
  if (huge_pages_are_slow()) return false;
  const auto block = reinterpret_cast<std::uintptr_t>(at) & ~(huge_page_size - 1);
  if (::madvise(reinterpret_cast<void*>(block), huge_page_size, MADV_HUGEPAGE) != 0) return false;
  const auto begun = steady_clock::now().time_since_epoch();
  // By a page fault, and no call: others of this process map memory meanwhile. It has to write first: a read gets the page of zeros, which kernels
  // before 6.13 take apart into small pages at the first write.
#ifdef __x86_64__
  asm volatile("lock orb $0, %0" : "+m"(*static_cast<unsigned char*>(at)) : : "memory", "cc");
#else
  __atomic_fetch_or(static_cast<unsigned char*>(at), 0, __ATOMIC_SEQ_CST);
#endif
  const auto ended = steady_clock::now().time_since_epoch();
  if (ended - begun > slow) detail::note_slow_huge_page();
  return true;
}

}  // namespace bmes
