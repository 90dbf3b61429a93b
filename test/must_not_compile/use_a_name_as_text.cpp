// refused: could not convert | cannot convert | no viable conversion | conversion from
// A name may be no text: `*default*` is not a string.
#include <bmes/module.hpp>

std::string_view f(const bmes::export_entry& e) {
#ifdef MUST_NOT_COMPILE
  return e.local_name;
#else
  return e.local_name.is_text() ? e.local_name.text : std::string_view();
#endif
}
