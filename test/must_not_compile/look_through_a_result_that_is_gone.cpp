// refused: deleted
// The same behind an arrow.
#include <bmes/v4.hpp>

void f(bmes::byte_view bytes) {
#ifdef MUST_NOT_COMPILE
  (void)bmes::v4::file::open(bytes)->facts();
#else
  const auto file = bmes::v4::file::open(bytes);
  (void)file->facts();
#endif
}
