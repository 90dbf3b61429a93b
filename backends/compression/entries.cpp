#include "beside.hpp"
#include "compression.hpp"
#include "huge_page.hpp"

#include <lz4.h>
#include <lz4frame.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>

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

// Blocks stand alone, so that several threads can unpack them; this many give what a huge page holds.
constexpr std::size_t block_size = std::size_t{1} << 20, blocks_at_once = 2;
static_assert(block_size * blocks_at_once == huge_page_size);

std::uint32_t number_at(byte_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number |= std::to_integer<std::uint32_t>(bytes[i]) << 8 * i;
  return number;
}

struct block {
  byte_view bytes;
  bool is_packed;
};

/// The `count` blocks of a frame behind its header, each behind its size, as the frame's description has them; nothing if there is anything else.
std::optional<std::vector<block>> blocks_of(byte_view rest, std::size_t count) {
  constexpr std::uint32_t not_packed = std::uint32_t{1} << 31;
  std::vector<block> out;
  while (rest.size() >= sizeof not_packed) {
    const std::uint32_t stated = number_at(rest);
    rest = rest.subspan(sizeof stated);
    if (stated == 0) return rest.empty() && out.size() == count ? std::optional(std::move(out)) : std::nullopt;
    const std::uint32_t size = stated & ~not_packed;
    if (size > rest.size() || out.size() == count) return std::nullopt;
    out.push_back({rest.first(size), (stated & not_packed) == 0});
    rest = rest.subspan(size);
  }
  return std::nullopt;
}

bool unpack_block(const block& b, std::span<std::byte> to) {
  if (!b.is_packed) {
    if (b.bytes.size() != to.size()) return false;
    std::ranges::copy(b.bytes, to.begin());
    return true;
  }
  const int size = LZ4_decompress_safe(reinterpret_cast<const char*>(b.bytes.data()), reinterpret_cast<char*>(to.data()), static_cast<int>(b.bytes.size()),
                                       static_cast<int>(to.size()));
  return size >= 0 && static_cast<std::size_t>(size) == to.size();
}

/// Unpacks what pack_entry() makes; false where blocks are of other sizes.
bool unpack_blocks(byte_view rest, const pages& out, awaited_work* waiting) {
  const std::span<std::byte> to = out.writable();
  const auto blocks = blocks_of(rest, (to.size() + block_size - 1) / block_size);
  if (!blocks) return false;
  std::atomic<bool> is_whole{true};
  const auto unpack = [&](std::size_t part) {
    const std::size_t begin = part * huge_page_size, end = std::min(begin + huge_page_size, to.size());
    out.make_present(begin, end);
    for (std::size_t at = begin; at < end; at += block_size)
      if (!unpack_block((*blocks)[at / block_size], to.subspan(at, std::min(block_size, end - at)))) is_whole = false;
  };
  const std::size_t count = (blocks->size() + blocks_at_once - 1) / blocks_at_once;
  if (waiting)
    waiting->for_each_part(count, unpack);
  else
    for (std::size_t i = 0; i < count; ++i) unpack(i);
  return is_whole;
}

store_answer unpack_frame(byte_view packed, awaited_work* waiting) {
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
  auto out = reserve_pages(static_cast<std::size_t>(frame.contentSize));
  if (!out) return failure(reason::unreadable, std::strerror(errno));
  const bool has_blocks_alone = frame.blockMode == LZ4F_blockIndependent && frame.blockSizeID == LZ4F_max1MB &&
                                frame.blockChecksumFlag == LZ4F_noBlockChecksum && frame.contentChecksumFlag == LZ4F_noContentChecksum && frame.dictID == 0;
  store_answer answer;
  if (has_blocks_alone && unpack_blocks(packed, *out, waiting)) {
    out->seal();
    answer.entry = std::move(out);
    return answer;
  }
  // A frame of somebody else's or of an earlier version, or a damaged one.
  out->make_present(0, out->bytes().size());
  // All of it at once: then LZ4 buffers nothing.
  const LZ4F_decompressOptions_t options{.stableDst = 1, .skipChecksums = 0, .reserved1 = 0, .reserved0 = 0};
  used = packed.size();
  std::size_t filled = out->bytes().size();
  const std::size_t wanted = LZ4F_decompress(context.get(), out->writable().data(), &filled, packed.data(), &used, &options);
  if (LZ4F_isError(wanted)) return damaged(LZ4F_getErrorName(wanted));
  if (wanted != 0 || used != packed.size() || filled != out->bytes().size()) return damaged("not the stated size");
  out->seal();
  answer.entry = std::move(out);
  return answer;
}

}  // namespace

std::vector<std::byte> pack_entry(byte_view bytes) {
  if (bytes.size() < worth_packing) return {};
  LZ4F_preferences_t preferences{};
  // No checksum: what is packed has its own.
  preferences.frameInfo.blockSizeID = LZ4F_max1MB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.contentSize = bytes.size();
  std::vector<std::byte> out(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const std::size_t size = LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  if (LZ4F_isError(size) || size > bytes.size() / 8 * 7) return {};
  out.resize(size);
  return out;
}

store_answer unpack_entry(std::unique_ptr<stored_bytes> packed, awaited_work* waiting) {
  const byte_view bytes = packed->bytes();
  if (bytes.size() >= frame_magic.size() && std::ranges::equal(bytes.first(frame_magic.size()), frame_magic)) return unpack_frame(bytes, waiting);
  store_answer out;
  out.entry = std::move(packed);
  return out;
}

}  // namespace bmes::packing
