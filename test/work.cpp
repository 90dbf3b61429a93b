#include "work.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>

// Not built with the option itself. Fuzzing engines have a function of that name, too: the linker's --wrap puts this one first.

namespace {
support::work done;
}

extern "C" void counted_step() noexcept asm("__wrap___sanitizer_cov_trace_pc");
extern "C" void counted_step() noexcept { ++done.steps; }

#ifdef __GLIBCXX__
// Hashing of texts is in the library, which has no steps.
extern "C" std::size_t hash_of_library(const void*, std::size_t size, std::size_t seed) asm("__real__ZSt11_Hash_bytesPKvmm");
extern "C" std::size_t counted_hash(const void*, std::size_t size, std::size_t seed) asm("__wrap__ZSt11_Hash_bytesPKvmm");
extern "C" std::size_t counted_hash(const void* bytes, std::size_t size, std::size_t seed) {
  done.steps += size / 8;
  return hash_of_library(bytes, size, seed);
}
#endif

// Not inlined: g++ would take the pair apart and warn of malloc and delete.
[[gnu::noinline]] void* operator new(std::size_t size) {
  done.allocated += size;
  if (void* p = std::malloc(size)) return p;
  std::fputs("out of memory\n", stderr);
  std::abort();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

support::work support::done_so_far() noexcept { return done; }
