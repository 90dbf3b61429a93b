// TextEncoder, and TextDecoder for the encodings of Unicode and for Latin-1.
#include "prelude.hpp"

#include "functions.hpp"

#include <JavaScriptCore/GetterSetter.h>

namespace bmes::jsc {

using namespace JSC;

namespace {

enum class text_encoding : std::uint8_t { utf8, utf16le, utf16be, windows1252 };
constexpr ASCIILiteral names_of_encodings[] = {"utf-8"_s, "utf-16le"_s, "utf-16be"_s, "windows-1252"_s};

/// The encoding that a label of the Encoding Standard stands for.
std::optional<text_encoding> encoding_of_label(const String& label) {
  constexpr ASCIILiteral utf8[] = {"utf-8"_s, "utf8"_s, "unicode-1-1-utf-8"_s, "unicode11utf8"_s, "unicode20utf8"_s, "x-unicode20utf8"_s};
  constexpr ASCIILiteral utf16le[] = {"utf-16le"_s, "utf-16"_s, "csunicode"_s, "iso-10646-ucs-2"_s, "ucs-2"_s, "unicode"_s, "unicodefeff"_s};
  constexpr ASCIILiteral utf16be[] = {"utf-16be"_s, "unicodefffe"_s};
  constexpr ASCIILiteral latin1[] = {"latin1"_s, "ascii"_s, "us-ascii"_s, "iso-8859-1"_s, "windows-1252"_s, "ansi_x3.4-1968"_s, "cp1252"_s, "cp819"_s, "csisolatin1"_s,
                                     "ibm819"_s, "iso-ir-100"_s, "iso8859-1"_s, "iso88591"_s, "iso_8859-1"_s, "iso_8859-1:1987"_s, "l1"_s, "x-cp1252"_s};
  const auto trimmed = label.trim([](UChar c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }).convertToASCIILowercase();
  const auto is_one_of = [&](auto& labels) { return std::ranges::any_of(labels, [&](ASCIILiteral each) { return trimmed == each; }); };
  if (is_one_of(utf8)) return text_encoding::utf8;
  if (is_one_of(utf16le)) return text_encoding::utf16le;
  if (is_one_of(utf16be)) return text_encoding::utf16be;
  if (is_one_of(latin1)) return text_encoding::windows1252;
  return std::nullopt;
}

utf8_decoded decode_utf16(std::span<const std::uint8_t> bytes, bool big, bool is_end) {
  utf8_decoded out;
  StringBuilder text;
  const auto unit = [&](std::size_t at) { return static_cast<UChar>(big ? bytes[at] << 8 | bytes[at + 1] : bytes[at + 1] << 8 | bytes[at]); };
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    const UChar first = unit(at);
    if (!U16_IS_SURROGATE(first)) {
      text.append(first);
    } else if (U16_IS_LEAD(first) && at + 3 < bytes.size() && U16_IS_TRAIL(unit(at + 2))) {
      text.append(first, unit(at + 2));
      at += 2;
    } else if (U16_IS_LEAD(first) && at + 3 >= bytes.size()) {
      break;
    } else {
      out.malformed = true;
      text.append(UChar(0xfffd));
    }
  }
  out.incomplete = bytes.size() - at;
  // What is left at the end is one character that is none, however many bytes it has.
  if (is_end && out.incomplete == 3) text.append(UChar(0xfffd));
  out.text = text.toString();
  return out;
}

String decode_windows1252(std::span<const std::uint8_t> bytes) {
  constexpr UChar high[] = {0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
                            0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178};
  StringBuilder text;
  for (const std::uint8_t byte : bytes) text.append(byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80] : static_cast<UChar>(byte));
  return text.toString();
}

/// A decoder's private state: its options, whether the text has begun, and the bytes of an unfinished character (at most three).
struct decoder {
  bool fatal = false;
  bool keep_mark = false;
  bool begun = false;
  unsigned held = 0;
  std::uint8_t bytes[3]{};
  text_encoding encoding = text_encoding::utf8;

  double packed() const {
    double bits = (fatal ? 1 : 0) | (keep_mark ? 2 : 0) | (begun ? 4 : 0) | held << 3;
    return bits + 32.0 * (bytes[0] | bytes[1] << 8 | bytes[2] << 16) + 536870912.0 * static_cast<int>(encoding);
  }
  static decoder unpacked(double packed) {
    auto bits = static_cast<std::uint64_t>(packed);
    auto byte = [&](int index) { return static_cast<std::uint8_t>(bits >> (5 + 8 * index)); };
    return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, static_cast<unsigned>(bits >> 3 & 3), {byte(0), byte(1), byte(2)},
            static_cast<text_encoding>(bits >> 29 & 3)};
  }
};

std::optional<decoder> decoder_of(JSGlobalObject* global, JSValue self) {
  JSValue state = private_value(global, self);
  if (state.isNumber()) return decoder::unpacked(state.asNumber());
  throw_type_error(global, "Value of \"this\" must be of type TextDecoder"_s, "ERR_INVALID_THIS"_s);
  return std::nullopt;
}

JSC_DEFINE_HOST_FUNCTION(encode, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  JSValue given = frame->argument(0);
  String text = given.isUndefined() ? emptyString() : given.toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  RELEASE_AND_RETURN(scope, JSValue::encode(make_bytes(global, as_bytes(utf8_of(text)))));
}

JSC_DEFINE_HOST_FUNCTION(encode_into, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String text = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  auto* target = jsDynamicCast<JSUint8Array*>(frame->argument(1));
  if (!target) return throw_type_error(global, "The \"dest\" argument must be an instance of Uint8Array."_s, "ERR_INVALID_ARG_TYPE"_s);
  std::size_t room = target->isDetached() ? 0 : target->length();
  unsigned read = 0;
  std::string out;
  while (read < text.length()) {
    unsigned units = U16_IS_LEAD(text[read]) && read + 1 < text.length() && U16_IS_TRAIL(text[read + 1]) ? 2 : 1;
    std::string one = utf8_of(StringView(text).substring(read, units));
    if (out.size() + one.size() > room) break;
    out += one;
    read += units;
  }
  if (!out.empty()) std::memcpy(target->typedVector(), out.data(), out.size());
  JSObject* result = constructEmptyObject(global);
  define(global, result, "read"_s, jsNumber(read));
  define(global, result, "written"_s, jsNumber(out.size()));
  return JSValue::encode(result);
}

JSC_DEFINE_HOST_FUNCTION(construct_encoder, (JSGlobalObject * global, CallFrame* frame)) { return JSValue::encode(make_instance(global, frame)); }

JSC_DEFINE_HOST_FUNCTION(construct_decoder, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  decoder state;
  if (JSValue label = frame->argument(0); !label.isUndefined()) {
    String name = label.toWTFString(global);
    RETURN_IF_EXCEPTION(scope, {});
    const auto known = encoding_of_label(name);
    if (known) state.encoding = *known;
    else
      return throw_error(global, with_code(global, createRangeError(global, makeString("The \""_s, name, "\" encoding is not supported"_s)),
                                           "ERR_ENCODING_NOT_SUPPORTED"_s));
  }
  if (JSValue options = frame->argument(1); options.isObject()) {
    JSValue fatal = property(global, options, "fatal"_s);
    RETURN_IF_EXCEPTION(scope, {});
    JSValue keep_mark = property(global, options, "ignoreBOM"_s);
    RETURN_IF_EXCEPTION(scope, {});
    state.fatal = fatal.toBoolean(global);
    state.keep_mark = keep_mark.toBoolean(global);
  }
  JSObject* made = make_instance(global, frame);
  RETURN_IF_EXCEPTION(scope, {});
  set_private_value(global, made, jsNumber(state.packed()));
  return JSValue::encode(made);
}

JSC_DEFINE_HOST_FUNCTION(decode, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto state = decoder_of(global, frame->thisValue());
  RETURN_IF_EXCEPTION(scope, {});
  bool stream = false;
  if (JSValue options = frame->argument(1); options.isObject()) {
    JSValue wish = property(global, options, "stream"_s);
    RETURN_IF_EXCEPTION(scope, {});
    stream = wish.toBoolean(global);
  }
  auto given = frame->argument(0).isUndefined() ? std::span<const std::uint8_t>() : bytes_of(frame->argument(0));
  if (!given)
    return throw_type_error(global, "The \"input\" argument must be an instance of ArrayBuffer or ArrayBufferView."_s, "ERR_INVALID_ARG_TYPE"_s);
  std::vector<std::uint8_t> joined;
  std::span<const std::uint8_t> bytes = *given;
  if (state->held) {
    joined.assign(state->bytes, state->bytes + state->held);
    joined.insert(joined.end(), bytes.begin(), bytes.end());
    bytes = joined;
  }
  if (bytes.size() > String::MaxLength) return throw_error(global, createRangeError(global, "The input is too long for a string"_s));
  const auto as = state->encoding;
  utf8_decoded decoded;
  if (as == text_encoding::utf8) decoded = decode_utf8(bytes);
  else if (as == text_encoding::windows1252) decoded.text = decode_windows1252(bytes);
  else decoded = decode_utf16(bytes, as == text_encoding::utf16be, !stream);
  decoder next{state->fatal, state->keep_mark};
  next.encoding = as;
  bool unfinished = decoded.incomplete && !stream;
  if (state->fatal && (decoded.malformed || unfinished)) {
    set_private_value(global, asObject(frame->thisValue()), jsNumber(next.packed()));
    return throw_type_error(global, makeString("The encoded data was not valid for encoding "_s, names_of_encodings[static_cast<int>(as)]),
                            "ERR_ENCODING_INVALID_ENCODED_DATA"_s);
  }
  String text = unfinished ? makeString(decoded.text, UChar(0xfffd)) : decoded.text;
  bool first = !state->begun && !text.isEmpty();
  if (stream) {
    next.begun = state->begun || !text.isEmpty();
    next.held = static_cast<unsigned>(decoded.incomplete);
    std::copy(bytes.end() - next.held, bytes.end(), next.bytes);
  }
  if (first && !state->keep_mark && as != text_encoding::windows1252 && text[0] == 0xfeff) text = text.substring(1);
  set_private_value(global, asObject(frame->thisValue()), jsNumber(next.packed()));
  return JSValue::encode(jsString(vm, text));
}

void define_getter(JSGlobalObject* global, JSObject* prototype, ASCIILiteral name, NativeFunction function) {
  VM& vm = global->vm();
  prototype->putDirectAccessor(global, Identifier::fromString(vm, name),
                               GetterSetter::create(vm, global, make_function(global, name, 0, function), nullptr),
                               static_cast<unsigned>(PropertyAttribute::Accessor));
}

JSC_DEFINE_HOST_FUNCTION(get_encoding, (JSGlobalObject * global, CallFrame*)) { return JSValue::encode(js_text(global->vm(), "utf-8")); }

JSC_DEFINE_HOST_FUNCTION(get_decoder_encoding, (JSGlobalObject * global, CallFrame* frame)) {
  auto state = decoder_of(global, frame->thisValue());
  return state ? JSValue::encode(jsNontrivialString(global->vm(), names_of_encodings[static_cast<int>(state->encoding)])) : EncodedJSValue{};
}

JSC_DEFINE_HOST_FUNCTION(get_fatal, (JSGlobalObject * global, CallFrame* frame)) {
  auto state = decoder_of(global, frame->thisValue());
  return state ? JSValue::encode(jsBoolean(state->fatal)) : EncodedJSValue{};
}

JSC_DEFINE_HOST_FUNCTION(get_ignore_bom, (JSGlobalObject * global, CallFrame* frame)) {
  auto state = decoder_of(global, frame->thisValue());
  return state ? JSValue::encode(jsBoolean(state->keep_mark)) : EncodedJSValue{};
}

}  // namespace

JSValue make_text_encoder(host_state& state) {
  auto* global = state.global;
  JSObject* prototype = constructEmptyObject(global);
  define(global, prototype, {{"encode"_s, 0, encode}, {"encodeInto"_s, 2, encode_into}});
  define_getter(global, prototype, "encoding"_s, get_encoding);
  return make_class(global, "TextEncoder"_s, 0, construct_encoder, prototype);
}

JSValue make_text_decoder(host_state& state) {
  auto* global = state.global;
  JSObject* prototype = constructEmptyObject(global);
  define(global, prototype, {{"decode"_s, 0, decode}});
  define_getter(global, prototype, "encoding"_s, get_decoder_encoding);
  define_getter(global, prototype, "fatal"_s, get_fatal);
  define_getter(global, prototype, "ignoreBOM"_s, get_ignore_bom);
  return make_class(global, "TextDecoder"_s, 0, construct_decoder, prototype);
}

}  // namespace bmes::jsc
