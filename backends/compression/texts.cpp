#include "compression.hpp"

#include <zstd.h>

namespace bmes::packing {
namespace {

constexpr std::uint64_t longest_text = std::uint64_t{1} << 31;
constexpr int fastest = 1;

class frames final : public compression {
 public:
  explicit frames(awaited_work* waiting) : waiting_(waiting) {}
  std::vector<std::byte> pack(byte_view entry) override { return pack_entry(entry); }
  store_answer unpack(std::unique_ptr<stored_bytes> packed) override { return unpack_entry(std::move(packed), waiting_); }
  std::vector<std::byte> pack_text(std::string_view text) override { return packing::pack_text(text); }

 private:
  awaited_work* waiting_;
};

struct frees_context {
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

}  // namespace

std::unique_ptr<compression> make_compression(awaited_work* waiting) { return std::make_unique<frames>(waiting); }

std::vector<std::byte> pack_text(std::string_view text) {
  std::vector<std::byte> out(ZSTD_compressBound(text.size()));
  const auto size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), fastest);
  out.resize(ZSTD_isError(size) ? 0 : size);
  return out;
}

std::optional<std::string> unpack_text(byte_view frame, std::uint64_t size) {
  if (size >= longest_text || size / most_per_zstd_byte > frame.size()) return std::nullopt;
  if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != size) return std::nullopt;
  std::string text(static_cast<std::size_t>(size), '\0');
  // One context for all of a thread's: making one takes longer than a small module's text.
  static thread_local const std::unique_ptr<ZSTD_DCtx, frees_context> context(ZSTD_createDCtx());
  if (!context) return std::nullopt;
  if (ZSTD_decompressDCtx(context.get(), text.data(), text.size(), frame.data(), frame.size()) != text.size()) return std::nullopt;
  return text;
}

}  // namespace bmes::packing
