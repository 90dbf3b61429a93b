// refused: deleted
// A resolver looks into the file object as long as it lives.
#include <bmes/resolve_export.hpp>

void f(const bmes::v4::file& file) {
#ifdef MUST_NOT_COMPILE
  bmes::export_resolver resolver{bmes::v4::file(file)};
#else
  bmes::export_resolver resolver(file);
#endif
  (void)resolver.exports_of(0);
}
