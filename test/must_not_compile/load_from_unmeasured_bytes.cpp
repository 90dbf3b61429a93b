// refused: no matching function | could not convert | no viable conversion | explicit
// A span of a size that only the run knows is no proof.
#include <bmes/v4_layout.hpp>

bmes::v4::header f(bmes::byte_view bytes, std::span<const std::byte, 64> sixty_four) {
#ifdef MUST_NOT_COMPILE
  return bmes::load<bmes::v4::header>(bytes);
#else
  (void)bytes;
  return bmes::load<bmes::v4::header>(sixty_four);
#endif
}
