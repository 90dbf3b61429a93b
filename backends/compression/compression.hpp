// What makes cached bytes smaller: entries as LZ4 frames, texts and what is sent as zstd frames. Bytes to bytes, and no more memory than
// the packed bytes can account for, and what room a caller asks for.
#pragma once

#include "pages.hpp"

#include <bmes/cache.hpp>

namespace bmes {
class awaited_work;
}

namespace bmes::packing {

/// The most bytes that one byte of a frame can stand for.
inline constexpr std::uint64_t most_per_lz4_byte = 255;
inline constexpr std::uint64_t most_per_zstd_byte = 32 * 1024;

/// Both, as a cached program takes them. May be shared by threads, but for unpack() where `waiting` is who waits for it, on another thread: it takes a share,
/// and outlives this.
[[nodiscard]] std::unique_ptr<compression> make_compression(awaited_work* waiting = nullptr);

/// The entry as an LZ4 frame that states its size; nothing when it is small or would hardly get smaller.
[[nodiscard]] std::vector<std::byte> pack_entry(byte_view);
/// What pack_entry() made of an entry, unpacked; bytes that are no LZ4 frame as they are. `damaged_frame` if there are
/// more bytes stated than 255 times those that are there, or others than stated.
[[nodiscard]] store_answer unpack_entry(std::unique_ptr<stored_bytes>, awaited_work* waiting = nullptr);

/// A text as the format keeps it: one zstd frame.
[[nodiscard]] std::vector<std::byte> pack_text(std::string_view);
/// The text of `size` bytes that `frame` holds; nothing when it holds none of that size, or states another.
[[nodiscard]] std::optional<std::string> unpack_text(byte_view frame, std::uint64_t size);

/// Bytes that travel, as zstd frames of 1 MiB each, the last one of what is left; nothing when that is not possible.
[[nodiscard]] std::vector<std::byte> pack_parcel(byte_view);
/// What is to be left free before and after the bytes of a parcel, in bytes.
struct parcel_room {
  std::size_t before = 0, after = 0;
};
struct unpacked_parcel {
  std::unique_ptr<pages> bytes;  ///< not sealed
  store_error error;
};
/// The bytes of a parcel, of which there may not be more than `most_bytes`; else `damaged_frame`. By two threads where it has several frames.
[[nodiscard]] unpacked_parcel unpack_parcel(byte_view frames, std::uint64_t most_bytes, parcel_room = {});

}  // namespace bmes::packing
