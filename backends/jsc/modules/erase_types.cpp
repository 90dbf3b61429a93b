#include "prelude.hpp"

#include "modules/erase_types.hpp"
#include "modules/loader.hpp"
#include "natives/native.hpp"
#include "strings.hpp"

#include <JavaScriptCore/JSNativeStdFunction.h>
#include <bmes/checksum.hpp>

namespace bmes::jsc {
namespace {

// Around the package's text: what it asks of Node, and how it is called.
constexpr auto before = R"((function (decode, encode, wasm) {
const module = { exports: {} };
const require = (name) => name === 'util'
  ? { TextDecoder: class { decode(bytes) { return bytes ? decode(bytes) : ''; } }, TextEncoder: class { encode(text) { return encode(text); } } }
  : { Buffer: { from: () => wasm } };
)"_s;
constexpr auto after = R"(
return (text, jsx) => {
  try {
    return module.exports.transformSync(text, jsx ? { parser: { syntax: 'typescript', tsx: true, decorators: true } } : {}).code;
  } catch (error) {
    return error !== null && typeof error === 'object' ? error : { message: String(error) };
  }
};
}))"_s;

JSC::JSFunction* function(JSC::JSGlobalObject* global, JSC::NativeStdFunction&& call) {
  return JSC::JSNativeStdFunction::create(global->vm(), global, 1, WTF::String(), std::move(call));
}

class writer {
 public:
  void number(std::size_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::byte>(value | 0x80));
    out.push_back(static_cast<std::byte>(value));
  }
  std::vector<std::byte> out;
};

class reader {
 public:
  explicit reader(byte_view bytes) : rest_(bytes) {}
  [[nodiscard]] bool is_done() const { return rest_.empty(); }
  [[nodiscard]] bool is_good() const { return is_good_; }
  std::size_t number() {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = std::to_integer<std::size_t>(rest_.front());
      rest_ = rest_.subspan(1);
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    is_good_ = false;
    return 0;
  }

 private:
  byte_view rest_;
  bool is_good_ = true;
};

}  // namespace

void type_eraser::start() {
  auto scope = DECLARE_CATCH_SCOPE(vm_);
  const auto glue = carried_text(carried_, "npm:amaro"), wasm = carried_text(carried_, "npm:amaro.wasm");
  if (!glue || !wasm) return;
  auto* global =
      JSC::JSGlobalObject::createWithCustomMethodTable(vm_, JSC::JSGlobalObject::createStructure(vm_, JSC::jsNull()), &loader::method_table);
  global_.set(vm_, global);
  const auto text = WTF::makeString(before, to_wtf(*glue), after);
  const auto make = JSC::evaluate(global, JSC::makeSource(text, {}, JSC::SourceTaintedOrigin::Untainted, "amaro"_s));
  if (scope.exception() || !make || !make.isObject()) return;
  JSC::MarkedArgumentBuffer arguments;
  arguments.append(function(global, [](JSC::JSGlobalObject* of, JSC::CallFrame* call) {
    const auto bytes = bytes_of(call->argument(0)).value_or(std::span<const std::uint8_t>());
    const auto* start = static_cast<const char*>(static_cast<const void*>(bytes.data()));
    return JSC::JSValue::encode(JSC::jsString(of->vm(), to_wtf({start, bytes.size()})));
  }));
  arguments.append(function(global, [](JSC::JSGlobalObject* of, JSC::CallFrame* call) {
    const auto utf8 = call->argument(0).isString() ? to_utf8(asString(call->argument(0))->value(of)) : std::nullopt;
    return JSC::JSValue::encode(make_bytes(of, as_bytes(utf8 ? std::string_view(*utf8) : std::string_view())));
  }));
  arguments.append(make_bytes(global, as_bytes(std::string_view(*wasm))));
  const JSC::JSValue made = JSC::call(global, asObject(make), JSC::getCallData(make), JSC::jsUndefined(), arguments);
  if (!scope.exception() && made.isObject()) erase_.set(vm_, asObject(made));
}

type_eraser::answer type_eraser::erase(const WTF::String& text, source_language language) {
  auto scope = DECLARE_CATCH_SCOPE(vm_);
  answer out;
  if (!erase_) start();
  if (vm_.hasPendingTerminationException()) return out;
  scope.clearException();
  if (!erase_) {
    out.code = "ERR_NO_TYPESCRIPT"_s;
    out.message = "bmes is not compiled with TypeScript support"_s;
    return out;
  }
  auto* const global = global_.get();
  JSC::MarkedArgumentBuffer arguments;
  arguments.append(JSC::jsString(vm_, text));
  arguments.append(JSC::jsBoolean(language == source_language::typescript_jsx));
  const JSC::JSValue got = JSC::call(global, erase_.get(), JSC::getCallData(erase_.get()), JSC::jsUndefined(), arguments);
  if (vm_.hasPendingTerminationException()) return out;
  if (!scope.exception() && got.isString()) {
    out.text = asString(got)->value(global);
    return out;
  }
  scope.clearException();
  const auto get = [&](WTF::ASCIILiteral name) {
    return got && got.isObject() ? JSC::JSValue(asObject(got)->getDirect(vm_, JSC::Identifier::fromString(vm_, name))) : JSC::JSValue();
  };
  const auto text_of = [&](WTF::ASCIILiteral name) {
    const JSC::JSValue value = get(name);
    return value && value.isString() ? asString(value)->value(global) : WTF::String();
  };
  const auto number_of = [&](WTF::ASCIILiteral name) {
    const JSC::JSValue value = get(name);
    // Those of WebAssembly are of floating point.
    return value && value.isNumber() && value.asNumber() >= 0 ? static_cast<unsigned>(value.asNumber()) : 0U;
  };
  const auto kind = text_of("code"_s);
  out.code = kind == "UnsupportedSyntax"_s ? "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"_s
             : kind == "InvalidSyntax"_s   ? "ERR_INVALID_TYPESCRIPT_SYNTAX"_s
                                           : "ERR_INTERNAL_ASSERTION"_s;
  out.message = text_of("message"_s);
  if (out.message.isEmpty()) out.message = "the types can't be erased"_s;
  if (!kind.isNull()) {
    out.line = number_of("startLine"_s);
    out.column = number_of("startColumn"_s) + 1;
  } else {
    // It broke, and is not to be used again.
    erase_.clear();
  }
  return out;
}

type_eraser& type_eraser_of(JSC::VM& vm) {
  runtime& r = runtime_of(vm);
  if (!r.types) r.types = new type_eraser(vm, r.natives->options.modules);
  return *r.types;
}

JSC::JSObject* error_of(JSC::JSGlobalObject* global, const type_eraser::answer& answer, const WTF::String& key) {
  JSC::VM& vm = global->vm();
  JSC::JSObject* const error = with_code(global, JSC::createSyntaxError(global, answer.message), answer.code);
  if (answer.line == 0) return error;
  error->putDirect(vm, vm.propertyNames->sourceURL, JSC::jsString(vm, key), hidden);
  mark_syntax_error(global, error, answer.line, answer.column);
  return error;
}

JSC_DEFINE_HOST_FUNCTION(erase_for_program, (JSC::JSGlobalObject * global, JSC::CallFrame* call)) {
  JSC::VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  const auto text = call->argument(0).toWTFString(global), name = call->argument(1).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  const auto erased = type_eraser_of(vm).erase(text, source_language::typescript);
  RETURN_IF_EXCEPTION(scope, {});
  if (!erased.text.isNull()) return JSC::JSValue::encode(JSC::jsString(vm, erased.text));
  JSC::throwException(global, scope, error_of(global, erased, name));
  return {};
}

// The checks are JavaScript, and loaded by the first call.
JSC_DEFINE_HOST_FUNCTION(strip_types, (JSC::JSGlobalObject * global, JSC::CallFrame* call)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  const JSC::JSValue strip = host_export(state_of(global), "host:typescript", "stripTypeScriptTypes"_s);
  RETURN_IF_EXCEPTION(scope, {});
  JSC::MarkedArgumentBuffer arguments;
  arguments.append(make_function(global, "erase"_s, 2, erase_for_program));
  for (std::size_t i = 0; i < call->argumentCount(); ++i) arguments.append(call->uncheckedArgument(i));
  RELEASE_AND_RETURN(scope, JSC::JSValue::encode(JSC::call(global, asObject(strip), JSC::getCallData(strip), JSC::jsUndefined(), arguments)));
}

JSC::JSObject* make_strip_function(JSC::JSGlobalObject* global) { return make_function(global, "stripTypeScriptTypes"_s, 1, strip_types); }

source_identity code_identity(source_identity source, bool is_typescript) {
  if (!is_typescript) return source;
  std::array<std::byte, 17> bytes{};
  std::ranges::copy(source.hash, bytes.begin());
  bytes.back() = std::byte{'T'};
  source.hash = checksum128(bytes);
  return source;
}

// Numbers of seven bits a byte, the lowest first: the length; then how many characters stay as they are, and how many become spaces, twice
// that, or twice that and one, and then they follow.
std::vector<std::byte> describe_erasure(const WTF::String& text, const WTF::String& erased) {
  writer w;
  w.number(erased.length());
  const auto stays = [&](unsigned i) { return i < text.length() && text[i] == erased[i]; };
  for (unsigned i = 0, end = erased.length(), from = 0; i < end;) {
    if (stays(i)) {
      ++i;
      continue;
    }
    w.number(i - from);
    from = i;
    const bool is_space = erased[i] == ' ';
    // What was a space already may as well become one.
    while (i < end && (is_space ? erased[i] == ' ' : !stays(i) && erased[i] != ' ')) ++i;
    w.number(std::size_t{i - from} * 2 + !is_space);
    for (; !is_space && from < i; ++from) w.number(erased[from]);
    from = i;
  }
  return std::move(w.out);
}

WTF::String apply_erasure(const WTF::String& text, byte_view erasure) {
  reader r(erasure);
  const std::size_t length = r.number();
  // Each character that there was not before takes a byte.
  if (!r.is_good() || length > std::size_t{text.length()} + erasure.size()) return {};
  std::vector<UChar> out(length);
  for (std::size_t i = 0; i < std::min<std::size_t>(length, text.length()); ++i) out[i] = text[static_cast<unsigned>(i)];
  for (std::size_t at = 0; !r.is_done();) {
    const std::size_t skipped = r.number(), run = r.number(), count = run / 2;
    if (!r.is_good() || skipped > length - at || count > length - at - skipped) return {};
    at += skipped;
    for (std::size_t i = 0; i < count; ++i) out[at++] = run % 2 == 0 ? UChar(' ') : static_cast<UChar>(r.number());
  }
  if (!r.is_good()) return {};
  if (text.is8Bit() && std::ranges::all_of(out, [](UChar c) { return c < 0x100; }))
    return WTF::String::make8Bit(out.data(), static_cast<unsigned>(out.size()));
  return WTF::String(std::span<const UChar>(out));
}

void append_erasure(std::vector<std::byte>& bytecode, byte_view erasure) {
  bytecode.insert(bytecode.end(), erasure.begin(), erasure.end());
  const auto size = static_cast<std::uint32_t>(erasure.size());
  for (unsigned shift = 0; shift < 32; shift += 8) bytecode.push_back(static_cast<std::byte>(size >> shift));
}

erased_payload split_payload(byte_view payload) {
  constexpr std::size_t size_bytes = 4;
  if (payload.size() < size_bytes) return {};
  const std::size_t rest = payload.size() - size_bytes;
  const auto size = wire_rep<std::uint32_t>::load(payload.last<size_bytes>());
  if (size == 0 || size >= rest) return {};
  return {payload.first(rest - size), payload.subspan(rest - size, size)};
}

}  // namespace bmes::jsc
