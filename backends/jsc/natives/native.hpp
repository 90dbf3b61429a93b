// Helpers to write host functions with.
#pragma once

#include "state.hpp"
#include "utf8.hpp"

namespace bmes::jsc {

inline constexpr unsigned hidden = static_cast<unsigned>(JSC::PropertyAttribute::DontEnum);

struct native_function {
  WTF::ASCIILiteral name;
  unsigned length;
  JSC::NativeFunction function;
  unsigned attributes = 0;
};

/// Puts host functions on an object.
void define(JSC::JSGlobalObject*, JSC::JSObject*, std::initializer_list<native_function>);
void define(JSC::JSGlobalObject*, JSC::JSObject*, WTF::ASCIILiteral name, JSC::JSValue, unsigned attributes = 0);
JSC::JSFunction* make_function(JSC::JSGlobalObject*, WTF::ASCIILiteral name, unsigned length, JSC::NativeFunction);
/// A constructor with a prototype; `construct` serves `new` only.
JSC::JSFunction* make_class(JSC::JSGlobalObject*, WTF::ASCIILiteral name, unsigned length, JSC::NativeFunction construct, JSC::JSObject* prototype);
/// The object that `new` makes: of the class named by new.target, so classes can extend it.
JSC::JSObject* make_instance(JSC::JSGlobalObject*, JSC::CallFrame*);

JSC::JSString* js_text(JSC::VM&, std::string_view utf8);
JSC::JSObject* make_bytes(JSC::JSGlobalObject*, std::span<const std::uint8_t>);  // a Uint8Array; null: out of memory, thrown
/// A Buffer; a Uint8Array where the host has none. Null with an exception pending.
JSC::JSObject* make_buffer_of(JSC::JSGlobalObject*, std::span<const std::uint8_t>);
std::span<const std::uint8_t> as_bytes(std::string_view);

/// The bytes of a Uint8Array, DataView, ArrayBuffer …: nothing for any other value. Valid until JavaScript runs again.
std::optional<std::span<const std::uint8_t>> bytes_of(JSC::JSValue);

/// An own or inherited property; empty while an exception is pending.
JSC::JSValue property(JSC::JSGlobalObject*, JSC::JSValue object, WTF::ASCIILiteral name);

JSC::EncodedJSValue throw_type_error(JSC::JSGlobalObject*, const WTF::String& message, WTF::ASCIILiteral code = WTF::ASCIILiteral());
JSC::EncodedJSValue throw_error(JSC::JSGlobalObject*, JSC::JSObject* error);
JSC::JSObject* with_code(JSC::JSGlobalObject*, JSC::JSObject* error, WTF::ASCIILiteral code);

/// What the host remembers in an object of its making, where the program can't see it; undefined in all other values.
JSC::JSValue private_value(JSC::JSGlobalObject*, JSC::JSValue object);
void set_private_value(JSC::JSGlobalObject*, JSC::JSObject*, JSC::JSValue);

/// A promise that is already settled.
JSC::JSValue resolved(JSC::JSGlobalObject*, JSC::JSValue);
/// With the pending exception, which it takes.
JSC::JSValue rejected(JSC::JSGlobalObject*);

}  // namespace bmes::jsc
