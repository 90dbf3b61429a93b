// What the targets share. An input is a file and nothing else.
#pragma once

#include <bmes/format.hpp>
#include <bmes/inspect.hpp>
#include <cstdio>
#include <cstdlib>

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
