// What an object is called: its class, its tag, the head of a function.
#include "prelude.hpp"

#include "inspector.hpp"

#include <JavaScriptCore/FunctionPrototype.h>

namespace bmes::jsc {

using namespace JSC;

String inspector::constructor_name(JSObject* object, double depth) {
  JSValue first;
  for (JSObject* at = object; at;) {
    // These two are known whatever a program did to their `constructor`.
    if (at != object && JSValue(at) == JSValue(global_->objectPrototype())) return "Object"_s;
    if (at != object && JSValue(at) == JSValue(global_->functionPrototype())) return "Function"_s;
    if (at->inherits<ProxyObject>()) break;
    PropertyDescriptor descriptor;
    if (own(at, vm_.propertyNames->constructor, descriptor) && descriptor.value() && descriptor.value().isCallable()) {
      JSObject* constructor = asObject(descriptor.value());
      JSValue prototype = constructor->inherits<ProxyObject>() ? jsUndefined() : get(constructor, vm_.propertyNames->prototype);
      if (prototype.isObject() && in_chain(object, prototype)) {
        JSValue name = get(constructor, vm_.propertyNames->name);
        String text = name.isSymbol() ? emptyString() : text_of(name);
        if (!text.isEmpty()) return text;
      }
    }
    JSValue next = at->getPrototypeDirect();
    if (!first) first = next;
    at = next.isObject() ? asObject(next) : nullptr;
  }
  if (!first || first.isNull()) return {};
  String own_name = class_name(object);
  if (depth > options_.depth || !vm_.isSafeToRecurse()) return makeString(own_name, " <Complex prototype>"_s);
  if (asObject(first)->inherits<ProxyObject>()) return makeString(own_name, " <Proxy>"_s);
  String inherited = constructor_name(asObject(first), depth + 1);
  if (!inherited.isNull()) return makeString(own_name, " <"_s, inherited, '>');
  inspect_options outline = options_;
  outline.custom_inspect = false;
  outline.depth = -1;
  return makeString(own_name, " <"_s, inspector(global_, outline).value(first, 0), '>');
}

String inspector::string_tag(JSObject* object) {
  auto& symbol = vm_.propertyNames->toStringTagSymbol;
  String tag = get_text(object, symbol);
  if (tag.isEmpty()) return emptyString();
  // An own, enumerable one is listed among the properties.
  PropertyDescriptor descriptor;
  if (own(object, symbol, descriptor) && (options_.show_hidden || descriptor.enumerable())) return emptyString();
  return tag;
}

String inspector::prefix(const view& v, const String& fallback, double size) {
  String count = size >= 0 ? makeString('(', String::number(size), ')') : emptyString();
  if (v.constructor.isNull()) {
    if (!v.tag.isEmpty() && fallback != v.tag) return makeString('[', fallback, count, ": null prototype] ["_s, v.tag, "] "_s);
    return makeString('[', fallback, count, ": null prototype] "_s);
  }
  if (!v.tag.isEmpty() && v.tag.endsWith(makeString('.', v.constructor))) return makeString(v.tag, count, ' ');
  if (!v.tag.isEmpty() && v.constructor != v.tag) return makeString(v.constructor, count, " ["_s, v.tag, "] "_s);
  return makeString(v.constructor, count, ' ');
}

String inspector::heading(const view& v) {
  String fallback = emptyString();
  if (v.constructor.isNull()) {
    fallback = class_name(v.object);
    if (fallback == v.tag) fallback = "Object"_s;
  }
  return prefix(v, fallback);
}

String inspector::function_base(const view& v) {
  auto& names = *vm_.propertyNames;
  auto* function = jsDynamicCast<JSFunction*>(v.object);
  auto* executable = function && !function->isHostFunction() ? function->jsExecutable() : nullptr;
  StringBuilder out;
  if (executable && executable->isClassConstructorFunction()) {
    PropertyDescriptor descriptor;
    String name = own(v.object, names.name, descriptor) ? text_of(get(v.object, names.name)) : emptyString();
    out.append("[class "_s, name.isEmpty() ? String("(anonymous)"_s) : name);
    if (!v.constructor.isNull() && v.constructor != "Function"_s) out.append(" ["_s, v.constructor, ']');
    if (!v.tag.isEmpty() && v.constructor != v.tag) out.append(" ["_s, v.tag, ']');
    if (v.constructor.isNull()) {
      out.append(" extends [null prototype]"_s);
    } else if (JSValue parent = v.object->getPrototypeDirect(); parent.isObject() && !asObject(parent)->inherits<ProxyObject>()) {
      String parent_name = text_of(get(asObject(parent), names.name));
      if (!parent_name.isEmpty() && parent_name != "undefined"_s) out.append(" extends "_s, parent_name);
    }
    out.append(']');
    return out.toString();
  }
  bool generator = executable && (isGeneratorParseMode(executable->parseMode()) || isAsyncGeneratorParseMode(executable->parseMode()));
  bool async = executable && (isAsyncFunctionParseMode(executable->parseMode()) || isAsyncGeneratorParseMode(executable->parseMode()));
  String type = makeString(async ? "Async"_s : ""_s, generator ? "Generator"_s : ""_s, "Function"_s);
  out.append('[', type);
  if (v.constructor.isNull()) out.append(" (null prototype)"_s);
  String name = text_of(get(v.object, names.name));
  if (name.isEmpty())
    out.append(" (anonymous)"_s);
  else
    out.append(": "_s, name);
  out.append(']');
  if (!v.constructor.isNull() && v.constructor != type && v.constructor != "Function"_s) out.append(' ', v.constructor);
  if (!v.tag.isEmpty() && v.constructor != v.tag) out.append(" ["_s, v.tag, ']');
  return out.toString();
}

String inspector::boxed_base(view& v, ASCIILiteral type, JSValue inner) {
  StringBuilder out;
  out.append('[', type);
  if (v.constructor.isNull())
    out.append(" (null prototype)"_s);
  else if (v.constructor != type)
    out.append(" ("_s, v.constructor, ')');
  const bool had_colors = std::exchange(options_.colors, false);
  out.append(": "_s, primitive(inner), ']');
  options_.colors = had_colors;
  if (!v.tag.isEmpty() && v.tag != v.constructor) out.append(" ["_s, v.tag, ']');
  return out.toString();
}

}  // namespace bmes::jsc
