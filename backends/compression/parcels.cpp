#include "beside.hpp"
#include "compression.hpp"

#include <zstd.h>
#include <atomic>
#include <cerrno>
#include <cstring>

namespace bmes::packing {
namespace {

// Packed once, sent many times, unpacked while somebody waits.
constexpr int parcel_level = 6;
constexpr std::size_t frame_size = std::size_t{1} << 20;

unpacked_parcel failure(std::string_view why, std::string_view what) {
  unpacked_parcel out;
  out.error = {why, std::string(what)};
  return out;
}
unpacked_parcel damaged(std::string_view what) { return failure(reason::damaged_frame, what); }

}  // namespace

std::vector<std::byte> pack_parcel(byte_view bytes) {
  std::vector<std::byte> out;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), frame_size));
    bytes = bytes.subspan(part.size());
    const std::size_t before = out.size();
    out.resize(before + ZSTD_compressBound(part.size()));
    const auto size = ZSTD_compress(out.data() + before, out.size() - before, part.data(), part.size(), parcel_level);
    if (ZSTD_isError(size)) return {};
    out.resize(before + size);
  }
  return out;
}

unpacked_parcel unpack_parcel(byte_view frames, std::uint64_t most_bytes, parcel_room room) {
  std::vector<byte_view> parts;
  std::uint64_t size = 0;
  for (byte_view rest = frames; !rest.empty();) {
    const std::uint64_t stated = ZSTD_getFrameContentSize(rest.data(), rest.size());
    const std::size_t packed = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
    if (ZSTD_isError(packed) || stated == 0 || stated > frame_size) return damaged("no frame that states its size");
    if (size % frame_size != 0) return damaged("a frame that is no whole one before the last");
    size += stated;
    if (size > most_bytes || stated / most_per_zstd_byte > packed) return damaged("size");
    parts.push_back(rest.first(packed));
    rest = rest.subspan(packed);
  }
  if (parts.empty()) return damaged("nothing");
  unpacked_parcel out;
  out.bytes = make_pages(room.before + static_cast<std::size_t>(size) + room.after);
  if (!out.bytes) return failure(reason::unreadable, std::strerror(errno));
  out.bytes->narrow(room.before, static_cast<std::size_t>(size));
  const std::span<std::byte> whole = out.bytes->writable();
  std::atomic<bool> is_whole{true};
  for_each_part(parts.size(), [&](std::size_t i) {
    const auto to = whole.subspan(i * frame_size, std::min(frame_size, whole.size() - i * frame_size));
    if (ZSTD_decompress(to.data(), to.size(), parts[i].data(), parts[i].size()) != to.size()) is_whole = false;
  });
  if (!is_whole) return damaged("not what it states");
  return out;
}

}  // namespace bmes::packing
