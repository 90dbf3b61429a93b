// refused: nodiscard | ignoring return value | unused-result
// A result that nobody looks at is a file that nobody checked.
#include <bmes/v4.hpp>

void f(const bmes::v4::file& file) {
#ifdef MUST_NOT_COMPILE
  file.validate();
#else
  (void)file.validate();
#endif
}
