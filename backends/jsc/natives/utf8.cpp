#include "prelude.hpp"

#include "utf8.hpp"

namespace bmes::jsc {
namespace {

bool is_ascii(std::span<const std::uint8_t> bytes) {
  std::uint8_t seen = 0;
  for (auto byte : bytes) seen |= byte;
  return seen < 0x80;
}

void append_code_point(std::string& out, char32_t point) {
  auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xc0 | point >> 6);
    return put(0x80 | (point & 0x3f));
  }
  if (point < 0x10000) {
    put(0xe0 | point >> 12);
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
  }
  put(0x80 | (point >> 6 & 0x3f));
  put(0x80 | (point & 0x3f));
}

/// What a first byte announces: how many bytes follow it, and the range of the next one (which rules out overlong forms,
/// surrogates and code points above U+10FFFF).
struct lead {
  int follow = -1;
  std::uint8_t lowest = 0x80;
  std::uint8_t highest = 0xbf;
};

lead lead_of(std::uint8_t byte) {
  if (byte < 0x80) return {0};
  if (byte >= 0xc2 && byte <= 0xdf) return {1};
  if (byte == 0xe0) return {2, 0xa0, 0xbf};
  if (byte == 0xed) return {2, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {2};
  if (byte == 0xf0) return {3, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {3};
  if (byte == 0xf4) return {3, 0x80, 0x8f};
  return {};
}

}  // namespace

void append_utf8(std::string& out, WTF::StringView text) {
  if (text.is8Bit()) {
    auto* at = text.characters8();
    std::span<const std::uint8_t> units(at, text.length());
    if (is_ascii(units)) {
      out.append(reinterpret_cast<const char*>(at), text.length());
      return;
    }
    for (auto unit : units) append_code_point(out, unit);
    return;
  }
  std::span<const char16_t> units(text.characters16(), text.length());
  out.reserve(out.size() + units.size());
  for (std::size_t i = 0; i < units.size(); i++) {
    char32_t point = units[i];
    if (point >= 0xd800 && point <= 0xdfff) {
      bool paired = point < 0xdc00 && i + 1 < units.size() && (units[i + 1] & 0xfc00) == 0xdc00;
      point = paired ? 0x10000 + ((point - 0xd800) << 10) + (units[++i] - 0xdc00) : 0xfffd;
    }
    append_code_point(out, point);
  }
}

std::string utf8_of(WTF::StringView text) {
  std::string out;
  append_utf8(out, text);
  return out;
}

utf8_decoded decode_utf8(std::span<const std::uint8_t> bytes) {
  utf8_decoded out;
  if (is_ascii(bytes)) {
    out.text = WTF::String(bytes.data(), static_cast<unsigned>(bytes.size()));
    return out;
  }
  WTF::Vector<UChar> units;
  units.reserveInitialCapacity(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    auto [follow, lowest, highest] = lead_of(bytes[at]);
    if (follow < 0) {
      units.append(0xfffd);
      out.malformed = true;
      at++;
      continue;
    }
    char32_t point = follow == 0 ? bytes[at] : bytes[at] & (0x3fu >> follow);
    std::size_t begin = at++;
    int read = 0;
    for (; read < follow && at < bytes.size() && bytes[at] >= lowest && bytes[at] <= highest; read++, at++) {
      point = point << 6 | (bytes[at] & 0x3f);
      lowest = 0x80;
      highest = 0xbf;
    }
    if (read < follow) {
      if (at == bytes.size()) {
        out.incomplete = at - begin;
        break;
      }
      units.append(0xfffd);
      out.malformed = true;
    } else if (point < 0x10000) {
      units.append(static_cast<UChar>(point));
    } else {
      units.append(static_cast<UChar>(0xd7c0 + (point >> 10)));
      units.append(static_cast<UChar>(0xdc00 | (point & 0x3ff)));
    }
  }
  out.text = WTF::String::adopt(WTFMove(units));
  return out;
}

WTF::String from_utf8(std::span<const std::uint8_t> bytes) {
  auto decoded = decode_utf8(bytes);
  return decoded.incomplete ? makeString(decoded.text, UChar(0xfffd)) : decoded.text;
}

WTF::String from_utf8(std::string_view bytes) { return from_utf8(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size())); }

}  // namespace bmes::jsc
