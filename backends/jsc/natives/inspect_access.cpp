#include "prelude.hpp"

#include "inspector.hpp"

namespace bmes::jsc {

using namespace JSC;

bool inspector::failed() {
  auto scope = DECLARE_CATCH_SCOPE(vm_);
  if (LIKELY(!scope.exception())) return false;
  if (vm_.hasPendingTerminationException())
    stopped_ = true;
  else
    scope.clearException();
  return true;
}

JSValue inspector::get(JSObject* object, PropertyName name) {
  if (stopped_) return jsUndefined();
  JSValue found = object->get(global_, name);
  return failed() ? jsUndefined() : found;
}

String inspector::text_of(JSValue value) {
  if (stopped_) return emptyString();
  if (value.isSymbol()) return asSymbol(value)->descriptiveString();
  String text = value.toWTFString(global_);
  return failed() || text.isNull() ? emptyString() : text;
}

String inspector::get_text(JSObject* object, PropertyName name) {
  JSValue found = get(object, name);
  return found.isString() ? text_of(found) : emptyString();
}

bool inspector::own(JSObject* object, PropertyName name, PropertyDescriptor& descriptor) {
  if (stopped_) return false;
  bool found = object->getOwnPropertyDescriptor(global_, name, descriptor);
  return !failed() && found;
}

Vector<Identifier> inspector::keys_of(JSObject* object) {
  PropertyNameArray names(vm_, PropertyNameMode::StringsAndSymbols, PrivateSymbolMode::Exclude);
  auto mode = options_.show_hidden ? DontEnumPropertiesMode::Include : DontEnumPropertiesMode::Exclude;
  object->methodTable()->getOwnPropertyNames(object, global_, names, mode);
  if (failed()) return {};
  Vector<Identifier> keys;
  for (auto& name : names)
    if (!name.isSymbol()) keys.append(name);
  for (auto& name : names)
    if (name.isSymbol()) keys.append(name);
  return keys;
}

Vector<Identifier> inspector::extra_keys_of(JSObject* object) {
  PropertyNameArray names(vm_, PropertyNameMode::StringsAndSymbols, PrivateSymbolMode::Exclude);
  auto mode = options_.show_hidden ? DontEnumPropertiesMode::Include : DontEnumPropertiesMode::Exclude;
  // "length" is a special property of arrays: this would list it only if hidden ones are asked for.
  if (options_.show_hidden && object->inherits<JSArray>()) names.add(vm_.propertyNames->length);
  object->getOwnNonIndexPropertyNames(global_, names, mode);
  if (failed()) return {};
  Vector<Identifier> keys;
  for (auto& name : names)
    if (!name.isSymbol() && !parseIndex(name)) keys.append(name);
  for (auto& name : names)
    if (name.isSymbol()) keys.append(name);
  return keys;
}

bool inspector::in_chain(JSObject* object, JSValue prototype) {
  for (JSValue at = object->getPrototypeDirect(); at.isObject(); at = asObject(at)->getPrototypeDirect()) {
    if (at == prototype) return true;
    if (asObject(at)->inherits<ProxyObject>()) return false;  // asking it would run the program's code
  }
  return false;
}

bool inspector::is_error(JSObject* object) { return object->inherits<ErrorInstance>() || in_chain(object, global_->errorPrototype()); }

}  // namespace bmes::jsc
