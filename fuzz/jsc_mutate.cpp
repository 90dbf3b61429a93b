// The mutator for the engine's target. Bytecode is code: a changed payload keeps its checksum, and is found out.
#include "mutate.hpp"

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  return bmes::fuzz::mutate(data, size, max_size, seed, bmes::fuzz::payloads::keep);
}
