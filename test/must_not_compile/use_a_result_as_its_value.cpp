// refused: could not convert | cannot convert | no viable conversion | conversion from
// The value is behind a question.
#include <bmes/v1.hpp>

bmes::v1::file f(bmes::byte_view bytes) {
#ifdef MUST_NOT_COMPILE
  return bmes::v1::open(bytes);
#else
  const auto file = bmes::v1::open(bytes);
  return file ? *file : bmes::v1::file{};
#endif
}
