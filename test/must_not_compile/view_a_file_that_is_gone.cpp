// refused: deleted
// Views of modules are views of the file object, which is gone after the expression.
#include <bmes/v4.hpp>

void f(bmes::byte_view bytes) {
#ifdef MUST_NOT_COMPILE
  (void)(*bmes::v4::file::open(bytes)).module_at(0).url();
#else
  const auto file = bmes::v4::file::open(bytes);
  (void)file->module_at(0).url();
#endif
}
