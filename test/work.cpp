#include "work.hpp"

#include <cstddef>

// Not built with the option itself. The linker's --wrap leads here: fuzzing engines have functions of these names, too.

namespace {
support::work done;
}

extern "C" void counted_step() noexcept asm("__wrap___sanitizer_cov_trace_pc");
extern "C" void counted_step() noexcept { ++done.steps; }

// These names have the type of a size in them.
#ifdef __LP64__
extern "C" void* new_of_library(std::size_t size) asm("__real__Znwm");
extern "C" void* counted_new(std::size_t size) asm("__wrap__Znwm");
extern "C" void* counted_new(std::size_t size) {
  done.allocated += size;
  return new_of_library(size);
}
#ifdef __GLIBCXX__
// Hashing of texts is in the library, which has no steps.
extern "C" std::size_t hash_of_library(const void*, std::size_t size, std::size_t seed) asm("__real__ZSt11_Hash_bytesPKvmm");
extern "C" std::size_t counted_hash(const void*, std::size_t size, std::size_t seed) asm("__wrap__ZSt11_Hash_bytesPKvmm");
extern "C" std::size_t counted_hash(const void* bytes, std::size_t size, std::size_t seed) {
  done.steps += size / 8;
  return hash_of_library(bytes, size, seed);
}
#endif
#endif

support::work support::done_so_far() noexcept { return done; }
