// How the bytes of an entry lie on the disk: as they are, or where that saves space as one LZ4 frame.
#pragma once

#include <bmes/store.hpp>
#include <cstdint>
#include <memory>
#include <vector>

namespace bmes::filesystem {

/// The bytes as an LZ4 frame that states their size; empty when they are few or would hardly get smaller.
[[nodiscard]] std::vector<std::byte> pack(byte_view bytes);

/// What the open file `fd` of `size` bytes holds, mapped, or unpacked into memory of the process; `error` when that
/// fails. No more than 255 times `size` is ever allocated: LZ4 can't hold more.
struct unpacked {
  std::unique_ptr<stored_bytes> bytes;
  store_error error;
};
[[nodiscard]] unpacked unpack(int fd, std::uint64_t size);

}  // namespace bmes::filesystem
