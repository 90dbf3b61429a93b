// The mutator of the targets that take a file.
#include "mutate.hpp"

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  return bmes::fuzz::mutate(data, size, max_size, seed, bmes::fuzz::payloads::forge);
}
