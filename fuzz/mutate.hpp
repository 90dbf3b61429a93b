// libFuzzer's mutations of a whole file, or of one of its records where it lies; then mostly with right checksums.
#pragma once

#include "repair.hpp"

#include <algorithm>

// libFuzzer's. Other engines don't have it, and don't ask for a mutator.
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace bmes::fuzz {

inline std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed, payloads which) {
  const auto file = std::as_writable_bytes(std::span(data, size));
  const auto record = some_record(file, seed / 4, which);
  if (seed % 4 >= 2 && !record.empty()) {
    // What is made shorter keeps its old end: records have one size.
    std::vector<std::uint8_t> changed(record.size());
    std::transform(record.begin(), record.end(), changed.begin(), [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
    LLVMFuzzerMutate(changed.data(), changed.size(), changed.size());
    std::transform(changed.begin(), changed.end(), record.begin(), [](std::uint8_t b) { return std::byte{b}; });
    repair(file, which);
    return size;
  }
  const std::size_t changed = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 != 0) repair(std::as_writable_bytes(std::span(data, changed)), which);
  return changed;
}

}  // namespace bmes::fuzz
