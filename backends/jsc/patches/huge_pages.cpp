#include "huge_pages.hpp"

#include "huge_page.hpp"

#include <bmalloc/pas_allocation_result.h>
#include <bmalloc/pas_bitfit_page_config.h>
#include <bmalloc/pas_segregated_page_config.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ranges>
#include <sys/mman.h>
#include <sys/types.h>

// The engine's allocator has no switch for huge pages. Its calls to mmap are wrapped (the linker's --wrap, see
// meson.build) to know its regions, which are few and stay for the life of the process. For two regions it asks for
// huge pages itself, of which a small program would use a few kilobytes each: that never happens. What gives out parts of
// a region is wrapped as well, to know where one is used for the first time.

extern "C" {
void* __real_mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset);
void* __wrap_mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset);
int __real_madvise(void* address, std::size_t size, int advice);
int __wrap_madvise(void* address, std::size_t size, int advice);
void __real_pas_segregated_page_construct(void* page, void* owner, bool was_stolen, const pas_segregated_page_config* config);
void __wrap_pas_segregated_page_construct(void* page, void* owner, bool was_stolen, const pas_segregated_page_config* config);
void __real_pas_bitfit_page_construct(void* page, void* view, const pas_bitfit_page_config* config);
void __wrap_pas_bitfit_page_construct(void* page, void* view, const pas_bitfit_page_config* config);
pas_allocation_result __real_pas_large_heap_try_allocate(void* heap, std::size_t size, std::size_t alignment, const void* config, void* transaction);
pas_allocation_result __wrap_pas_large_heap_try_allocate(void* heap, std::size_t size, std::size_t alignment, const void* config, void* transaction);
}

namespace bmes::jsc {
namespace {

constexpr std::size_t smallest_region = std::size_t{16} << 20;
// The engine fills regions up to this size from their start; in the others its start touches a little here and there.
constexpr std::size_t largest_filled_region = std::size_t{48} << 20;
// From which weight on a program has the regions that are filled in huge pages, and from which on all, also what the compilers of
// its code map later: only a very large one fills those.
constexpr std::uint64_t large_program = std::uint64_t{512} << 10;
constexpr std::uint64_t very_large_program = std::uint64_t{4} << 20;
constexpr std::size_t smallest_reservation = std::size_t{1} << 30;

struct region {
  std::atomic<std::uintptr_t> start{0};
  std::size_t size = 0;
  std::atomic<bool> is_huge{false};
};

std::array<region, 256> regions;
std::atomic<std::size_t> region_count{0};
std::atomic<std::size_t> largest_in_huge{0};  // up to which size regions have huge pages
std::array<std::atomic<std::uintptr_t>, 256> begun;  // the huge pages whose first use is over, by their number

void note(void* start, std::size_t size) {
  const std::size_t index = region_count.fetch_add(1);
  if (index >= regions.size()) return;
  region& r = regions[index];
  r.size = size;
  r.is_huge = size <= largest_in_huge.load();
  r.start.store(reinterpret_cast<std::uintptr_t>(start));
}

/// What is called when the allocator has taken a part of a region, before anybody uses it.
void expect_use(std::uintptr_t begin, std::size_t size) {
  if (largest_in_huge.load(std::memory_order_relaxed) == 0) return;
  const std::uintptr_t block = begin & ~(huge_page_size - 1), rest = block + huge_page_size;
  const std::uintptr_t number = block / huge_page_size;
  auto& known = begun[(number ^ number >> 8) % begun.size()];
  const bool is_begun = known.load(std::memory_order_relaxed) == block;
  if (is_begun && begin + size <= rest) return;
  // Parts of an early region may have been given back and be in a later one.
  const auto latest = std::ranges::find_if(std::views::reverse(regions), [&](const region& r) {
    const std::uintptr_t start = r.start.load();
    return start != 0 && block >= start && rest <= start + r.size;
  });
  if (latest == regions.rend() || !latest->is_huge.load()) return;
  known.store(block, std::memory_order_relaxed);
  if (!is_begun) make_huge_page(reinterpret_cast<void*>(begin));
  // The rest of a large part is used later, if at all.
  const std::uintptr_t end = std::min(begin + size, latest->start.load() + latest->size) & ~(huge_page_size - 1);
  if (rest < end && !huge_pages_are_slow()) __real_madvise(reinterpret_cast<void*>(rest), end - rest, MADV_HUGEPAGE);
}

/// The same for a page of the allocator's, which may be told of apart from its memory.
void expect_use(pas_page_base* page, const pas_page_base_config& config) {
  expect_use(reinterpret_cast<std::uintptr_t>(config.boundary_for_page_header(page)), config.page_size);
}

}  // namespace

void expect_large_program() { largest_in_huge = largest_filled_region; }

void use_huge_pages(std::uint64_t weight) {
  static std::uint64_t asked_for = 0;
  const std::uint64_t step = weight >= very_large_program ? very_large_program : weight >= large_program ? large_program : 0;
  if (step <= asked_for) return;
  asked_for = step;
  largest_in_huge = step == very_large_program ? std::numeric_limits<std::size_t>::max() : largest_filled_region;
  for (region& r : regions)
    if (r.start.load() != 0 && r.size <= largest_in_huge.load()) r.is_huge = true;
}

}  // namespace bmes::jsc

void* __wrap_mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset) {
  void* start = __real_mmap(address, size, protection, flags, fd, offset);
  const bool heap = protection == (PROT_READ | PROT_WRITE) && (flags & MAP_ANONYMOUS) != 0;
  if (heap && start != MAP_FAILED && size >= bmes::jsc::smallest_region) bmes::jsc::note(start, size);
  return start;
}

int __wrap_madvise(void* address, std::size_t size, int advice) {
  if (advice != MADV_HUGEPAGE || size < bmes::jsc::smallest_reservation) return __real_madvise(address, size, advice);
  bmes::jsc::note(address, size);
  return 0;
}

void __wrap_pas_segregated_page_construct(void* page, void* owner, bool was_stolen, const pas_segregated_page_config* config) {
  bmes::jsc::expect_use(static_cast<pas_page_base*>(page), config->base);
  __real_pas_segregated_page_construct(page, owner, was_stolen, config);
}

void __wrap_pas_bitfit_page_construct(void* page, void* view, const pas_bitfit_page_config* config) {
  bmes::jsc::expect_use(static_cast<pas_page_base*>(page), config->base);
  __real_pas_bitfit_page_construct(page, view, config);
}

pas_allocation_result __wrap_pas_large_heap_try_allocate(void* heap, std::size_t size, std::size_t alignment, const void* config, void* transaction) {
  const auto made = __real_pas_large_heap_try_allocate(heap, size, alignment, config, transaction);
  if (made.did_succeed) bmes::jsc::expect_use(made.begin, size);
  return made;
}
