#include "prelude.hpp"

#include "native.hpp"

namespace bmes::jsc {

using namespace JSC;

JSFunction* make_function(JSGlobalObject* global, ASCIILiteral name, unsigned length, NativeFunction function) {
  return JSFunction::create(global->vm(), global, length, name, function, ImplementationVisibility::Public);
}

void define(JSGlobalObject* global, JSObject* object, std::initializer_list<native_function> functions) {
  for (auto& f : functions) define(global, object, f.name, make_function(global, f.name, f.length, f.function), f.attributes);
}

void define(JSGlobalObject* global, JSObject* object, ASCIILiteral name, JSValue value, unsigned attributes) {
  VM& vm = global->vm();
  object->putDirect(vm, Identifier::fromString(vm, name), value, attributes);
}

JSC_DEFINE_HOST_FUNCTION(refuse_call, (JSGlobalObject * global, CallFrame*)) {
  return throw_type_error(global, "Cannot call a class constructor without |new|"_s);
}

JSFunction* make_class(JSGlobalObject* global, ASCIILiteral name, unsigned length, NativeFunction construct, JSObject* prototype) {
  VM& vm = global->vm();
  auto* made = JSFunction::create(vm, global, length, name, refuse_call, ImplementationVisibility::Public, NoIntrinsic, construct);
  made->putDirect(vm, vm.propertyNames->prototype, prototype,
                  PropertyAttribute::DontEnum | PropertyAttribute::DontDelete | PropertyAttribute::ReadOnly);
  prototype->putDirect(vm, vm.propertyNames->constructor, made, hidden);
  prototype->putDirect(vm, vm.propertyNames->toStringTagSymbol, jsNontrivialString(vm, name),
                       PropertyAttribute::DontEnum | PropertyAttribute::ReadOnly);
  return made;
}

JSObject* make_instance(JSGlobalObject* global, CallFrame* frame) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  JSValue prototype = property(global, frame->newTarget(), "prototype"_s);
  RETURN_IF_EXCEPTION(scope, nullptr);
  return constructEmptyObject(global, prototype.isObject() ? asObject(prototype) : global->objectPrototype());
}

JSString* js_text(VM& vm, std::string_view utf8) { return jsString(vm, from_utf8(utf8)); }

JSObject* make_bytes(JSGlobalObject* global, std::span<const std::uint8_t> bytes) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  property(global, global, "Uint8Array"_s);  // has its methods when it was named
  RETURN_IF_EXCEPTION(scope, nullptr);
  auto* array = JSUint8Array::createUninitialized(global, global->typedArrayStructure(TypeUint8, false), bytes.size());
  RETURN_IF_EXCEPTION(scope, nullptr);
  if (!bytes.empty()) std::memcpy(array->typedVector(), bytes.data(), bytes.size());
  return array;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::optional<std::span<const std::uint8_t>> bytes_of(JSValue value) {
  if (!value.isCell()) return std::nullopt;
  if (auto* view = jsDynamicCast<JSArrayBufferView*>(value)) {
    if (view->isDetached() || view->isOutOfBounds()) return std::span<const std::uint8_t>();
    return std::span(static_cast<const std::uint8_t*>(view->vector()), view->byteLength());
  }
  if (auto* buffer = jsDynamicCast<JSArrayBuffer*>(value))
    return std::span(static_cast<const std::uint8_t*>(buffer->impl()->data()), buffer->impl()->byteLength());
  return std::nullopt;
}

JSValue property(JSGlobalObject* global, JSValue object, ASCIILiteral name) { return object.get(global, Identifier::fromString(global->vm(), name)); }

EncodedJSValue throw_error(JSGlobalObject* global, JSObject* error) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  throwException(global, scope, error);
  return {};
}

JSObject* with_code(JSGlobalObject* global, JSObject* error, ASCIILiteral code) {
  if (code) define(global, error, "code"_s, jsNontrivialString(global->vm(), code));
  return error;
}

EncodedJSValue throw_type_error(JSGlobalObject* global, const String& message, ASCIILiteral code) {
  return throw_error(global, with_code(global, createTypeError(global, message), code));
}

JSValue private_value(JSGlobalObject* global, JSValue object) {
  if (!object.isObject()) return jsUndefined();
  JSValue value = asObject(object)->getDirect(global->vm(), Identifier::fromUid(state_of(global).private_slot));
  return value ? value : jsUndefined();
}

void set_private_value(JSGlobalObject* global, JSObject* object, JSValue value) {
  object->putDirect(global->vm(), Identifier::fromUid(state_of(global).private_slot), value, hidden);
}

JSValue resolved(JSGlobalObject* global, JSValue value) {
  auto* promise = JSPromise::create(global->vm(), global->promiseStructure());
  promise->resolve(global, value);
  return promise;
}

JSValue rejected(JSGlobalObject* global) {
  VM& vm = global->vm();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  auto* exception = scope.exception();
  // The exception that stops the program is nobody's to handle.
  if (!exception || vm.hasPendingTerminationException()) return {};
  scope.clearException();
  auto* promise = JSPromise::create(vm, global->promiseStructure());
  promise->reject(global, exception->value());
  return promise;
}

}  // namespace bmes::jsc
