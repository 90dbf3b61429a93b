// refused: no matching function | cannot convert | could not convert | no viable conversion
// A number can be decoded only from a span that has its size as its type.
#include <bmes/bytes.hpp>

std::uint32_t f(std::span<const std::byte, 4> four, std::span<const std::byte, 3> three) {
#ifdef MUST_NOT_COMPILE
  (void)four;
  return bmes::wire_rep<std::uint32_t>::load(three);
#else
  (void)three;
  return bmes::wire_rep<std::uint32_t>::load(four);
#endif
}
