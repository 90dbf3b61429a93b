// refused: private | calling a private constructor
// A cursor exists only inside decode(), which looks at its error.
#include <bmes/cursor.hpp>

void f(bmes::byte_view bytes) {
#ifdef MUST_NOT_COMPILE
  bmes::cursor in(bytes, 0);
#else
  (void)bmes::decode(bytes, [](bmes::cursor& in) { return in.good(); });
#endif
}
