#include "prelude.hpp"

#include "strings.hpp"

#include <bmes/utf8.hpp>

namespace bmes::jsc {

WTF::String to_wtf(std::string_view utf8) {
  const std::span characters(static_cast<const LChar*>(static_cast<const void*>(utf8.data())), utf8.size());
  if (is_ascii(as_bytes(utf8))) return WTF::String(characters.data(), characters.size());
  return WTF::String::fromUTF8ReplacingInvalidSequences(characters.data(), characters.size());
}

WTF::String decode_source(std::string_view utf8) {
  if (utf8.starts_with("\xEF\xBB\xBF")) utf8.remove_prefix(3);
  return to_wtf(utf8);
}

std::optional<std::string> to_utf8(WTF::StringView text) {
  const auto converted = text.tryGetUTF8(WTF::StrictConversion);
  if (!converted) return std::nullopt;
  return std::string(converted->data(), converted->length());
}

}  // namespace bmes::jsc
