// refused: deleted
// A copy would have an error of its own that nobody looks at.
#include <bmes/cursor.hpp>

auto f(bmes::byte_view bytes) {
  return bmes::decode(bytes, [](bmes::cursor& in) {
#ifdef MUST_NOT_COMPILE
    bmes::cursor copy = in;
    return copy.good();
#else
    return in.good();
#endif
  });
}
