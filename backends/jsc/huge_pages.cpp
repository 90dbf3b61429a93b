#include "huge_pages.hpp"

#include <array>
#include <atomic>
#include <cstddef>
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
constexpr std::size_t largest_filled_region = std::size_t{64} << 20;
constexpr std::size_t smallest_reservation = std::size_t{1} << 30;

struct region {
  std::atomic<void*> start{nullptr};
  std::size_t size = 0;
};

std::array<region, 32> regions;
std::atomic<std::size_t> region_count{0};
std::atomic<bool> expected{false};
std::atomic<bool> wanted{false};

void note(void* start, std::size_t size) {
  if (wanted.load() || (expected.load() && size <= largest_filled_region)) {
    __real_madvise(start, size, MADV_HUGEPAGE);
    return;
  }
  const std::size_t index = region_count.fetch_add(1);
  if (index >= regions.size()) return;
  regions[index].size = size;
  regions[index].start.store(start);
}

}  // namespace

void expect_large_program() { expected = true; }

void use_huge_pages() {
  if (wanted.exchange(true)) return;
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
