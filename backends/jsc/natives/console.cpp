#include "prelude.hpp"

#include "inspect.hpp"
#include "output.hpp"

#include <unistd.h>

namespace bmes::jsc {

using namespace JSC;

namespace {

/// One line, or more, in one write: what a crash or another process may come between is never half of it.
void write_line(host_state& state, int descriptor, StringView text) {
  std::string out;
  out.reserve(text.length() + 1);
  append_utf8(out, text);
  if (auto& indentation = state.console.indentation; !indentation.empty()) {
    std::string indented = indentation;
    for (char c : out) {
      indented.push_back(c);
      if (c == '\n') indented += indentation;
    }
    out = std::move(indented);
  }
  out.push_back('\n');
  write_all(descriptor, out);
}

EncodedJSValue log(JSGlobalObject* global, CallFrame* frame, int descriptor) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto& state = state_of(global);
  // Lines inside of groups are broken earlier.
  inspect_options options;
  options.colors = has_colors(descriptor);
  options.break_length = std::max<double>(16, 80 - static_cast<double>(state.console.indentation.size()));
  String text = format_arguments(global, ArgList(frame), options);
  RETURN_IF_EXCEPTION(scope, {});
  write_line(state, descriptor, text);
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(console_log, (JSGlobalObject * global, CallFrame* frame)) { return log(global, frame, STDOUT_FILENO); }
JSC_DEFINE_HOST_FUNCTION(console_error, (JSGlobalObject * global, CallFrame* frame)) { return log(global, frame, STDERR_FILENO); }

JSC_DEFINE_HOST_FUNCTION(console_table, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto& state = state_of(global);
  if (!frame->argument(0).isObject() || state.options.modules.file.empty()) RELEASE_AND_RETURN(scope, log(global, frame, STDOUT_FILENO));
  JSValue properties = frame->argument(1);
  if (!properties.isUndefined() && !properties.inherits<JSArray>())
    return throw_type_error(global, "The \"properties\" argument must be an instance of Array."_s, "ERR_INVALID_ARG_TYPE"_s);
  JSValue table = host_export(state, "host:console", "table"_s);
  RETURN_IF_EXCEPTION(scope, {});
  MarkedArgumentBuffer arguments;
  arguments.append(frame->argument(0));
  arguments.append(properties);
  JSValue text = call(global, table, getCallData(table), jsUndefined(), arguments);
  RETURN_IF_EXCEPTION(scope, {});
  write_line(state, STDOUT_FILENO, asString(text)->value(global));
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(console_trace, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  String text = format_arguments(global, ArgList(frame));
  RETURN_IF_EXCEPTION(scope, {});
  auto* error = createError(global, text);
  define(global, error, "name"_s, jsNontrivialString(vm, "Trace"_s), hidden);
  String stack = error->get(global, vm.propertyNames->stack).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  write_line(state_of(global), STDERR_FILENO, stack);
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(console_assert, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  if (frame->argument(0).toBoolean(global)) return JSValue::encode(jsUndefined());
  MarkedArgumentBuffer arguments;
  bool text_first = frame->argumentCount() > 1 && frame->uncheckedArgument(1).isString();
  if (text_first)
    arguments.append(jsString(global->vm(), makeString("Assertion failed: "_s, frame->uncheckedArgument(1).toWTFString(global))));
  else
    arguments.append(jsNontrivialString(global->vm(), frame->argumentCount() > 1 ? "Assertion failed:"_s : "Assertion failed"_s));
  for (std::size_t i = text_first ? 2 : 1; i < frame->argumentCount(); i++) arguments.append(frame->uncheckedArgument(i));
  String text = format_arguments(global, arguments);
  RETURN_IF_EXCEPTION(scope, {});
  write_line(state_of(global), STDERR_FILENO, text);
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(console_dir, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  inspect_options options = read_inspect_options(global, frame->argument(1));
  RETURN_IF_EXCEPTION(scope, {});
  options.custom_inspect = false;
  String text = inspect(global, frame->argument(0), options);
  RETURN_IF_EXCEPTION(scope, {});
  write_line(state_of(global), STDOUT_FILENO, text);
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(console_group, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  if (frame->argumentCount()) log(global, frame, STDOUT_FILENO);
  RETURN_IF_EXCEPTION(scope, {});
  state_of(global).console.indentation.append(2, ' ');
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(console_group_end, (JSGlobalObject * global, CallFrame*)) {
  auto& indentation = state_of(global).console.indentation;
  if (!indentation.empty()) indentation.resize(indentation.size() - 2);
  return JSValue::encode(jsUndefined());
}

/// The label that counters and timers go by; null while an exception is pending.
String label_of(JSGlobalObject* global, CallFrame* frame) {
  JSValue label = frame->argument(0);
  return label.isUndefined() ? String("default"_s) : label.toWTFString(global);
}

JSC_DEFINE_HOST_FUNCTION(console_count, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String label = label_of(global, frame);
  RETURN_IF_EXCEPTION(scope, {});
  auto& state = state_of(global);
  write_line(state, STDOUT_FILENO, makeString(label, ": "_s, ++state.console.counts[utf8_of(label)]));
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(console_count_reset, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String label = label_of(global, frame);
  RETURN_IF_EXCEPTION(scope, {});
  state_of(global).console.counts.erase(utf8_of(label));
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(console_time, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String label = label_of(global, frame);
  RETURN_IF_EXCEPTION(scope, {});
  auto& state = state_of(global);
  if (!state.console.timers.emplace(utf8_of(label), std::chrono::steady_clock::now()).second)
    write_line(state, STDERR_FILENO, makeString("Warning: Label '"_s, label, "' already exists for console.time()"_s));
  return JSValue::encode(jsUndefined());
}

/// "1.234ms", "2.345s" or "1:02.345 (m:ss.mmm)", as Node.
String duration(double milliseconds) {
  char text[64];
  double seconds = milliseconds / 1000;
  if (seconds >= 3600)
    std::snprintf(text, sizeof text, "%d:%02d:%02d (h:mm:ss)", int(seconds / 3600), int(seconds / 60) % 60, int(seconds) % 60);
  else if (seconds >= 60)
    std::snprintf(text, sizeof text, "%d:%06.3f (m:ss.mmm)", int(seconds / 60), std::fmod(seconds, 60));
  else if (seconds >= 1)
    std::snprintf(text, sizeof text, "%.3fs", seconds);
  else
    std::snprintf(text, sizeof text, "%.3fms", milliseconds);
  return String::fromLatin1(text);
}

EncodedJSValue show_time(JSGlobalObject* global, CallFrame* frame, bool end) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto now = std::chrono::steady_clock::now();
  String label = label_of(global, frame);
  RETURN_IF_EXCEPTION(scope, {});
  auto& state = state_of(global);
  auto started = state.console.timers.find(utf8_of(label));
  if (started == state.console.timers.end()) {
    auto name = end ? "timeEnd"_s : "timeLog"_s;
    write_line(state, STDERR_FILENO, makeString("Warning: No such label '"_s, label, "' for console."_s, name, "()"_s));
    return JSValue::encode(jsUndefined());
  }
  double elapsed = std::chrono::duration<double, std::milli>(now - started->second).count();
  if (end) state.console.timers.erase(started);
  MarkedArgumentBuffer arguments;
  for (std::size_t i = 1; !end && i < frame->argumentCount(); i++) arguments.append(frame->uncheckedArgument(i));
  String rest = arguments.isEmpty() ? emptyString() : makeString(' ', format_arguments(global, arguments));
  RETURN_IF_EXCEPTION(scope, {});
  write_line(state, STDOUT_FILENO, makeString(label, ": "_s, duration(elapsed), rest));
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(console_time_log, (JSGlobalObject * global, CallFrame* frame)) { return show_time(global, frame, false); }
JSC_DEFINE_HOST_FUNCTION(console_time_end, (JSGlobalObject * global, CallFrame* frame)) { return show_time(global, frame, true); }
JSC_DEFINE_HOST_FUNCTION(console_clear, (JSGlobalObject*, CallFrame*)) { return JSValue::encode(jsUndefined()); }

}  // namespace

JSObject* make_console(host_state& state) {
  auto* global = state.global;
  JSObject* console = constructEmptyObject(global, global->objectPrototype(), 24);
  define(global, console,
         {{"log"_s, 0, console_log},
          {"info"_s, 0, console_log},
          {"debug"_s, 0, console_log},
          {"warn"_s, 0, console_error},
          {"error"_s, 0, console_error},
          {"trace"_s, 0, console_trace},
          {"assert"_s, 0, console_assert},
          {"dir"_s, 0, console_dir},
          {"dirxml"_s, 0, console_log},
          {"table"_s, 1, console_table},
          {"group"_s, 0, console_group},
          {"groupCollapsed"_s, 0, console_group},
          {"groupEnd"_s, 0, console_group_end},
          {"count"_s, 0, console_count},
          {"countReset"_s, 0, console_count_reset},
          {"time"_s, 0, console_time},
          {"timeLog"_s, 0, console_time_log},
          {"timeEnd"_s, 0, console_time_end},
          {"clear"_s, 0, console_clear}});
  VM& vm = global->vm();
  console->putDirect(vm, vm.propertyNames->toStringTagSymbol, jsNontrivialString(vm, "console"_s), hidden);
  return console;
}

}  // namespace bmes::jsc
