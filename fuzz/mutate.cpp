// libFuzzer's mutations, then in half of the cases right checksums.
#include "repair.hpp"

extern "C" {
std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  const std::size_t changed = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 2 == 0) bmes::fuzz::repair(std::as_writable_bytes(std::span(data, changed)));
  return changed;
}
}
