#include "compression.hpp"
#include "pages.hpp"

#include <lz4frame.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace bmes::packing {
namespace {

// Smaller entries are read sooner than unpacked.
constexpr std::size_t worth_packing = 64 * 1024;
constexpr std::array<std::byte, 4> frame_magic{std::byte{0x04}, std::byte{0x22}, std::byte{0x4D}, std::byte{0x18}};

store_answer failure(std::string_view why, std::string message) {
  store_answer out;
  out.error = {why, std::move(message)};
  return out;
}

struct closes_context {
  void operator()(LZ4F_dctx* context) const noexcept { LZ4F_freeDecompressionContext(context); }
};

store_answer unpack_frame(byte_view packed) {
  const auto damaged = [](std::string_view what) { return failure(reason::damaged_frame, std::string(what)); };
  LZ4F_dctx* made = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION))) return failure(reason::unreadable, std::strerror(ENOMEM));
  const std::unique_ptr<LZ4F_dctx, closes_context> context(made);
  LZ4F_frameInfo_t frame{};
  std::size_t used = packed.size();
  const std::size_t header = LZ4F_getFrameInfo(context.get(), &frame, packed.data(), &used);
  if (LZ4F_isError(header)) return damaged(LZ4F_getErrorName(header));
  if (frame.contentSize == 0 || frame.contentSize / most_per_lz4_byte > packed.size()) return damaged("size");
  packed = packed.subspan(used);
  auto out = make_pages(static_cast<std::size_t>(frame.contentSize));
  if (!out) return failure(reason::unreadable, std::strerror(errno));
  // All of it at once: then LZ4 buffers nothing.
  const LZ4F_decompressOptions_t options{.stableDst = 1, .skipChecksums = 0, .reserved1 = 0, .reserved0 = 0};
  used = packed.size();
  std::size_t filled = out->bytes().size();
  const std::size_t wanted = LZ4F_decompress(context.get(), out->writable().data(), &filled, packed.data(), &used, &options);
  if (LZ4F_isError(wanted)) return damaged(LZ4F_getErrorName(wanted));
  if (wanted != 0 || used != packed.size() || filled != out->bytes().size()) return damaged("not the stated size");
  out->seal();
  store_answer answer;
  answer.entry = std::move(out);
  return answer;
}

}  // namespace

std::vector<std::byte> pack_entry(byte_view bytes) {
  if (bytes.size() < worth_packing) return {};
  LZ4F_preferences_t preferences{};
  // No checksum: what is packed has its own.
  preferences.frameInfo.blockSizeID = LZ4F_max256KB;
  preferences.frameInfo.contentSize = bytes.size();
  std::vector<std::byte> out(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const std::size_t size = LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  if (LZ4F_isError(size) || size > bytes.size() / 8 * 7) return {};
  out.resize(size);
  return out;
}

store_answer unpack_entry(std::unique_ptr<stored_bytes> packed) {
  const byte_view bytes = packed->bytes();
  if (bytes.size() >= frame_magic.size() && std::ranges::equal(bytes.first(frame_magic.size()), frame_magic)) return unpack_frame(bytes);
  store_answer out;
  out.entry = std::move(packed);
  return out;
}

}  // namespace bmes::packing
