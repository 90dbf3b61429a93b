#include "huge_pages.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <limits>
#include <sys/mman.h>
#include <sys/types.h>

// The engine's allocator has no switch for huge pages. Its calls to mmap are wrapped (the linker's --wrap, see
// meson.build) to know its regions, which are few and stay for the life of the process. For two regions it asks for
// huge pages itself, of which a small program would use a few kilobytes each: that waits, too.

extern "C" {
void* __real_mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset);
void* __wrap_mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset);
int __real_madvise(void* address, std::size_t size, int advice);
int __wrap_madvise(void* address, std::size_t size, int advice);
}

namespace bmes::jsc {
namespace {

constexpr std::size_t smallest_region = std::size_t{16} << 20;
// The engine fills regions up to this size from their start; in the others its start touches a little here and there.
constexpr std::size_t largest_filled_region = std::size_t{48} << 20;
// From which weight on a program has its heaps in huge pages, and from which on also what the compilers of its code
// map later: only a very large one fills those.
constexpr std::uint64_t large_program = std::uint64_t{512} << 10;
constexpr std::uint64_t very_large_program = std::uint64_t{4} << 20;
constexpr std::size_t smallest_reservation = std::size_t{1} << 30;

struct region {
  std::atomic<void*> start{nullptr};
  std::size_t size = 0;
};

std::array<region, 32> regions;
std::atomic<std::size_t> region_count{0};
std::atomic<std::size_t> largest_at_once{0};  // of the regions to come, up to which size they get huge pages when mapped

void note(void* start, std::size_t size) {
  if (size <= largest_at_once.load()) {
    __real_madvise(start, size, MADV_HUGEPAGE);
    return;
  }
  const std::size_t index = region_count.fetch_add(1);
  if (index >= regions.size()) return;
  regions[index].size = size;
  regions[index].start.store(start);
}

}  // namespace

void expect_large_program() { largest_at_once = largest_filled_region; }

void use_huge_pages(std::uint64_t weight) {
  static std::uint64_t asked_for = 0;
  const std::uint64_t step = weight >= very_large_program ? very_large_program : weight >= large_program ? large_program : 0;
  if (step <= asked_for) return;
  asked_for = step;
  largest_at_once = step == very_large_program ? std::numeric_limits<std::size_t>::max() : largest_filled_region;
  for (region& r : regions)
    if (void* start = r.start.load()) __real_madvise(start, r.size, MADV_HUGEPAGE);
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
