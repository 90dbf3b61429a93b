// refused: nodiscard | ignoring return value | unused-result
// A result that nobody looks at is a file that nobody checked.
#include <bmes/v4.hpp>

void f(bmes::byte_view bytes) {
#ifdef MUST_NOT_COMPILE
  bmes::v4::file::open(bytes);
#else
  (void)bmes::v4::file::open(bytes);
#endif
}
