#include "pages.hpp"

#include "huge_page.hpp"

#include <sys/mman.h>
#include <algorithm>

namespace bmes::packing {
namespace {

constexpr std::size_t populated_at_once = std::size_t{128} << 10, most_made_present = std::size_t{32} << 20;

/// How much of `size` bytes is in huge pages, from its start on: the last one has to be filled by three quarters.
std::size_t part_in_huge(std::size_t size) { return (size + huge_page_size / 4) / huge_page_size * huge_page_size; }

}  // namespace

pages::~pages() { ::munmap(start_, mapped_); }

void pages::seal() const noexcept { ::mprotect(start_, room_, PROT_READ); }

// A page fault for every 4 KB would take longer than unpacking.
void pages::make_present(std::size_t begin, std::size_t end) const noexcept {
  auto* const bytes = static_cast<std::byte*>(start_);
  const std::size_t in_huge = begin + part_in_huge(end - begin);
  // A size that was only stated costs no more than this.
  const std::size_t expected = std::min(end, most_made_present);
  std::size_t present = begin;
  while (present < std::min(in_huge, expected) && make_huge_page(bytes + present)) present += huge_page_size;
  if (present < in_huge && !huge_pages_are_slow()) ::madvise(bytes + present, in_huge - present, MADV_HUGEPAGE);
  // A few at a time: the engine, which starts meanwhile, waits for each call when it maps its own.
  for (; present < expected; present += populated_at_once) ::madvise(bytes + present, std::min(populated_at_once, expected - present), MADV_POPULATE_WRITE);
}

std::unique_ptr<pages> reserve_pages(std::size_t size) {
  const std::size_t in_huge = part_in_huge(size);
  const std::size_t taken = std::max(size, in_huge);
  const std::size_t spare = in_huge != 0 ? huge_page_size : 0;
  void* const got = ::mmap(nullptr, taken + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return nullptr;
  void* start = got;
  std::size_t room = taken + spare;
  if (in_huge != 0) {
    start = std::align(huge_page_size, taken, start, room);
    if (const std::size_t before = taken + spare - room; before != 0) ::munmap(got, before);
  }
  return std::make_unique<pages>(start, size, room);
}

std::unique_ptr<pages> make_pages(std::size_t size) {
  auto out = reserve_pages(size);
  if (out) out->make_present(0, size);
  return out;
}

}  // namespace bmes::packing
