// TextEncoder and TextDecoder, for UTF-8.
#include "prelude.hpp"

#include "functions.hpp"

#include <JavaScriptCore/GetterSetter.h>

namespace bmes::jsc {

using namespace JSC;

namespace {

/// A decoder's private state: its options, whether the text has begun, and the bytes of an unfinished character (at most three).
struct decoder {
  bool fatal = false;
  bool keep_mark = false;
  bool begun = false;
  unsigned held = 0;
  std::uint8_t bytes[3]{};

  double packed() const {
    double bits = (fatal ? 1 : 0) | (keep_mark ? 2 : 0) | (begun ? 4 : 0) | held << 3;
    return bits + 32.0 * (bytes[0] | bytes[1] << 8 | bytes[2] << 16);
  }
  static decoder unpacked(double packed) {
    auto bits = static_cast<std::uint64_t>(packed);
    auto byte = [&](int index) { return static_cast<std::uint8_t>(bits >> (5 + 8 * index)); };
    return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, static_cast<unsigned>(bits >> 3 & 3), {byte(0), byte(1), byte(2)}};
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
  if (JSValue label = frame->argument(0); !label.isUndefined()) {
    String name = label.toWTFString(global);
    RETURN_IF_EXCEPTION(scope, {});
    auto trimmed = name.trim([](UChar c) { return isASCIIWhitespace(c); }).convertToASCIILowercase();
    if (trimmed != "utf-8"_s && trimmed != "utf8"_s && trimmed != "unicode-1-1-utf-8"_s)
      return throw_error(global, with_code(global, createRangeError(global, makeString("The \""_s, name, "\" encoding is not supported"_s)),
                                           "ERR_ENCODING_NOT_SUPPORTED"_s));
  }
  decoder state;
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
  auto decoded = decode_utf8(bytes);
  decoder next{state->fatal, state->keep_mark};
  bool unfinished = decoded.incomplete && !stream;
  if (state->fatal && (decoded.malformed || unfinished)) {
    set_private_value(global, asObject(frame->thisValue()), jsNumber(next.packed()));
    return throw_type_error(global, "The encoded data was not valid for encoding utf-8"_s, "ERR_ENCODING_INVALID_ENCODED_DATA"_s);
  }
  String text = unfinished ? makeString(decoded.text, UChar(0xfffd)) : decoded.text;
  bool first = !state->begun && !text.isEmpty();
  if (stream) {
    next.begun = state->begun || !text.isEmpty();
    next.held = static_cast<unsigned>(decoded.incomplete);
    std::copy(bytes.end() - next.held, bytes.end(), next.bytes);
  }
  if (first && !state->keep_mark && text[0] == 0xfeff) text = text.substring(1);
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
  define_getter(global, prototype, "encoding"_s, get_encoding);
  define_getter(global, prototype, "fatal"_s, get_fatal);
  define_getter(global, prototype, "ignoreBOM"_s, get_ignore_bom);
  return make_class(global, "TextDecoder"_s, 0, construct_decoder, prototype);
}

}  // namespace bmes::jsc
