// The global object's properties. Starting a program must cost nearly nothing, so each is one property put here, with a getter that
// makes the value when it is first read and takes its own place: from then on, and to a program that looks, an ordinary data property.
#include "prelude.hpp"

#include "functions.hpp"

namespace bmes::jsc {

using namespace JSC;

namespace {

struct lazy_global {
  ASCIILiteral name;
  JSValue (*make)(host_state&);
  unsigned attributes;
  const char* module = nullptr;  // of the host's modules in JavaScript that has it
};

template <module_name Name>
JSValue whole_module(host_state& state) {
  return module_object(state, Name);
}

/// A class of the language that the engine makes when it is first named, with the methods it lacks.
JSValue language_class(JSGlobalObject* global, JSObject* prototype, ASCIILiteral name, ASCIILiteral prototype_name) {
  VM& vm = global->vm();
  auto* constructor = asObject(prototype->getDirect(vm, vm.propertyNames->constructor));
  add_language(global, constructor, name);
  add_language(global, prototype, prototype_name);
  return constructor;
}

JSValue make_array_buffer(host_state& state) {
  return language_class(state.global, state.global->arrayBufferPrototype(ArrayBufferSharingMode::Default), "ArrayBuffer"_s, "ArrayBuffer.prototype"_s);
}

JSValue make_error(host_state& state) { return language_class(state.global, state.global->errorPrototype(), "Error"_s, "Error.prototype"_s); }

JSValue make_map(host_state& state) { return language_class(state.global, state.global->mapPrototype(), "Map"_s, "Map.prototype"_s); }

JSValue make_uint8_array(host_state& state) {
  auto* global = state.global;
  property(global, global, "ArrayBuffer"_s);  // its own is at hand from here on
  return language_class(global, global->typedArrayPrototype(TypeUint8), "Uint8Array"_s, "Uint8Array.prototype"_s);
}

JSValue make_weak_map(host_state& state) {
  return language_class(state.global, state.global->weakMapStructure()->storedPrototypeObject(), "WeakMap"_s, "WeakMap.prototype"_s);
}

JSValue global_itself(host_state& state) { return state.global->globalThis(); }

template <module_name Name, const char* Property>
JSValue module_property(host_state& state) {
  VM& vm = state.global->vm();
  return module_object(state, Name)->getDirect(vm, Identifier::fromString(vm, ASCIILiteral::fromLiteralUnsafe(Property)));
}

constexpr char bun_name[] = "Bun";
constexpr char set_timeout[] = "setTimeout", clear_timeout[] = "clearTimeout", set_interval[] = "setInterval";
constexpr char clear_interval[] = "clearInterval", set_immediate[] = "setImmediate", clear_immediate[] = "clearImmediate";

constexpr lazy_global lazy_globals[] = {
    {"console"_s, whole_module<module_name::console>, hidden},
    {"process"_s, whole_module<module_name::process>, hidden},
    {"Bun"_s, module_property<module_name::bun, bun_name>, hidden},
    {"print"_s, make_print, hidden},
    {"setTimeout"_s, module_property<module_name::timers, set_timeout>, 0},
    {"clearTimeout"_s, module_property<module_name::timers, clear_timeout>, 0},
    {"setInterval"_s, module_property<module_name::timers, set_interval>, 0},
    {"clearInterval"_s, module_property<module_name::timers, clear_interval>, 0},
    {"setImmediate"_s, module_property<module_name::timers, set_immediate>, 0},
    {"clearImmediate"_s, module_property<module_name::timers, clear_immediate>, 0},
    {"queueMicrotask"_s, make_queue_microtask, 0},
    {"TextEncoder"_s, make_text_encoder, hidden},
    {"TextDecoder"_s, make_text_decoder, hidden},
    {"global"_s, global_itself, hidden},
    {"Buffer"_s, nullptr, hidden, "node:buffer"},
    {"URL"_s, nullptr, hidden, "host:url"},
    {"URLSearchParams"_s, nullptr, hidden, "host:url"},
    {"Event"_s, nullptr, hidden, "host:event_target"},
    {"EventTarget"_s, nullptr, hidden, "host:event_target"},
    {"CustomEvent"_s, nullptr, hidden, "host:event_target"},
    {"AbortController"_s, nullptr, hidden, "host:abort"},
    {"AbortSignal"_s, nullptr, hidden, "host:abort"},
    {"DOMException"_s, nullptr, hidden, "host:dom_exception"},
    {"structuredClone"_s, nullptr, 0, "host:structured_clone"},
    {"atob"_s, nullptr, 0, "host:base64"},
    {"btoa"_s, nullptr, 0, "host:base64"},
    {"Blob"_s, nullptr, hidden, "host:blob"},
    {"File"_s, nullptr, hidden, "host:blob"},
    {"performance"_s, nullptr, 0, "host:performance"},
    {"Performance"_s, nullptr, hidden, "host:performance"},
    {"PerformanceEntry"_s, nullptr, hidden, "host:performance"},
    {"PerformanceMark"_s, nullptr, hidden, "host:performance"},
    {"PerformanceMeasure"_s, nullptr, hidden, "host:performance"},
    {"PerformanceObserver"_s, nullptr, hidden, "host:performance"},
    {"PerformanceObserverEntryList"_s, nullptr, hidden, "host:performance"},
    {"crypto"_s, nullptr, 0, "host:web_crypto"},
    {"Crypto"_s, nullptr, hidden, "host:web_crypto"},
    {"SubtleCrypto"_s, nullptr, hidden, "host:web_crypto"},
    {"navigator"_s, nullptr, 0, "host:navigator"},
    {"Navigator"_s, nullptr, hidden, "host:navigator"},
    {"ReadableStream"_s, nullptr, hidden, "node:stream/web"},
    {"ReadableStreamDefaultReader"_s, nullptr, hidden, "node:stream/web"},
    {"ReadableStreamBYOBReader"_s, nullptr, hidden, "node:stream/web"},
    {"ReadableStreamBYOBRequest"_s, nullptr, hidden, "node:stream/web"},
    {"ReadableByteStreamController"_s, nullptr, hidden, "node:stream/web"},
    {"ReadableStreamDefaultController"_s, nullptr, hidden, "node:stream/web"},
    {"WritableStream"_s, nullptr, hidden, "node:stream/web"},
    {"WritableStreamDefaultWriter"_s, nullptr, hidden, "node:stream/web"},
    {"WritableStreamDefaultController"_s, nullptr, hidden, "node:stream/web"},
    {"TransformStream"_s, nullptr, hidden, "node:stream/web"},
    {"TransformStreamDefaultController"_s, nullptr, hidden, "node:stream/web"},
    {"ByteLengthQueuingStrategy"_s, nullptr, hidden, "node:stream/web"},
    {"CountQueuingStrategy"_s, nullptr, hidden, "node:stream/web"},
    {"TextEncoderStream"_s, nullptr, hidden, "node:stream/web"},
    {"TextDecoderStream"_s, nullptr, hidden, "node:stream/web"},
    {"CompressionStream"_s, nullptr, hidden, "node:stream/web"},
    {"DecompressionStream"_s, nullptr, hidden, "node:stream/web"},
    {"ArrayBuffer"_s, make_array_buffer, hidden},
    {"Error"_s, make_error, hidden},
    {"Map"_s, make_map, hidden},
    {"Uint8Array"_s, make_uint8_array, hidden},
    {"WeakMap"_s, make_weak_map, hidden},
    {"Iterator"_s, nullptr, hidden, "host:iterators"},
    {"SuppressedError"_s, nullptr, hidden, "host:disposal"},
    {"DisposableStack"_s, nullptr, hidden, "host:disposal"},
    {"AsyncDisposableStack"_s, nullptr, hidden, "host:disposal"},
};

const lazy_global* find(PropertyName name) {
  for (auto& entry : lazy_globals)
    if (name == entry.name) return &entry;
  return nullptr;
}

JSC_DEFINE_CUSTOM_GETTER(get_lazy_global, (JSGlobalObject * global, EncodedJSValue, PropertyName name)) {
  auto* entry = find(name);
  if (!entry) return JSValue::encode(jsUndefined());
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto& state = state_of(global);
  JSValue value = entry->module ? host_export(state, entry->module, entry->name) : entry->make(state);
  RETURN_IF_EXCEPTION(scope, {});
  global->putDirect(global->vm(), name, value, entry->attributes);
  return JSValue::encode(value);
}

JSC_DEFINE_CUSTOM_SETTER(set_lazy_global, (JSGlobalObject * global, EncodedJSValue, EncodedJSValue value, PropertyName name)) {
  auto* entry = find(name);
  global->putDirect(global->vm(), name, JSValue::decode(value), entry ? entry->attributes : 0);
  return true;
}

// Symbol.dispose and its like, which the engine does not have yet, made when a program asks.
constexpr auto fixed = static_cast<unsigned>(PropertyAttribute::ReadOnly | PropertyAttribute::DontEnum | PropertyAttribute::DontDelete);

JSC_DEFINE_CUSTOM_GETTER(get_symbol, (JSGlobalObject * global, EncodedJSValue, PropertyName name)) {
  VM& vm = global->vm();
  Symbol* const made = Symbol::createWithDescription(vm, makeString("Symbol."_s, String(name.uid())));
  global->symbolPrototype()->getDirect(vm, vm.propertyNames->constructor).getObject()->putDirect(vm, name, made, fixed);
  return JSValue::encode(made);
}

void install_symbols(JSGlobalObject* global) {
  VM& vm = global->vm();
  auto* symbols = global->symbolPrototype()->getDirect(vm, vm.propertyNames->constructor).getObject();
  auto* accessor = CustomGetterSetter::create(vm, get_symbol, nullptr);
  for (const auto name : {"dispose"_s, "asyncDispose"_s}) {
    const auto id = Identifier::fromString(vm, name);
    if (!symbols->getDirect(vm, id)) symbols->putDirectCustomAccessor(vm, id, accessor, fixed | static_cast<unsigned>(PropertyAttribute::CustomValue));
  }
}

}  // namespace

void install_globals(host_state& state) {
  auto* global = state.global;
  VM& vm = global->vm();
  install_symbols(global);
  auto* accessor = CustomGetterSetter::create(vm, get_lazy_global, set_lazy_global);
  for (auto& entry : lazy_globals) {
    if (entry.module && state.options.modules.file.empty()) continue;
    unsigned attributes = entry.attributes | static_cast<unsigned>(PropertyAttribute::CustomValue);
    global->putDirectCustomAccessor(vm, Identifier::fromString(vm, entry.name), accessor, attributes);
  }
}

}  // namespace bmes::jsc
