// Methods that ECMA-262 has and the engine does not yet. They are written in JavaScript (host/internal/language.js); what is put here are
// functions that fetch them when they are called. Classes that the engine makes when they are first named get theirs then (globals.cpp).
#include "prelude.hpp"

#include <JavaScriptCore/GetterSetter.h>
#include <JavaScriptCore/IteratorPrototype.h>

#include "native.hpp"

namespace bmes::jsc {

using namespace JSC;

namespace {

struct language_method {
  ASCIILiteral of, name;
  unsigned length;
};

constexpr language_method language_methods[] = {
    {"Promise"_s, "try"_s, 1},
    {"Error"_s, "isError"_s, 1},
    {"RegExp"_s, "escape"_s, 1},
    {"ArrayBuffer.prototype"_s, "get detached"_s, 0},
    {"ArrayBuffer.prototype"_s, "transferToFixedLength"_s, 0},
    {"Iterator.prototype"_s, "reduce"_s, 1},
    {"Iterator.prototype"_s, "toArray"_s, 0},
    {"Iterator.prototype"_s, "forEach"_s, 1},
    {"Iterator.prototype"_s, "some"_s, 1},
    {"Iterator.prototype"_s, "every"_s, 1},
    {"Iterator.prototype"_s, "find"_s, 1},
    {"Iterator.prototype"_s, "map"_s, 1},
    {"Iterator.prototype"_s, "filter"_s, 1},
    {"Iterator.prototype"_s, "take"_s, 1},
    {"Iterator.prototype"_s, "drop"_s, 1},
    {"Iterator.prototype"_s, "flatMap"_s, 1},
    {"Object"_s, "groupBy"_s, 2},
    {"Map"_s, "groupBy"_s, 2},
    {"Map.prototype"_s, "getOrInsert"_s, 2},
    {"Map.prototype"_s, "getOrInsertComputed"_s, 2},
    {"WeakMap.prototype"_s, "getOrInsert"_s, 2},
    {"WeakMap.prototype"_s, "getOrInsertComputed"_s, 2},
    {"Uint8Array"_s, "fromBase64"_s, 1},
    {"Uint8Array"_s, "fromHex"_s, 1},
    {"Uint8Array.prototype"_s, "toBase64"_s, 0},
    {"Uint8Array.prototype"_s, "toHex"_s, 0},
    {"Uint8Array.prototype"_s, "setFromBase64"_s, 1},
    {"Uint8Array.prototype"_s, "setFromHex"_s, 1},
};
constexpr std::size_t count = std::size(language_methods);

template <std::size_t Index>
EncodedJSValue call_method(JSGlobalObject* global, CallFrame* frame) {
  constexpr auto& method = language_methods[Index];
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  const JSValue methods = host_export(state_of(global), "host:language", method.of);
  RETURN_IF_EXCEPTION(scope, {});
  const JSValue function = property(global, methods, method.name);
  RETURN_IF_EXCEPTION(scope, {});
  RELEASE_AND_RETURN(scope, JSValue::encode(call(global, function, getCallData(function), frame->thisValue(), ArgList(frame))));
}

template <std::size_t... Indices>
constexpr std::array<EncodedJSValue (*)(JSGlobalObject*, CallFrame*), count> functions_of(std::index_sequence<Indices...>) {
  return {&call_method<Indices>...};
}

constexpr auto functions = functions_of(std::make_index_sequence<count>());

}  // namespace

void add_language(JSGlobalObject* global, JSObject* object, ASCIILiteral path) {
  VM& vm = global->vm();
  for (std::size_t i = 0; i < count; i++) {
    const auto& method = language_methods[i];
    if (method.of != path) continue;
    auto* function = make_function(global, method.name, method.length, functions[i]);
    const std::string_view name(method.name.characters(), method.name.length());
    if (name.starts_with("get "))
      object->putDirectAccessor(global, Identifier::fromString(vm, ASCIILiteral::fromLiteralUnsafe(name.data() + 4)), GetterSetter::create(vm, global, function, nullptr), hidden);
    else
      define(global, object, method.name, function, hidden);
  }
}

namespace {

// Those of objects that are there from the start are made when a program reads them.
constexpr ASCIILiteral at_the_start[] = {"Iterator.prototype"_s, "Object"_s, "Promise"_s, "RegExp"_s};

JSC_DEFINE_CUSTOM_GETTER(get_method, (JSGlobalObject * global, EncodedJSValue object, PropertyName name)) {
  VM& vm = global->vm();
  for (std::size_t i = 0; i < count; i++) {
    const auto& method = language_methods[i];
    if (name != method.name || std::ranges::find(at_the_start, method.of) == std::end(at_the_start)) continue;
    auto* function = make_function(global, method.name, method.length, functions[i]);
    asObject(JSValue::decode(object))->putDirect(vm, name, function, hidden);
    return JSValue::encode(function);
  }
  return JSValue::encode(jsUndefined());
}

}  // namespace

void install_language(host_state& state) {
  auto* global = state.global;
  VM& vm = global->vm();
  auto* accessor = CustomGetterSetter::create(vm, get_method, nullptr);
  for (const auto path : at_the_start) {
    JSObject* object = global->iteratorPrototype();
    if (path != "Iterator.prototype"_s) object = asObject(property(global, global, path));
    for (auto& method : language_methods)
      if (method.of == path) object->putDirectCustomAccessor(vm, Identifier::fromString(vm, method.name), accessor, hidden | static_cast<unsigned>(PropertyAttribute::CustomValue));
  }
}

}  // namespace bmes::jsc
