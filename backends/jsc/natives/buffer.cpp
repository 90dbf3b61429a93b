// What node:buffer needs of the engine: bytes to text and back, fast.
#include "prelude.hpp"

#include "native.hpp"

#include <JavaScriptCore/InternalFunction.h>
#include <cstring>

namespace bmes::jsc {

using namespace JSC;

namespace {

/// The numbers that host/node/buffer.js has for the names of encodings.
enum class encoding { utf8, utf16le, latin1, ascii, base64, base64url, hex };

using bytes = std::vector<std::uint8_t>;

int base64_digit(UChar c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/// As Node decodes: both alphabets, what is no digit skipped, "=" the end.
bytes from_base64(StringView text) {
  bytes out;
  out.reserve(text.length() / 4 * 3 + 3);
  unsigned held = 0, bits = 0;
  for (unsigned i = 0; i < text.length() && text[i] != '='; i++) {
    int digit = base64_digit(text[i]);
    if (digit < 0) continue;
    held = held << 6 | static_cast<unsigned>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<std::uint8_t>(held >> bits));
  }
  return out;
}

String to_base64(std::span<const std::uint8_t> from, const char* digits, bool padded) {
  const std::size_t whole = from.size() / 3, rest = from.size() % 3;
  const std::size_t size = whole * 4 + (rest == 0 ? 0 : padded ? 4 : rest + 1);
  LChar* out;
  String text = String::createUninitialized(static_cast<unsigned>(size), out);
  std::size_t at = 0;
  const auto put = [&](unsigned bits, int count) {
    for (int i = 0; i < count; i++) out[at++] = static_cast<LChar>(digits[bits >> (18 - 6 * i) & 63]);
  };
  for (std::size_t i = 0; i < whole; i++) put(static_cast<unsigned>(from[3 * i] << 16 | from[3 * i + 1] << 8 | from[3 * i + 2]), 4);
  if (rest == 1) put(static_cast<unsigned>(from[3 * whole] << 16), 2);
  if (rest == 2) put(static_cast<unsigned>(from[3 * whole] << 16 | from[3 * whole + 1] << 8), 3);
  while (at < size) out[at++] = '=';
  return text;
}

bytes from_hex(StringView text) {
  bytes out;
  for (unsigned i = 0; i + 1 < text.length() && isASCIIHexDigit(text[i]) && isASCIIHexDigit(text[i + 1]); i += 2)
    out.push_back(toASCIIHexValue(text[i], text[i + 1]));
  return out;
}

bytes encode(StringView text, encoding as) {
  switch (as) {
    case encoding::utf8: {
      std::string utf8 = utf8_of(text);
      return {utf8.begin(), utf8.end()};
    }
    case encoding::utf16le: {
      bytes out(text.length() * std::size_t(2));
      for (unsigned i = 0; i < text.length(); i++) {
        out[2 * i] = static_cast<std::uint8_t>(text[i]);
        out[2 * i + 1] = static_cast<std::uint8_t>(text[i] >> 8);
      }
      return out;
    }
    case encoding::latin1:
    case encoding::ascii: {
      bytes out(text.length());
      for (unsigned i = 0; i < text.length(); i++) out[i] = static_cast<std::uint8_t>(text[i]);
      return out;
    }
    case encoding::base64:
    case encoding::base64url:
      return from_base64(text);
    case encoding::hex:
      return from_hex(text);
  }
  return {};
}

String decode(std::span<const std::uint8_t> from, encoding as) {
  switch (as) {
    case encoding::utf8:
      return from_utf8(from);
    case encoding::utf16le: {
      UChar* units;
      String out = String::createUninitialized(static_cast<unsigned>(from.size() / 2), units);
      if (from.size() >= 2) std::memcpy(units, from.data(), from.size() / 2 * 2);
      return out;
    }
    case encoding::latin1:
      return String(from.data(), static_cast<unsigned>(from.size()));
    case encoding::ascii: {
      LChar* units;
      String out = String::createUninitialized(static_cast<unsigned>(from.size()), units);
      for (std::size_t i = 0; i < from.size(); i++) units[i] = from[i] & 0x7f;
      return out;
    }
    case encoding::base64:
      return to_base64(from, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
    case encoding::base64url:
      return to_base64(from, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
    case encoding::hex: {
      LChar* units;
      String out = String::createUninitialized(static_cast<unsigned>(2 * from.size()), units);
      constexpr char digits[] = "0123456789abcdef";
      for (std::size_t i = 0; i < from.size(); i++) {
        units[2 * i] = static_cast<LChar>(digits[from[i] >> 4]);
        units[2 * i + 1] = static_cast<LChar>(digits[from[i] & 15]);
      }
      return out;
    }
  }
  return emptyString();
}

encoding encoding_at(CallFrame* frame, unsigned index) {
  JSValue given = frame->argument(index);
  return given.isInt32() ? static_cast<encoding>(given.asInt32()) : encoding::utf8;
}

/// encode(text, encoding): a Buffer.
JSC_DEFINE_HOST_FUNCTION(buffer_encode, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String text = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  RELEASE_AND_RETURN(scope, JSValue::encode(make_buffer_of(global, encode(text, encoding_at(frame, 1)))));
}

/// decode(bytes, encoding, start, end): a string. The range was checked.
JSC_DEFINE_HOST_FUNCTION(buffer_decode, (JSGlobalObject * global, CallFrame* frame)) {
  auto from = bytes_of(frame->argument(0));
  if (!from) return throw_type_error(global, "argument must be a buffer"_s, "ERR_INVALID_ARG_TYPE"_s);
  auto number = [&](unsigned index, std::size_t otherwise) {
    JSValue given = frame->argument(index);
    return given.isNumber() ? std::min(from->size(), static_cast<std::size_t>(std::max(0.0, given.asNumber()))) : otherwise;
  };
  std::size_t start = number(2, 0), end = std::max(start, number(3, from->size()));
  encoding as = encoding_at(frame, 1);
  auto part = from->subspan(start, end - start);
  std::size_t units = as == encoding::hex ? 2 * part.size() : as == encoding::base64 ? part.size() / 3 * 4 : part.size();
  if (units > 0x1fffffe8)
    return throw_error(global, with_code(global, createError(global, "Cannot create a string longer than 0x1fffffe8 characters"_s), "ERR_STRING_TOO_LONG"_s));
  return JSValue::encode(jsString(global->vm(), decode(part, as)));
}

/// write(buffer, text, offset, length, encoding): how many bytes were written. No character is written in part.
JSC_DEFINE_HOST_FUNCTION(buffer_write, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String text = frame->argument(1).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  auto* target = jsDynamicCast<JSArrayBufferView*>(frame->argument(0));
  if (!target || target->isDetached()) return JSValue::encode(jsNumber(0));
  auto offset = std::min(target->byteLength(), static_cast<std::size_t>(std::max(0.0, frame->argument(2).toNumber(global))));
  auto room = std::min(target->byteLength() - offset, static_cast<std::size_t>(std::max(0.0, frame->argument(3).toNumber(global))));
  encoding as = encoding_at(frame, 4);
  bytes encoded = encode(text, as);
  std::size_t size = std::min(room, encoded.size());
  if (as == encoding::utf16le) size &= ~std::size_t(1);
  if (as == encoding::utf8 && size < encoded.size())
    while (size > 0 && (encoded[size] & 0xc0) == 0x80) size--;
  if (size) std::memcpy(static_cast<std::uint8_t*>(target->vector()) + offset, encoded.data(), size);
  return JSValue::encode(jsNumber(size));
}

/// byteLength(text): of its UTF-8.
JSC_DEFINE_HOST_FUNCTION(buffer_byte_length, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String text = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  std::size_t size = 0;
  for (unsigned i = 0; i < text.length(); i++) {
    UChar unit = text[i];
    bool pair = U16_IS_LEAD(unit) && i + 1 < text.length() && U16_IS_TRAIL(text[i + 1]);
    size += unit < 0x80 ? 1 : unit < 0x800 ? 2 : pair ? 4 : 3;
    i += pair;
  }
  return JSValue::encode(jsNumber(size));
}

/// compare(a, b): -1, 0 or 1.
JSC_DEFINE_HOST_FUNCTION(buffer_compare, (JSGlobalObject*, CallFrame* frame)) {
  auto a = bytes_of(frame->argument(0)).value_or(std::span<const std::uint8_t>()), b = bytes_of(frame->argument(1)).value_or(std::span<const std::uint8_t>());
  std::size_t shared = std::min(a.size(), b.size());
  int order = shared ? std::memcmp(a.data(), b.data(), shared) : 0;
  if (order == 0) order = a.size() < b.size() ? -1 : a.size() > b.size();
  return JSValue::encode(jsNumber(order < 0 ? -1 : order > 0));
}

/// indexOf(buffer, bytes, from, backwards, step): the place, or -1. `from` is in the buffer.
JSC_DEFINE_HOST_FUNCTION(buffer_index_of, (JSGlobalObject*, CallFrame* frame)) {
  auto in = bytes_of(frame->argument(0)).value_or(std::span<const std::uint8_t>()), what = bytes_of(frame->argument(1)).value_or(std::span<const std::uint8_t>());
  auto from = static_cast<std::int64_t>(frame->argument(2).asNumber());
  auto step = static_cast<std::int64_t>(frame->argument(4).asNumber());
  bool backwards = frame->argument(3).isTrue();
  auto last = static_cast<std::int64_t>(in.size()) - static_cast<std::int64_t>(what.size());
  if (backwards) from = std::min(from, last);
  if (!backwards && step == 1) {
    if (from > last) return JSValue::encode(jsNumber(-1));
    const void* at = ::memmem(in.data() + from, in.size() - static_cast<std::size_t>(from), what.data(), what.size());
    return JSValue::encode(jsNumber(at ? static_cast<double>(static_cast<const std::uint8_t*>(at) - in.data()) : -1.0));
  }
  for (std::int64_t at = from; backwards ? at >= 0 : at <= last; at += backwards ? -1 : 1)
    if (at % step == 0 && std::memcmp(in.data() + at, what.data(), what.size()) == 0) return JSValue::encode(jsNumber(static_cast<double>(at)));
  return JSValue::encode(jsNumber(-1));
}

/// isUtf8(bytes) and isAscii(bytes).
JSC_DEFINE_HOST_FUNCTION(buffer_is_utf8, (JSGlobalObject*, CallFrame* frame)) {
  auto decoded = decode_utf8(bytes_of(frame->argument(0)).value_or(std::span<const std::uint8_t>()));
  return JSValue::encode(jsBoolean(!decoded.malformed && !decoded.incomplete));
}

/// transfer(buffer): another with its bytes, while it has none any more.
JSC_DEFINE_HOST_FUNCTION(buffer_transfer, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto* from = jsDynamicCast<JSArrayBuffer*>(frame->argument(0));
  ArrayBufferContents contents;
  if (!from || !from->impl()->transferTo(vm, contents)) return throw_type_error(global, "The buffer can't be transferred"_s);
  auto made = ArrayBuffer::create(WTFMove(contents));
  return JSValue::encode(JSArrayBuffer::create(vm, global->arrayBufferStructure(ArrayBufferSharingMode::Default), WTFMove(made)));
}

JSC_DEFINE_HOST_FUNCTION(buffer_set_class, (JSGlobalObject * global, CallFrame* frame)) {
  state_of(global).buffer_class.set(global->vm(), asObject(frame->argument(0)));
  return JSValue::encode(jsUndefined());
}

}  // namespace

JSObject* make_buffer_of(JSGlobalObject* global, std::span<const std::uint8_t> from) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto& state = state_of(global);
  if (state.options.modules.file.empty()) RELEASE_AND_RETURN(scope, make_bytes(global, from));
  if (!state.buffer_class) host_exports(state, "node:buffer");
  RETURN_IF_EXCEPTION(scope, nullptr);
  Structure* structure =
      InternalFunction::createSubclassStructure(global, state.buffer_class.get(), global->typedArrayStructure(TypeUint8, false));
  RETURN_IF_EXCEPTION(scope, nullptr);
  auto* array = JSUint8Array::createUninitialized(global, structure, from.size());
  RETURN_IF_EXCEPTION(scope, nullptr);
  if (!from.empty()) std::memcpy(array->typedVector(), from.data(), from.size());
  return array;
}

JSObject* make_buffer(host_state& state) {
  JSObject* buffer = constructEmptyObject(state.global);
  define(state.global, buffer,
         {{"encode"_s, 2, buffer_encode},
          {"decode"_s, 4, buffer_decode},
          {"write"_s, 5, buffer_write},
          {"byteLength"_s, 1, buffer_byte_length},
          {"compare"_s, 2, buffer_compare},
          {"indexOf"_s, 5, buffer_index_of},
          {"isUtf8"_s, 1, buffer_is_utf8},
          {"transfer"_s, 1, buffer_transfer},
          {"setClass"_s, 1, buffer_set_class}});
  return buffer;
}

}  // namespace bmes::jsc
