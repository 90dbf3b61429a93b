// UTF-8 in and out of the engine's strings.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bmes::jsc {

/// UTF-8 of a string; half a surrogate pair becomes U+FFFD, as every encoder of the web does it.
void append_utf8(std::string& out, WTF::StringView);
std::string utf8_of(WTF::StringView);

struct utf8_decoded {
  WTF::String text;
  /// Bytes at the end that begin a character which more input could complete. They are not in `text`.
  std::size_t incomplete = 0;
  /// Something before that end was no UTF-8, and became U+FFFD.
  bool malformed = false;
};

/// Text of UTF-8 bytes, in Latin-1 if it is ASCII: the engine's narrow strings take half the room.
utf8_decoded decode_utf8(std::span<const std::uint8_t>);

/// The same, where the end is the end: an unfinished character becomes U+FFFD too.
WTF::String from_utf8(std::span<const std::uint8_t>);
WTF::String from_utf8(std::string_view);

}  // namespace bmes::jsc
