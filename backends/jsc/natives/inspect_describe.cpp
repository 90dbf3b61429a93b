// Which kind of object it is, and so how it's shown.
#include "prelude.hpp"

#include "inspector.hpp"

namespace bmes::jsc {

using namespace JSC;

String inspector::describe(view& v, double depth) {
  bool iterable = false;
  if (String whole = describe_iterable(v, iterable); iterable) return whole;
  v.keys = keys_of(v.object);
  if (v.object->isCallable()) {
    v.base = function_base(v);
    return v.keys.isEmpty() ? styled(v.base, style::special) : String();
  }
  if (v.constructor == "Object"_s) {
    if (v.object->inherits<DirectArguments>() || v.object->inherits<ScopedArguments>() || v.object->inherits<ClonedArguments>())
      v.open = "[Arguments] {"_s;
    else if (!v.tag.isEmpty())
      v.open = makeString(prefix(v, "Object"_s), '{');
    return v.keys.isEmpty() ? makeString(v.open, '}') : String();
  }
  return describe_special(v, depth);
}

String inspector::describe_iterable(view& v, bool& iterable) {
  JSObject* object = v.object;
  iterable = true;
  auto collection = [&](const String& name, double size, auto entries) {
    v.keys = keys_of(object);
    String before = prefix(v, name, size);
    v.open = makeString(before, '{');
    v.entries = entries;
    return size == 0 && v.keys.isEmpty() ? makeString(before, "{}"_s) : String();
  };
  auto iterator = [&](ASCIILiteral type, bool pairs) {
    v.keys = keys_of(object);
    String tag = makeString(type, " Iterator"_s);
    if (v.tag != tag && !v.tag.isEmpty()) tag = makeString(v.tag, "] ["_s, tag);
    if (pairs) tag = makeString(tag.left(tag.length() - 8), "Entries"_s);
    v.open = makeString('[', tag, "] {"_s);
    v.entries = &inspector::iterator_entries;
    return String();
  };
  if (auto* array = jsDynamicCast<JSArray*>(object)) {
    bool plain = v.constructor == "Array"_s && v.tag.isEmpty();
    v.open = makeString(plain ? emptyString() : prefix(v, "Array"_s, array->length()), '[');
    v.close = "]"_s;
    v.keys = extra_keys_of(object);
    v.extras = kind::array_extra;
    v.entries = &inspector::array_entries;
    return array->length() == 0 && v.keys.isEmpty() ? makeString(v.open, ']') : String();
  }
  if (auto* set = jsDynamicCast<JSSet*>(object)) return collection("Set"_s, set->size(), &inspector::set_entries);
  if (auto* map = jsDynamicCast<JSMap*>(object)) return collection("Map"_s, map->size(), &inspector::map_entries);
  if (isTypedArrayType(object->type()) && !object->inherits<JSDataView>()) {
    auto* view_of = jsCast<JSArrayBufferView*>(object);
    double length = view_of->isDetached() || view_of->isOutOfBounds() ? 0 : static_cast<double>(view_of->length());
    v.open = makeString(prefix(v, v.constructor.isNull() ? class_name(object) : emptyString(), length), '[');
    v.close = "]"_s;
    v.keys = extra_keys_of(object);
    v.extras = kind::array_extra;
    v.entries = &inspector::typed_array_entries;
    return length == 0 && v.keys.isEmpty() ? makeString(v.open, ']') : String();
  }
  if (auto* maps = jsDynamicCast<JSMapIterator*>(object)) return iterator("Map"_s, maps->kind() == IterationKind::Entries);
  if (auto* sets = jsDynamicCast<JSSetIterator*>(object)) return iterator("Set"_s, sets->kind() == IterationKind::Entries);
  iterable = false;
  return {};
}

String inspector::describe_special(view& v, double depth) {
  JSObject* object = v.object;
  bool bare = v.keys.isEmpty();
  auto headed = [&](ASCIILiteral name, const String& text) {
    String before = prefix(v, name);
    v.base = before == makeString(name, ' ') ? text : makeString(before, text);
  };
  auto braced = [&](ASCIILiteral name, auto entries) {
    v.open = makeString(prefix(v, name), '{');
    v.entries = entries;
    return String();
  };
  auto boxed = [&](ASCIILiteral type, JSValue inner, style as) {
    v.base = boxed_base(v, type, inner);
    return v.keys.isEmpty() ? styled(v.base, as) : String();
  };
  if (auto* pattern = jsDynamicCast<RegExpObject*>(object)) {
    headed("RegExp"_s, pattern->regExp()->toSourceString());
    return bare || depth > options_.depth ? styled(v.base, style::regexp) : String();
  }
  if (auto* date = jsDynamicCast<DateInstance*>(object)) {
    JSValue to_string = std::isnan(date->internalNumber()) ? jsNontrivialString(vm_, "Invalid Date"_s) : JSValue();
    if (!to_string) to_string = jsString(vm_, iso_text(date->internalNumber()));
    headed("Date"_s, text_of(to_string));
    return bare ? styled(v.base, style::date) : String();
  }
  if (is_error(object)) {
    v.base = error_text(v);
    return v.keys.isEmpty() ? v.base : String();
  }
  if (auto* buffer = jsDynamicCast<JSArrayBuffer*>(object)) {
    v.bracketed = 1;
    v.keys.insert(0, Identifier::fromString(vm_, "byteLength"_s));
    return braced(buffer->impl()->isShared() ? "SharedArrayBuffer"_s : "ArrayBuffer"_s, &inspector::array_buffer_entries);
  }
  if (object->inherits<JSDataView>()) {
    v.bracketed = 3;
    v.keys.insert(0, Identifier::fromString(vm_, "buffer"_s));
    v.keys.insert(0, Identifier::fromString(vm_, "byteOffset"_s));
    v.keys.insert(0, Identifier::fromString(vm_, "byteLength"_s));
    return braced("DataView"_s, nullptr);
  }
  if (object->inherits<JSPromise>()) return braced("Promise"_s, &inspector::promise_entries);
  if (object->type() == JSWeakSetType) return braced("WeakSet"_s, &inspector::weak_entries);
  if (object->type() == JSWeakMapType) return braced("WeakMap"_s, &inspector::weak_entries);
  if (object->inherits<JSModuleNamespaceObject>()) return braced("Module"_s, &inspector::namespace_entries);
  if (auto* number = jsDynamicCast<NumberObject*>(object)) return boxed("Number"_s, number->internalValue(), style::number);
  if (auto* boolean = jsDynamicCast<BooleanObject*>(object)) return boxed("Boolean"_s, boolean->internalValue(), style::boolean);
  if (auto* bigint = jsDynamicCast<BigIntObject*>(object)) return boxed("BigInt"_s, bigint->internalValue(), style::bigint);
  if (auto* string = jsDynamicCast<StringObject*>(object)) {
    v.keys = extra_keys_of(object);
    if (options_.show_hidden) v.keys.removeFirst(vm_.propertyNames->length);
    return boxed("String"_s, string->internalValue(), style::string);
  }
  // Its own header isn't shipped.
  if (object->classInfo() == global_->symbolObjectStructure()->classInfoForCells())
    return boxed("Symbol"_s, static_cast<JSWrapperObject*>(object)->internalValue(), style::symbol);
  v.open = makeString(heading(v), '{');
  return bare ? makeString(v.open, '}') : String();
}

}  // namespace bmes::jsc
