#include "compression.hpp"
#include "pages.hpp"

#include <zstd.h>
#include <cerrno>
#include <cstring>

namespace bmes::packing {
namespace {

// Packed once, sent many times, unpacked while somebody waits.
constexpr int parcel_level = 6;

store_answer damaged(std::string_view what) {
  store_answer out;
  out.error = {reason::damaged_frame, std::string(what)};
  return out;
}

}  // namespace

std::vector<std::byte> pack_parcel(byte_view bytes) {
  std::vector<std::byte> out(ZSTD_compressBound(bytes.size()));
  const auto size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), parcel_level);
  out.resize(ZSTD_isError(size) ? 0 : size);
  return out;
}

store_answer unpack_parcel(byte_view frame, std::uint64_t most_bytes) {
  const std::uint64_t size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size == 0) return damaged("no frame that states its size");
  if (size > most_bytes || size / most_per_zstd_byte > frame.size()) return damaged("size");
  auto out = make_pages(static_cast<std::size_t>(size));
  store_answer answer;
  if (!out) {
    answer.error = {reason::unreadable, std::strerror(errno)};
    return answer;
  }
  const std::span<std::byte> room = out->writable();
  const auto unpacked = ZSTD_decompress(room.data(), room.size(), frame.data(), frame.size());
  if (ZSTD_isError(unpacked)) return damaged(ZSTD_getErrorName(unpacked));
  if (unpacked != size) return damaged("not the stated size");
  out->seal();
  answer.entry = std::move(out);
  return answer;
}

}  // namespace bmes::packing
