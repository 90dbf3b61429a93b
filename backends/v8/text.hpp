// Texts of modules as V8 takes them: external strings, which V8 reads only when it has to.
#pragma once

#include <atomic>
#include <bmes/bytes.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <v8.h>

namespace bmes::v8_backend {

/// UTF-8 as UTF-16, or where every character fits as Latin-1.
struct decoded_text {
  std::string latin1;
  std::u16string utf16;
  bool is_one_byte = true;
  [[nodiscard]] std::size_t length() const noexcept { return is_one_byte ? latin1.size() : utf16.size(); }
};

/// A byte order mark at the start is left out. Nothing where the bytes are no UTF-8.
[[nodiscard]] std::optional<decoded_text> decode(std::string_view utf8);

/// A text that is there, or a zstd frame that is unpacked when V8 first reads the text, on whatever thread that is.
class source_text {
 public:
  explicit source_text(decoded_text text);
  /// `frame` is proven, and outlives this object. `size` is that of the unpacked bytes, `length` is in UTF-16 code units.
  source_text(byte_view frame, std::size_t size, std::size_t length, bool is_one_byte);

  [[nodiscard]] std::size_t length() const noexcept { return length_; }
  [[nodiscard]] bool is_one_byte() const noexcept { return is_one_byte_; }
  [[nodiscard]] const decoded_text& text() const;
  /// Whether V8 has looked at the text since the last forget_reads().
  [[nodiscard]] bool was_read() const noexcept { return was_read_; }
  void forget_reads() noexcept { was_read_ = false; }

  /// The bytes that the frame states to hold; 0 where that can't be a text of `length`.
  [[nodiscard]] static std::size_t unpacked_size(byte_view frame, std::size_t length);

  /// A V8 string over the text, which it shares.
  [[nodiscard]] static v8::MaybeLocal<v8::String> string(v8::Isolate*, const std::shared_ptr<source_text>&);

 private:
  byte_view frame_;
  std::size_t size_ = 0;
  std::size_t length_;
  bool is_one_byte_;
  mutable std::once_flag once_;
  mutable decoded_text text_;
  mutable std::atomic<bool> was_read_ = false;
};

}  // namespace bmes::v8_backend
