// process.on and its kin, process.nextTick, and how a program ends.
#include "prelude.hpp"

#include "process.hpp"

namespace bmes::jsc {

using namespace JSC;

namespace {

std::string event_name(JSGlobalObject* global, JSValue name) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  if (name.isSymbol()) return "@@" + utf8_of(asSymbol(name)->descriptiveString());
  String text = name.toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  return utf8_of(text);
}

EncodedJSValue listen(JSGlobalObject* global, CallFrame* frame, bool once, bool first) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  std::string event = event_name(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  JSValue callback = frame->argument(1);
  if (!callback.isCallable()) return throw_type_error(global, "The \"listener\" argument must be of type function."_s, "ERR_INVALID_ARG_TYPE"_s);
  auto& listeners = state_of(global).process.listeners;
  listeners.insert(first ? listeners.begin() : listeners.end(), listener{std::move(event), {vm, asObject(callback)}, once});
  watch_signals(state_of(global));
  return JSValue::encode(frame->thisValue());
}

JSC_DEFINE_HOST_FUNCTION(on, (JSGlobalObject * global, CallFrame* frame)) { return listen(global, frame, false, false); }
JSC_DEFINE_HOST_FUNCTION(once, (JSGlobalObject * global, CallFrame* frame)) { return listen(global, frame, true, false); }
JSC_DEFINE_HOST_FUNCTION(prepend_once, (JSGlobalObject * global, CallFrame* frame)) { return listen(global, frame, true, true); }
JSC_DEFINE_HOST_FUNCTION(prepend, (JSGlobalObject * global, CallFrame* frame)) { return listen(global, frame, false, true); }

JSC_DEFINE_HOST_FUNCTION(off, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  std::string event = event_name(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  auto& listeners = state_of(global).process.listeners;
  for (auto at = listeners.end(); at != listeners.begin();) {
    --at;
    if (at->event != event || JSValue(at->callback.get()) != frame->argument(1)) continue;
    listeners.erase(at);
    break;
  }
  watch_signals(state_of(global));
  return JSValue::encode(frame->thisValue());
}

JSC_DEFINE_HOST_FUNCTION(remove_all, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  bool all = frame->argument(0).isUndefined();
  std::string event = all ? std::string() : event_name(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  std::erase_if(state_of(global).process.listeners, [&](auto& entry) { return all || entry.event == event; });
  watch_signals(state_of(global));
  return JSValue::encode(frame->thisValue());
}

JSC_DEFINE_HOST_FUNCTION(emit_event, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  std::string event = event_name(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  MarkedArgumentBuffer arguments;
  for (std::size_t i = 1; i < frame->argumentCount(); i++) arguments.append(frame->uncheckedArgument(i));
  return JSValue::encode(jsBoolean(emit(state_of(global), event, arguments)));
}

JSC_DEFINE_HOST_FUNCTION(listeners_of, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  std::string event = event_name(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  MarkedArgumentBuffer found;
  for (auto& entry : state_of(global).process.listeners)
    if (entry.event == event) found.append(entry.callback.get());
  RELEASE_AND_RETURN(scope, JSValue::encode(constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), found)));
}

JSC_DEFINE_HOST_FUNCTION(listener_count, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  std::string event = event_name(global, frame->argument(0));
  RETURN_IF_EXCEPTION(scope, {});
  auto& listeners = state_of(global).process.listeners;
  return JSValue::encode(jsNumber(std::count_if(listeners.begin(), listeners.end(), [&](auto& entry) { return entry.event == event; })));
}

JSC_DEFINE_HOST_FUNCTION(event_names, (JSGlobalObject * global, CallFrame*)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  MarkedArgumentBuffer names;
  std::vector<std::string_view> seen;
  for (auto& entry : state_of(global).process.listeners) {
    if (std::ranges::find(seen, entry.event) != seen.end()) continue;
    seen.push_back(entry.event);
    names.append(js_text(global->vm(), entry.event));
  }
  RELEASE_AND_RETURN(scope, JSValue::encode(constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), names)));
}

/// Nobody is warned of many listeners here, so there is no number to keep.
JSC_DEFINE_HOST_FUNCTION(set_max_listeners, (JSGlobalObject*, CallFrame* frame)) { return JSValue::encode(frame->thisValue()); }

JSC_DEFINE_HOST_FUNCTION(next_tick, (JSGlobalObject * global, CallFrame* frame)) {
  VM& vm = global->vm();
  if (!frame->argument(0).isCallable())
    return throw_type_error(global, "The \"callback\" argument must be of type function."_s, "ERR_INVALID_ARG_TYPE"_s);
  tick later;
  for (std::size_t i = 0; i < frame->argumentCount(); i++) later.call.emplace_back(vm, frame->uncheckedArgument(i));
  later.context.set(vm, async_context(global));
  state_of(global).process.ticks.push_back(std::move(later));
  return JSValue::encode(jsUndefined());
}

}  // namespace

bool emit(host_state& state, std::string_view event, const ArgList& arguments) {
  VM& vm = state.global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  MarkedArgumentBuffer callbacks;
  auto& listeners = state.process.listeners;
  for (auto& entry : listeners)
    if (entry.event == event) callbacks.append(entry.callback.get());
  std::erase_if(listeners, [&](auto& entry) { return entry.once && entry.event == event; });
  if (callbacks.isEmpty()) return false;
  JSObject* process = module_object(state, module_name::process);
  for (std::size_t i = 0; i < callbacks.size(); i++) {
    call(state.global, callbacks.at(i), getCallData(callbacks.at(i)), process, arguments);
    RETURN_IF_EXCEPTION(scope, true);
  }
  return true;
}

void run_ticks(host_state& state) {
  auto& ticks = state.process.ticks;
  while (!ticks.empty() && !state.stopped()) {
    auto next = std::move(ticks.front());
    ticks.pop_front();
    MarkedArgumentBuffer arguments;
    for (std::size_t i = 1; i < next.call.size(); i++) arguments.append(next.call[i].get());
    call_from_loop(state, next.call[0].get(), arguments, next.context.get());
  }
}

bool emit_before_exit(host_state& state) {
  VM& vm = state.global->vm();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  MarkedArgumentBuffer arguments;
  arguments.append(jsNumber(wished_exit_code(state, 0)));
  const bool heard = emit(state, "beforeExit", arguments);
  if (auto* exception = scope.exception()) {
    scope.clearException();
    if (!vm.isTerminationException(exception)) report_error(state, exception->value());
  }
  return heard;
}

int wished_exit_code(host_state& state, int otherwise) {
  VM& vm = state.global->vm();
  auto& process = state.modules[static_cast<std::size_t>(module_name::process)];
  if (!process) return otherwise;
  JSValue wish = process->getDirect(vm, Identifier::fromString(vm, "exitCode"_s));
  return wish && wish.isNumber() ? static_cast<int>(wish.asNumber()) : otherwise;
}

void emit_exit(host_state& state, int code) {
  VM& vm = state.global->vm();
  auto scope = DECLARE_CATCH_SCOPE(vm);
  if (!std::exchange(state.process.exit_emitted, true)) {
    MarkedArgumentBuffer arguments;
    arguments.append(jsNumber(code));
    if (!state.process.listeners.empty()) {
      // Listeners may set process.exitCode yet.
      emit(state, "exit", arguments);
      if (auto* exception = scope.exception()) {
        scope.clearException();
        if (state.stopped()) return;
        if (!vm.isTerminationException(exception)) {
          state.process.exit_code = 1;
          return report_late(state, exception->value());
        }
      }
      code = wished_exit_code(state, code);
    }
  }
  if (!state.stopped()) state.process.exit_code = code;
}

void stop_program(host_state& state, int code) {
  VM& vm = state.global->vm();
  if (!state.stopped()) emit_exit(state, code);
  auto scope = DECLARE_THROW_SCOPE(vm);
  forbid_jobs(vm);
  // No catch and no finally of the program sees this exception.
  vm.ensureTerminationException();
  vm.setHasTerminationRequest();
  if (!scope.exception()) vm.throwTerminationException();
}

void define_process_events(JSGlobalObject* global, JSObject* process) {
  define(global, process,
         {{"on"_s, 2, on, hidden},
          {"addListener"_s, 2, on, hidden},
          {"once"_s, 2, once, hidden},
          {"prependListener"_s, 2, prepend, hidden},
          {"prependOnceListener"_s, 2, prepend_once, hidden},
          {"eventNames"_s, 0, event_names, hidden},
          {"setMaxListeners"_s, 1, set_max_listeners, hidden},
          {"rawListeners"_s, 1, listeners_of, hidden},
          {"off"_s, 2, off, hidden},
          {"removeListener"_s, 2, off, hidden},
          {"removeAllListeners"_s, 1, remove_all, hidden},
          {"emit"_s, 1, emit_event, hidden},
          {"listeners"_s, 1, listeners_of, hidden},
          {"listenerCount"_s, 1, listener_count, hidden},
          {"nextTick"_s, 1, next_tick}});
}

}  // namespace bmes::jsc
