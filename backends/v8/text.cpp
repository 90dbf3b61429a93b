#include "text.hpp"

#include <bmes/utf8.hpp>
#include <sys/mman.h>
#include <zstd.h>

namespace bmes::v8_backend {
namespace {

template <class Base, class Char>
class shared_string final : public Base {
 public:
  explicit shared_string(std::shared_ptr<source_text> text) : text_(std::move(text)) {}
  // V8 asks for the characters each time instead of once, when it makes the string.
  bool IsCacheable() const override { return false; }
  size_t length() const override { return text_->length(); }
  const Char* data() const override {
    if (zeros_) return static_cast<const Char*>(zeros_);
    if constexpr (sizeof(Char) == 1)
      return text_->text().latin1.data();
    else
      return static_cast<const Char*>(static_cast<const void*>(text_->text().utf16.data()));
  }

  /// While V8 makes its string it asks for an address and reads nothing; and of long texts it takes the length for a hash, so
  /// that a text need not be there before it is read. The address given is one of zeros.
  [[nodiscard]] static v8::MaybeLocal<v8::String> make(v8::Isolate* isolate, std::shared_ptr<source_text> text) {
    const bool is_long = text->length() >= long_text;
    const std::size_t size = is_long ? text->length() * sizeof(Char) : sizeof(Char);
    void* const zeros = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    // V8 owns what it is given.
    auto* const made = std::make_unique<shared_string>(std::move(text)).release();
    if (zeros != MAP_FAILED) made->zeros_ = zeros;
    v8::MaybeLocal<v8::String> out;
    if constexpr (sizeof(Char) == 1)
      out = v8::String::NewExternalOneByte(isolate, made);
    else
      out = v8::String::NewExternalTwoByte(isolate, made);
    v8::Local<v8::String> string;
    if (is_long && out.ToLocal(&string)) (void)string->GetIdentityHash();
    if (zeros != MAP_FAILED) ::munmap(zeros, size);
    if (!out.IsEmpty()) made->zeros_ = nullptr;
    return out;
  }

 private:
  // V8's own limit is 16,383.
  static constexpr std::size_t long_text = 16'384;
  std::shared_ptr<source_text> text_;
  const void* zeros_ = nullptr;
};

using one_byte_string = shared_string<v8::String::ExternalOneByteStringResource, char>;
using two_byte_string = shared_string<v8::String::ExternalStringResource, uint16_t>;

std::string unpacked(byte_view frame, std::size_t size) {
  std::string out(size, '\0');
  // Making a context takes longer than unpacking a small text.
  struct free_context {
    void operator()(ZSTD_DCtx* c) const noexcept { ZSTD_freeDCtx(c); }
  };
  static thread_local const std::unique_ptr<ZSTD_DCtx, free_context> context(ZSTD_createDCtx());
  const auto done = ZSTD_decompressDCtx(context.get(), out.data(), out.size(), frame.data(), frame.size());
  if (done != size) out.assign(size, ' ');
  return out;
}

}  // namespace

std::optional<decoded_text> decode(std::string_view utf8) {
  if (utf8.starts_with("\xEF\xBB\xBF")) utf8.remove_prefix(3);
  decoded_text out;
  if (is_ascii(as_bytes(utf8))) {
    out.latin1 = utf8;
    return out;
  }
  if (!is_utf8(utf8)) return std::nullopt;
  out.utf16.reserve(utf8.size());
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto at = [&](std::size_t k) { return static_cast<std::uint32_t>(static_cast<unsigned char>(utf8[i + k])); };
    const std::uint32_t lead = at(0);
    if (lead < 0x80) {
      out.utf16 += static_cast<char16_t>(lead);
      i += 1;
    } else if (lead < 0xE0) {
      const std::uint32_t c = (lead & 0x1F) << 6 | (at(1) & 0x3F);
      all |= c;
      out.utf16 += static_cast<char16_t>(c);
      i += 2;
    } else if (lead < 0xF0) {
      const std::uint32_t c = (lead & 0x0F) << 12 | (at(1) & 0x3F) << 6 | (at(2) & 0x3F);
      all |= c;
      out.utf16 += static_cast<char16_t>(c);
      i += 3;
    } else {
      const std::uint32_t c = ((lead & 0x07) << 18 | (at(1) & 0x3F) << 12 | (at(2) & 0x3F) << 6 | (at(3) & 0x3F)) - 0x10000;
      all |= 0x10000;
      out.utf16 += static_cast<char16_t>(0xD800 + (c >> 10));
      out.utf16 += static_cast<char16_t>(0xDC00 + (c & 0x3FF));
      i += 4;
    }
  }
  if (all > 0xFF) {
    out.is_one_byte = false;
    return out;
  }
  out.latin1.reserve(out.utf16.size());
  for (const char16_t c : out.utf16) out.latin1 += static_cast<char>(c);
  out.utf16 = {};
  return out;
}

source_text::source_text(decoded_text text) : length_(text.length()), is_one_byte_(text.is_one_byte), text_(std::move(text)) {}

source_text::source_text(byte_view frame, std::size_t size, std::size_t length, bool is_one_byte)
    : frame_(frame), size_(size), length_(length), is_one_byte_(is_one_byte) {}

std::size_t source_text::unpacked_size(byte_view frame, std::size_t length) {
  constexpr std::uint64_t most_per_unit = 3;
  // What is no frame states a size that is too large.
  const std::uint64_t size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  return size >= length && size / most_per_unit <= length ? static_cast<std::size_t>(size) : 0;
}

const decoded_text& source_text::text() const {
  was_read_ = true;
  std::call_once(once_, [&] {
    if (frame_.empty() && text_.length() == length_) return;
    if (auto text = decode(unpacked(frame_, size_)); text && text->is_one_byte == is_one_byte_ && text->length() == length_) {
      text_ = *std::move(text);
      return;
    }
    // A file that was proven does not say what is not so, but V8 reads as far as it was told.
    text_.is_one_byte = is_one_byte_;
    (is_one_byte_ ? text_.latin1.resize(length_, ' ') : text_.utf16.resize(length_, u' '));
  });
  return text_;
}

v8::MaybeLocal<v8::String> source_text::string(v8::Isolate* isolate, const std::shared_ptr<source_text>& text) {
  if (text->length() == 0) return v8::String::Empty(isolate);
  return text->is_one_byte() ? one_byte_string::make(isolate, text) : two_byte_string::make(isolate, text);
}

}  // namespace bmes::v8_backend
