// The module "util", as far as console needs it: programs of ours and our tests can inspect with options.
#include "prelude.hpp"

#include "inspect.hpp"

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

JSObject* make_util(host_state& state) {
  auto* global = state.global;
  VM& vm = global->vm();
  JSObject* util = constructEmptyObject(global);
  define(global, util, {{"inspect"_s, 2, util_inspect}, {"format"_s, 0, util_format}});
  JSObject* function = asObject(util->getDirect(vm, Identifier::fromString(vm, "inspect"_s)));
  define(global, function, "custom"_s, Symbol::create(vm, vm.symbolRegistry().symbolForKey("nodejs.util.inspect.custom"_s).get()));
  return util;
}

}  // namespace bmes::jsc
