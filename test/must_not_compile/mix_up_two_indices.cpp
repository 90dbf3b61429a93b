// refused: could not convert | cannot convert | no viable conversion | conversion from
// Indices into different sections are different types.
#include <bmes/v4_layout.hpp>

bmes::v4::payload_row f(bmes::v4::index_of<bmes::v4::engine_row> engine, bmes::v4::index_of<bmes::v4::blob_row> blob) {
#ifdef MUST_NOT_COMPILE
  return {blob, engine};
#else
  return {engine, blob};
#endif
}
