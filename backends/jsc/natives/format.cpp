// console.log's arguments: %-placeholders as Node fills them.
#include "prelude.hpp"

#include "inspect.hpp"

namespace bmes::jsc {

using namespace JSC;

namespace {

/// Whether String(value) would only say "[object Object]" or the like, so that inspecting says more.
bool has_builtin_to_string(JSGlobalObject* global, JSObject* object) {
  VM& vm = global->vm();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  while (auto* proxy = jsDynamicCast<ProxyObject*>(object)) {
    if (proxy->isRevoked() || !proxy->target()) return true;
    object = proxy->target();
  }
  bool builtin = true;
  for (JSObject* at = object; at && !at->inherits<ProxyObject>();) {
    for (auto& name : {vm.propertyNames->toString, vm.propertyNames->toPrimitiveSymbol}) {
      PropertyDescriptor descriptor;
      bool own = at->getOwnPropertyDescriptor(global, name, descriptor);
      if (scope.exception()) {
        if (!vm.hasPendingTerminationException()) scope.clearException();
        return true;
      }
      if (!own || !descriptor.value()) continue;
      if (at == object) return !descriptor.value().isCallable();
      auto* function = jsDynamicCast<JSFunction*>(descriptor.value());
      builtin = !function || function->isHostOrBuiltinFunction();
      return builtin;
    }
    JSValue next = at->getPrototypeDirect();
    at = next.isObject() ? asObject(next) : nullptr;
  }
  return true;
}

String plain(JSGlobalObject* global, JSValue value) { return value.isSymbol() ? asSymbol(value)->descriptiveString() : value.toWTFString(global); }

/// parseInt or parseFloat of the global object's own making.
double parse(JSGlobalObject* global, JSValue value, bool integer) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  JSValue function = integer ? JSValue(global->parseIntFunction()) : JSValue(global->parseFloatFunction());
  MarkedArgumentBuffer arguments;
  arguments.append(value);
  JSValue number = call(global, function, getCallData(function), jsUndefined(), arguments);
  RETURN_IF_EXCEPTION(scope, 0);
  return number.asNumber();
}

void throw_again(JSGlobalObject* global, Exception* exception) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  throwException(global, scope, exception);
}

String json(JSGlobalObject* global, JSValue value) {
  VM& vm = global->vm();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  String text = JSONStringify(global, value, 0u);
  if (auto* exception = scope.exception(); exception && !vm.hasPendingTerminationException()) {
    scope.clearException();
    auto* error = jsDynamicCast<ErrorInstance*>(exception->value());
    // Cycles are the usual reason, and what Node shows for them.
    if (error && error->sanitizedMessageString(global).contains("cyclic"_s)) return "[Circular]"_s;
    throw_again(global, exception);
  }
  return text.isNull() ? String("undefined"_s) : text;
}

/// Null while an exception is pending, or if `directive` is none.
String placeholder(JSGlobalObject* global, UChar directive, JSValue value, const inspect_options& options) {
  auto number = [&](auto convert) {
    if (value.isBigInt()) return makeString(value.toWTFString(global), 'n');
    return value.isSymbol() ? String("NaN"_s) : inspect_number(convert());
  };
  switch (directive) {
    case 's':
      if (value.isNumber()) return inspect_number(value.asNumber());
      if (value.isBigInt()) return makeString(value.toWTFString(global), 'n');
      if (!value.isObject() || value.isCallable() || !has_builtin_to_string(global, asObject(value))) return plain(global, value);
      {
        auto shallow = options;
        shallow.depth = 0;
        return inspect(global, value, shallow);
      }
    case 'd':
      return number([&] { return value.toNumber(global); });
    case 'i':
      return number([&] { return parse(global, value, true); });
    case 'f':
      return value.isSymbol() ? String("NaN"_s) : inspect_number(parse(global, value, false));
    case 'j':
      return json(global, value);
    case 'O':
      return inspect(global, value, options);
    case 'o': {
      auto deep = options;
      deep.show_hidden = deep.show_proxy = true;
      deep.depth = 4;
      return inspect(global, value, deep);
    }
    case 'c':
      return emptyString();
    default:
      return {};
  }
}

}  // namespace

String format_arguments(JSGlobalObject* global, const ArgList& arguments, const inspect_options& options) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  StringBuilder out(StringBuilder::OverflowHandler::RecordOverflow);
  std::size_t next = 0;
  if (arguments.size() && arguments.at(0).isString()) {
    String text = asString(arguments.at(0))->value(global);
    RETURN_IF_EXCEPTION(scope, {});
    if (arguments.size() == 1) return text;
    unsigned written = 0;
    for (unsigned i = 0; i + 1 < text.length(); i++) {
      if (text[i] != '%') continue;
      UChar directive = text[++i];
      if (directive == '%') {
        out.append(StringView(text).substring(written, i - written));
        written = i + 1;
        continue;
      }
      if (next + 1 >= arguments.size()) continue;
      if (!StringView("sdifjOoc"_s).contains(directive)) continue;
      String filled = placeholder(global, directive, arguments.at(++next), options);
      RETURN_IF_EXCEPTION(scope, {});
      out.append(StringView(text).substring(written, i - 1 - written), filled);
      written = i + 1;
    }
    next++;
    out.append(StringView(text).substring(written));
  }
  for (; next < arguments.size(); next++) {
    JSValue value = arguments.at(next);
    if (next) out.append(' ');
    String text = value.isString() ? String(asString(value)->value(global)) : inspect(global, value, options);
    RETURN_IF_EXCEPTION(scope, {});
    out.append(text);
  }
  if (out.hasOverflowed()) {
    throwOutOfMemoryError(global, scope);
    return {};
  }
  return out.toString();
}

}  // namespace bmes::jsc
