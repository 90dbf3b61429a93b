// error.stack as programs written for Node expect it: "Error: message", then a line "    at function (file:line:column)" per frame.
#include "prelude.hpp"

#include "code/provider.hpp"
#include "native.hpp"

#include <wtf/URL.h>

namespace bmes::jsc {

using namespace JSC;

#if USE(BUN_JSC_ADDITIONS)

namespace {

void append_frame(StringBuilder& out, VM& vm, const StackFrame& frame, const String& url, text_place place) {
  String name = frame.functionName(vm);
  bool named = !name.isEmpty() && name != "module code"_s && name != "global code"_s && name != "eval code"_s;
  out.append("\n    at "_s);
  if (named) out.append(name, " ("_s);
  out.append(url, ':', place.line, ':', place.column);
  if (named) out.append(')');
}

/// The name that its classes give it, as far as looking for it runs nothing.
String name_of(VM& vm, ErrorInstance& error) {
  for (JSObject* at = &error; at && !at->inherits<ProxyObject>();) {
    if (JSValue name = at->getDirect(vm, vm.propertyNames->name); name && name.isString()) return asString(name)->tryGetValue();
    JSValue next = at->getPrototypeDirect();
    at = next.isObject() ? asObject(next) : nullptr;
  }
  return error.sanitizedNameString(error.globalObject());
}

/// Of a frame with a text, as its file has it.
text_place place_of(const StackFrame& frame) {
  text_place out;
  frame.computeLineAndColumn(out.line, out.column);
  if (auto* provider = frame.codeBlock()->source().provider()) out.column = column_in_file(*provider, out.line, out.column);
  return out;
}

// Error.prepareStackTrace

JSObject* error_class(JSGlobalObject* global) { return global->errorPrototype()->getDirect(global->vm(), global->vm().propertyNames->constructor).getObject(); }

/// What the program has set, as far as looking for it runs nothing.
JSObject* preparing_function(JSGlobalObject* global) {
  VM& vm = global->vm();
  JSObject* const errors = error_class(global);
  const JSValue set = errors ? errors->getDirect(vm, Identifier::fromString(vm, "prepareStackTrace"_s)) : JSValue();
  return set && set.isCallable() ? asObject(set) : nullptr;
}

JSValue row_of(JSGlobalObject* global, const StackFrame& frame, const String& url, text_place place) {
  VM& vm = global->vm();
  const String name = frame.functionName(vm);
  const CodeBlock* const code = frame.codeBlock();
  const bool is_code = name == "module code"_s || name == "global code"_s || name == "eval code"_s;
  auto* const function = frame.callee() ? jsDynamicCast<JSFunction*>(frame.callee()) : nullptr;
  // Functions in strict mode are nobody's business.
  const bool is_shown = function && !function->isHostFunction() && !function->jsExecutable()->isInStrictContext();
  MarkedArgumentBuffer row;
  row.append(name.isEmpty() || is_code ? jsNull() : JSValue(jsString(vm, name)));
  row.append(url.isEmpty() ? jsNull() : JSValue(jsString(vm, url)));
  row.append(url.isEmpty() ? jsNull() : jsNumber(place.line));
  row.append(url.isEmpty() ? jsNull() : jsNumber(place.column));
  row.append(is_shown ? JSValue(function) : jsUndefined());
  row.append(jsBoolean(code && code->isConstructor()));
  row.append(jsBoolean(code && code->codeType() == EvalCode));
  return constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), row);
}

/// What the program's function makes of the frames: empty if that fails.
JSValue prepared(JSGlobalObject* global, JSObject* prepare, JSObject* error, Vector<StackFrame>& given) {
  VM& vm = global->vm();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  // The function may ask for the same stack. The frames are kept from the collector, which does not know of them here.
  const Vector<StackFrame> frames = std::exchange(given, {});
  MarkedArgumentBuffer held, rows, native;
  for (auto& frame : frames) {
    if (frame.callee()) held.append(frame.callee());
    if (frame.codeBlock()) held.append(frame.codeBlock());
  }
  for (auto& frame : frames) {
    const String url = frame.sourceURL(vm);
    if (!frame.hasLineAndColumnInfo() || url.isEmpty() || url == "[native code]"_s) {
      if (!rows.isEmpty()) native.append(row_of(global, frame, {}, {}));
      continue;
    }
    for (std::size_t i = 0; i < native.size(); i++) rows.append(native.at(i));
    native.clear();
    rows.append(row_of(global, frame, url, place_of(frame)));
  }
  JSValue result;
  const JSValue maker = host_export(state_of(global), "host:call_sites", "prepare"_s);
  if (!scope.exception()) {
    MarkedArgumentBuffer arguments;
    arguments.append(error);
    arguments.append(constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), rows));
    arguments.append(prepare);
    result = call(global, maker, getCallData(maker), jsUndefined(), arguments);
  }
  if (!scope.exception()) return result;
  if (!vm.isTerminationException(scope.exception())) scope.clearException();
  return {};
}

void set_stack(VM& vm, JSObject* object, JSValue stack) { object->putDirect(vm, vm.propertyNames->stack, stack, hidden); }

/// Called when somebody first asks for the stack, or (without an error, and nothing may be allocated on the heap) by the collector.
String compute(VM& vm, Vector<StackFrame>& frames, unsigned& line, unsigned& column, String& source_url, JSObject* error) {
  StringBuilder out;
  auto* instance = error ? jsDynamicCast<ErrorInstance*>(error) : nullptr;
  if (auto* prepare = instance ? preparing_function(instance->globalObject()) : nullptr) {
    if (const JSValue stack = prepared(instance->globalObject(), prepare, instance, frames)) {
      set_stack(vm, instance, stack);
      // Without a text, the error keeps what it has.
      return {};
    }
  }
  if (instance) {
    auto* global = instance->globalObject();
    String name = name_of(vm, *instance);
    String message = instance->sanitizedMessageString(global);
    out.append(name);
    if (!name.isEmpty() && !message.isEmpty()) out.append(": "_s);
    out.append(message);
  }
  bool first = true;
  StringBuilder native;
  for (auto& frame : frames) {
    String url = frame.sourceURL(vm);
    if (!frame.hasLineAndColumnInfo() || url.isEmpty() || url == "[native code]"_s) {
      // Shown only between frames of the program: what comes below them is the engine's way of starting modules and jobs.
      String name = frame.functionName(vm);
      if (!first && !name.isEmpty()) native.append("\n    at "_s, name, " (native)"_s);
      continue;
    }
    out.append(native.toString());
    native.clear();
    const text_place place = place_of(frame);
    if (first) {
      line = place.line;
      column = place.column;
      source_url = url;
      first = false;
    }
    append_frame(out, vm, frame, url, place);
  }
  return instance ? out.toString() : out.toString().substring(1);
}

/// "name: message" of what is no error.
String heading_of(JSGlobalObject* global, JSObject* object) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  const auto text_of = [&](PropertyName property, ASCIILiteral otherwise) -> String {
    const JSValue value = object->get(global, property);
    RETURN_IF_EXCEPTION(scope, {});
    return value.isUndefined() ? String(otherwise) : value.toWTFString(global);
  };
  const String name = text_of(vm.propertyNames->name, "Error"_s);
  RETURN_IF_EXCEPTION(scope, {});
  const String message = text_of(vm.propertyNames->message, ""_s);
  RETURN_IF_EXCEPTION(scope, {});
  return name.isEmpty() ? message : message.isEmpty() ? name : makeString(name, ": "_s, message);
}

/// Error.captureStackTrace(object, function): the stack below that function.
JSC_DEFINE_HOST_FUNCTION(capture_stack_trace, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  if (!frame->argument(0).isObject()) return throw_type_error(global, "invalid_argument"_s);
  JSObject* const object = asObject(frame->argument(0));
  JSCell* const caller = frame->argument(1).isCallable() ? frame->argument(1).asCell() : nullptr;
  Vector<StackFrame> frames;
  const std::size_t limit = global->stackTraceLimit().value_or(0);
  constexpr std::size_t this_function = 1;
  if (limit > 0) vm.interpreter.getStackTrace(object, frames, this_function, limit, caller);
  auto* const instance = jsDynamicCast<ErrorInstance*>(object);
  if (instance && !frames.isEmpty() && instance->stackTrace()) {
    // Nobody has asked for its stack: it stays so.
    const Locker locker{instance->cellLock()};
    *instance->stackTrace() = WTFMove(frames);
    return JSValue::encode(jsUndefined());
  }
  const bool is_extensible = object->isExtensible(global);
  RETURN_IF_EXCEPTION(scope, {});
  if (!is_extensible) return throw_type_error(global, "Cannot define property stack, object is not extensible"_s);
  String heading = heading_of(global, object);
  if (auto* exception = scope.exception()) {
    if (vm.isTerminationException(exception)) return {};
    // Its own getters fail: it has the name of all.
    scope.clearException();
    heading = "Error"_s;
  }
  JSValue stack;
  if (instance) instance->materializeErrorInfoIfNeeded(vm);
  if (auto* prepare = preparing_function(global)) stack = prepared(global, prepare, object, frames);
  RETURN_IF_EXCEPTION(scope, {});
  if (!stack) {
    unsigned line = 0, column = 0;
    String url;
    const String text = compute(vm, frames, line, column, url, nullptr);
    stack = jsString(vm, text.isEmpty() ? heading : makeString(heading, '\n', text));
  }
  PropertyDescriptor descriptor(stack, hidden);
  object->methodTable()->defineOwnProperty(object, global, vm.propertyNames->stack, descriptor, true);
  RETURN_IF_EXCEPTION(scope, {});
  return JSValue::encode(jsUndefined());
}

// Functions cost time, and most programs never ask for this one.
JSC_DEFINE_CUSTOM_GETTER(get_capture, (JSGlobalObject * global, EncodedJSValue, PropertyName name)) {
  JSFunction* const made = make_function(global, "captureStackTrace"_s, 2, capture_stack_trace);
  error_class(global)->putDirect(global->vm(), name, made, hidden);
  return JSValue::encode(made);
}

JSC_DEFINE_CUSTOM_SETTER(set_capture, (JSGlobalObject * global, EncodedJSValue self, EncodedJSValue value, PropertyName name)) {
  asObject(JSValue::decode(self))->putDirect(global->vm(), name, JSValue::decode(value), hidden);
  return true;
}

}  // namespace

void install_stack_traces(VM& vm) {
  vm.setOnComputeErrorInfo(compute);
  JSGlobalObject* const global = runtime_of(vm).natives->global;
  if (JSObject* const errors = error_class(global))
    errors->putDirectCustomAccessor(vm, Identifier::fromString(vm, "captureStackTrace"_s), CustomGetterSetter::create(vm, get_capture, set_capture),
                                    hidden | static_cast<unsigned>(PropertyAttribute::CustomValue));
}

#else

// Other builds of JavaScriptCore have no such hook: stacks look as in Safari.
void install_stack_traces(VM&) {}

#endif

}  // namespace bmes::jsc
