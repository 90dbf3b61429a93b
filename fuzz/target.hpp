// What the targets share. An input is a file and nothing else.
#pragma once

#include <bmes/format.hpp>
#include <bmes/inspect.hpp>
#include <cstdio>
#include <cstdlib>

#include "../test/work.hpp"

namespace bmes::fuzz {

/// What a target relies on; a fuzzer reports the abort.
inline void expect(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// An error says where it is, and in which field of the specification.
inline void expect_placed(const error& e, std::size_t size) {
  expect(e.code != errc{} && info(e.code).code == e.code, "an error has a known code");
  expect(e.offset <= size, "an error lies in the file");
  expect(!e.field.empty(), "an error names a field");
}

/// From here to the end of the scope, work and memory are bounded by the size of the input. A pass over all rows takes some
/// 10 steps a byte; what is quadratic takes thousands on inputs of a few KB.
class bounded_work {
 public:
  explicit bounded_work(std::size_t size, std::uint64_t allocations_a_byte = 400) noexcept
      : steps_(200'000 + 2000 * size), allocated_(allocations_a_byte * (4096 + size)), before_(support::done_so_far()) {}
  bounded_work(const bounded_work&) = delete;
  bounded_work& operator=(const bounded_work&) = delete;
  ~bounded_work() {
    const support::work after = support::done_so_far();
    expect(after.steps - before_.steps <= steps_, "work is bounded by the size of the input");
    expect(after.allocated - before_.allocated <= allocated_, "memory is bounded by the size of the input");
  }

 private:
  std::uint64_t steps_, allocated_;
  support::work before_;
};

/// Looks at every byte, so that a sanitizer sees a range that is not there.
inline std::size_t touch(byte_view bytes) {
  std::size_t sum = 0;
  for (auto at = bytes.rbegin(); at != bytes.rend(); ++at) sum += std::to_integer<std::size_t>(*at);
  return sum;
}
inline std::size_t touch(std::string_view text) { return touch(as_bytes(text)); }
inline std::size_t touch(const name& n) { return touch(n.text); }

}  // namespace bmes::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
