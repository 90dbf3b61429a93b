#include "pages.hpp"

#include <sys/mman.h>
#include <algorithm>

namespace bmes::packing {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;

}  // namespace

pages::~pages() { ::munmap(start_, mapped_); }

void pages::seal() const noexcept { ::mprotect(start_, room_, PROT_READ); }

// In huge pages where that wastes little, or else present from the start: a page fault for every 4 KB would take longer than unpacking.
// (Huge pages come one by one: making them all present would keep the engine, which starts meanwhile, from mapping its own.)
std::unique_ptr<pages> make_pages(std::size_t size) {
  const std::size_t in_huge = (size + huge_page / 4) / huge_page * huge_page;
  const std::size_t taken = std::max(size, in_huge);
  const std::size_t spare = in_huge != 0 ? huge_page : 0;
  void* const got = ::mmap(nullptr, taken + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return nullptr;
  void* start = got;
  std::size_t room = taken + spare;
  if (in_huge != 0) {
    start = std::align(huge_page, taken, start, room);
    if (const std::size_t before = taken + spare - room; before != 0) ::munmap(got, before);
    ::madvise(start, in_huge, MADV_HUGEPAGE);
  }
  if (size > in_huge) ::madvise(static_cast<std::byte*>(start) + in_huge, size - in_huge, MADV_POPULATE_WRITE);
  return std::make_unique<pages>(start, size, room);
}

}  // namespace bmes::packing
