// The module "util", as far as console needs it: programs of ours and our tests can inspect with options.
#include "prelude.hpp"

#include "code/provider.hpp"
#include "inspect.hpp"
#include "scripts.hpp"

namespace bmes::jsc {

using namespace JSC;

inspect_options read_inspect_options(JSGlobalObject* global, JSValue given) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  inspect_options options;
  if (!given.isObject()) return options;
  auto number = [&](ASCIILiteral name, double& out) {
    if (scope.exception()) return;
    JSValue value = property(global, given, name);
    if (scope.exception()) return;
    if (value.isNull()) out = std::numeric_limits<double>::infinity();
    if (value.isFalse()) out = 0;
    if (value.isNumber() && !std::isnan(value.asNumber())) out = value.asNumber();
  };
  auto flag = [&](ASCIILiteral name, bool& out) {
    if (scope.exception()) return;
    JSValue value = property(global, given, name);
    if (!scope.exception() && !value.isUndefined()) out = value.toBoolean(global);
  };
  number("depth"_s, options.depth);
  number("maxArrayLength"_s, options.max_array_length);
  number("maxStringLength"_s, options.max_string_length);
  number("breakLength"_s, options.break_length);
  number("compact"_s, options.compact);
  flag("showHidden"_s, options.show_hidden);
  flag("showProxy"_s, options.show_proxy);
  flag("customInspect"_s, options.custom_inspect);
  flag("getters"_s, options.getters);
  flag("sorted"_s, options.sorted);
  flag("colors"_s, options.colors);
  flag("numericSeparator"_s, options.numeric_separator);
  return options;
}

JSC_DEFINE_HOST_FUNCTION(util_inspect, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  inspect_options options = read_inspect_options(global, frame->argument(1));
  RETURN_IF_EXCEPTION(scope, {});
  String text = inspect(global, frame->argument(0), options);
  RETURN_IF_EXCEPTION(scope, {});
  return JSValue::encode(jsString(global->vm(), text));
}

JSC_DEFINE_HOST_FUNCTION(util_format, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String text = format_arguments(global, ArgList(frame));
  RETURN_IF_EXCEPTION(scope, {});
  return JSValue::encode(jsString(global->vm(), text));
}

JSC_DEFINE_HOST_FUNCTION(util_format_with_options, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  inspect_options options = read_inspect_options(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  MarkedArgumentBuffer arguments;
  for (std::size_t i = 1; i < frame->argumentCount(); i++) arguments.append(frame->uncheckedArgument(i));
  String text = format_arguments(global, arguments, options);
  RETURN_IF_EXCEPTION(scope, {});
  return JSValue::encode(jsString(global->vm(), text));
}

JSC_DEFINE_HOST_FUNCTION(util_has_colors, (JSGlobalObject*, CallFrame* frame)) {
  return JSValue::encode(jsBoolean(frame->argument(0).isInt32() && has_colors(frame->argument(0).asInt32())));
}

/// Columns on a terminal.
JSC_DEFINE_HOST_FUNCTION(util_width, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String text = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  return JSValue::encode(jsNumber(width_of(text)));
}

/// What an object is to the engine, whatever its prototype says: "Map", "GeneratorFunction"; "" for all that has no name of its own.
JSC_DEFINE_HOST_FUNCTION(kind_of, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  const auto answer = [&](ASCIILiteral name) { return JSValue::encode(name.length() == 0 ? jsEmptyString(vm) : jsNontrivialString(vm, name)); };
  JSValue value = frame->argument(0);
  if (!value.isObject()) return answer(""_s);
  JSObject* object = asObject(value);
  if (object->inherits<ProxyObject>()) return answer("Proxy"_s);
  if (object->inherits<JSFunction>()) {
    auto* function = jsCast<JSFunction*>(object);
    if (function->isHostFunction()) return answer("Function"_s);
    const auto mode = function->jsExecutable()->parseMode();
    if (isAsyncGeneratorParseMode(mode)) return answer("AsyncGeneratorFunction"_s);
    if (isGeneratorParseMode(mode)) return answer("GeneratorFunction"_s);
    if (isAsyncFunctionParseMode(mode)) return answer("AsyncFunction"_s);
    return answer("Function"_s);
  }
  if (object->inherits<JSMap>()) return answer("Map"_s);
  if (object->inherits<JSSet>()) return answer("Set"_s);
  if (object->inherits<JSPromise>()) return answer("Promise"_s);
  if (object->inherits<DateInstance>()) return answer("Date"_s);
  if (object->inherits<RegExpObject>()) return answer("RegExp"_s);
  if (object->inherits<ErrorInstance>()) return answer("Error"_s);
  if (object->inherits<JSMapIterator>()) return answer("Map Iterator"_s);
  if (object->inherits<JSSetIterator>()) return answer("Set Iterator"_s);
  if (auto* buffer = jsDynamicCast<JSArrayBuffer*>(object)) return answer(buffer->impl()->isShared() ? "SharedArrayBuffer"_s : "ArrayBuffer"_s);
  if (object->inherits<JSDataView>()) return answer("DataView"_s);
  if (isTypedArrayType(object->type())) return JSValue::encode(js_text(vm, utf8_of(object->className())));
  if (object->type() == JSWeakSetType) return answer("WeakSet"_s);
  if (object->type() == JSWeakMapType) return answer("WeakMap"_s);
  if (object->inherits<JSModuleNamespaceObject>()) return answer("Module"_s);
  if (object->inherits<NumberObject>()) return answer("Number"_s);
  if (object->inherits<StringObject>()) return answer("String"_s);
  if (object->inherits<BooleanObject>()) return answer("Boolean"_s);
  if (object->inherits<BigIntObject>()) return answer("BigInt"_s);
  if (object->classInfo() == global->symbolObjectStructure()->classInfoForCells()) return answer("Symbol"_s);
  if (object->inherits<DirectArguments>() || object->inherits<ScopedArguments>() || object->inherits<ClonedArguments>()) return answer("Arguments"_s);
  if (object->type() == JSGeneratorType || object->type() == JSAsyncGeneratorType) return answer("Generator"_s);
  return answer(""_s);
}

/// hideProxy(handler): the proxies of that handler are shown as their targets.
JSC_DEFINE_HOST_FUNCTION(hide_proxy, (JSGlobalObject * global, CallFrame* frame)) {
  set_private_value(global, asObject(frame->argument(0)), jsBoolean(true));
  return JSValue::encode(frame->argument(0));
}

/// [target, handler] of a proxy, undefined for all else.
JSC_DEFINE_HOST_FUNCTION(proxy_details, (JSGlobalObject * global, CallFrame* frame)) {
  auto* proxy = frame->argument(0).isCell() ? jsDynamicCast<ProxyObject*>(frame->argument(0)) : nullptr;
  if (!proxy) return JSValue::encode(jsUndefined());
  MarkedArgumentBuffer parts;
  parts.append(proxy->isRevoked() || !proxy->target() ? jsNull() : JSValue(proxy->target()));
  parts.append(proxy->isRevoked() ? jsNull() : proxy->handler());
  return JSValue::encode(constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), parts));
}

/// [state, value] of a promise: 0 pending, 1 fulfilled, 2 rejected.
JSC_DEFINE_HOST_FUNCTION(promise_details, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto* promise = frame->argument(0).isCell() ? jsDynamicCast<JSPromise*>(frame->argument(0)) : nullptr;
  if (!promise) return JSValue::encode(jsUndefined());
  MarkedArgumentBuffer parts;
  parts.append(jsNumber(static_cast<unsigned>(promise->status(vm))));
  parts.append(promise->status(vm) == JSPromise::Status::Pending ? jsUndefined() : promise->result(vm));
  return JSValue::encode(constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), parts));
}

/// The object of a module of the host, undefined where there is none.
JSC_DEFINE_HOST_FUNCTION(builtin, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String name = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  const auto key = host::canonical_name(utf8_of(name));
  if (key.empty()) return JSValue::encode(jsUndefined());
  RELEASE_AND_RETURN(scope, JSValue::encode(state_of(global).owner->builtin_object(key)));
}

/// load(key): the default export of a module in JavaScript, for those that need it only now and then.
JSC_DEFINE_HOST_FUNCTION(load_module, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String key = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  RELEASE_AND_RETURN(scope, JSValue::encode(host_exports(state_of(global), utf8_of(key))));
}

/// runScript(text, name, first line, first column, only check it): what a script gives that is evaluated as a program of its own.
JSC_DEFINE_HOST_FUNCTION(run_script, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  const String text = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  const String name = frame->argument(1).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  const auto offset = [&](unsigned i) { return OrdinalNumber::fromZeroBasedInt(frame->argument(i).isInt32() ? frame->argument(i).asInt32() : 0); };
  const SourceCode code = makeSource(text, SourceOrigin(URL(script_origin)), SourceTaintedOrigin::Untainted, name, TextPosition(offset(2), offset(3)));
  if (frame->argument(4).isTrue()) {
    ParserError error;
    if (checkSyntax(vm, code, error)) return JSValue::encode(jsUndefined());
    JSObject* made = error.toErrorObject(global, code);
    if (const auto [line, column] = place_of(error); column != 0) mark_syntax_error(global, made, line, column);
    return throw_error(global, made);
  }
  NakedPtr<Exception> thrown;
  const JSValue result = JSC::evaluate(global, code, {}, thrown);
  if (thrown) throwException(global, scope, thrown.get());
  RETURN_IF_EXCEPTION(scope, {});
  return JSValue::encode(result);
}

JSObject* make_util(host_state& state) {
  auto* global = state.global;
  VM& vm = global->vm();
  JSObject* util = constructEmptyObject(global);
  define(global, util, {{"inspect"_s, 2, util_inspect}, {"format"_s, 0, util_format},
                        {"formatWithOptions"_s, 2, util_format_with_options},
                        {"kind"_s, 1, kind_of},
                        {"proxyDetails"_s, 1, proxy_details},
                        {"promiseDetails"_s, 1, promise_details},
                        {"builtin"_s, 1, builtin},
                        {"load"_s, 1, load_module},
                        {"runScript"_s, 5, run_script},
                        {"hasColors"_s, 1, util_has_colors},
                        {"width"_s, 1, util_width},
                        {"hideProxy"_s, 1, hide_proxy}});
  JSObject* function = asObject(util->getDirect(vm, Identifier::fromString(vm, "inspect"_s)));
  define(global, function, "custom"_s, Symbol::create(vm, vm.symbolRegistry().symbolForKey("nodejs.util.inspect.custom"_s).get()));
  return util;
}

}  // namespace bmes::jsc
