#include "prelude.hpp"

#include "native.hpp"

namespace bmes::jsc {

using namespace JSC;
using namespace std::chrono_literals;

namespace {

std::uint64_t id_of(JSGlobalObject* global, JSValue handle) {
  if (handle.isObject()) handle = private_value(global, handle);
  if (handle && handle.isString()) handle = jsNumber(handle.toNumber(global));
  return handle && handle.isNumber() && handle.asNumber() > 0 ? static_cast<std::uint64_t>(handle.asNumber()) : 0;
}

timer* find(timer_queue& queue, std::uint64_t id) {
  auto at = queue.by_id.find(id);
  return at == queue.by_id.end() ? nullptr : &queue.due.find(at->second)->second;
}

void insert(timer_queue& queue, timer entry) {
  timer_queue::key key{std::chrono::steady_clock::now() + entry.delay, queue.next++};
  queue.keeping_alive += entry.keeps_alive;
  queue.by_id[entry.id] = key;
  queue.due.emplace(key, std::move(entry));
}

std::optional<timer> take(timer_queue& queue, std::uint64_t id) {
  auto at = queue.by_id.find(id);
  if (at == queue.by_id.end()) return std::nullopt;
  auto node = queue.due.extract(at->second);
  queue.by_id.erase(at);
  queue.keeping_alive -= node.mapped().keeps_alive;
  return std::move(node.mapped());
}

std::chrono::nanoseconds delay_of(JSGlobalObject* global, JSValue given) {
  double milliseconds = given.isUndefined() ? 1 : given.toNumber(global);
  // As in Node: what makes no sense as a delay is one millisecond.
  if (!(milliseconds >= 1 && milliseconds <= 2147483647)) milliseconds = 1;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(milliseconds)) * 1000000;
}

JSValue make_handle(JSGlobalObject* global, std::uint64_t id) {
  auto& prototype = state_of(global).timers.prototype;
  JSObject* handle = constructEmptyObject(global, prototype.get());
  set_private_value(global, handle, jsNumber(static_cast<double>(id)));
  return handle;
}

EncodedJSValue set(JSGlobalObject* global, CallFrame* frame, bool repeat, bool immediate) {
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  JSValue callback = frame->argument(0);
  if (!callback.isCallable()) return throw_type_error(global, "The \"callback\" argument must be of type function."_s, "ERR_INVALID_ARG_TYPE"_s);
  timer entry;
  if (!immediate) entry.delay = delay_of(global, frame->argument(1));
  RETURN_IF_EXCEPTION(scope, {});
  if (repeat) entry.period = entry.delay;
  entry.callback.set(vm, asObject(callback));
  for (std::size_t i = immediate ? 1 : 2; i < frame->argumentCount(); i++) entry.arguments.emplace_back(vm, frame->uncheckedArgument(i));
  entry.context.set(vm, async_context(global));
  auto& queue = state_of(global).timers;
  auto id = entry.id = queue.next++;
  if (immediate)
    queue.immediates.emplace(id, std::move(entry));
  else
    insert(queue, std::move(entry));
  return JSValue::encode(make_handle(global, id));
}

JSC_DEFINE_HOST_FUNCTION(set_timeout, (JSGlobalObject * global, CallFrame* frame)) { return set(global, frame, false, false); }
JSC_DEFINE_HOST_FUNCTION(set_interval, (JSGlobalObject * global, CallFrame* frame)) { return set(global, frame, true, false); }
JSC_DEFINE_HOST_FUNCTION(set_immediate, (JSGlobalObject * global, CallFrame* frame)) { return set(global, frame, false, true); }

void clear(JSGlobalObject* global, JSValue handle) {
  auto& queue = state_of(global).timers;
  auto id = id_of(global, handle);
  if (!id) return;
  if (id == queue.running) queue.running_cleared = true;
  if (!take(queue, id)) queue.immediates.erase(id);
}

JSC_DEFINE_HOST_FUNCTION(clear_timer, (JSGlobalObject * global, CallFrame* frame)) {
  clear(global, frame->argument(0));
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(handle_close, (JSGlobalObject * global, CallFrame* frame)) {
  clear(global, frame->thisValue());
  return JSValue::encode(frame->thisValue());
}

EncodedJSValue keep_alive(JSGlobalObject* global, CallFrame* frame, bool keep) {
  auto& queue = state_of(global).timers;
  auto id = id_of(global, frame->thisValue());
  if (auto* entry = find(queue, id)) {
    queue.keeping_alive += keep;
    queue.keeping_alive -= entry->keeps_alive;
    entry->keeps_alive = keep;
  } else if (id && id == queue.running) {
    queue.running_keeps_alive = keep;
  }
  return JSValue::encode(frame->thisValue());
}

JSC_DEFINE_HOST_FUNCTION(handle_ref, (JSGlobalObject * global, CallFrame* frame)) { return keep_alive(global, frame, true); }
JSC_DEFINE_HOST_FUNCTION(handle_unref, (JSGlobalObject * global, CallFrame* frame)) { return keep_alive(global, frame, false); }

JSC_DEFINE_HOST_FUNCTION(handle_has_ref, (JSGlobalObject * global, CallFrame* frame)) {
  auto& queue = state_of(global).timers;
  auto id = id_of(global, frame->thisValue());
  auto* entry = find(queue, id);
  return JSValue::encode(jsBoolean(entry ? entry->keeps_alive : id && (id == queue.running || queue.immediates.contains(id))));
}

JSC_DEFINE_HOST_FUNCTION(handle_refresh, (JSGlobalObject * global, CallFrame* frame)) {
  auto& queue = state_of(global).timers;
  if (auto entry = take(queue, id_of(global, frame->thisValue()))) insert(queue, std::move(*entry));
  return JSValue::encode(frame->thisValue());
}

/// Timers work as numbers too, as in browsers.
JSC_DEFINE_HOST_FUNCTION(handle_to_primitive, (JSGlobalObject * global, CallFrame* frame)) {
  return JSValue::encode(jsNumber(static_cast<double>(id_of(global, frame->thisValue()))));
}

void run_one(host_state& state, const timer& entry) {
  MarkedArgumentBuffer arguments;
  for (auto& argument : entry.arguments) arguments.append(argument.get());
  call_from_loop(state, entry.callback.get(), arguments, entry.context.get());
  drain_jobs(state);
}

}  // namespace

void run_timers(host_state& state) {
  auto& queue = state.timers;
  auto now = std::chrono::steady_clock::now();
  // Timers set while these run wait for the next turn.
  auto last = queue.next;
  while (!state.stopped() && !queue.due.empty()) {
    auto key = queue.due.begin()->first;
    if (key.first > now || key.second >= last) break;
    auto entry = take(queue, queue.due.begin()->second.id);
    queue.running = entry->id;
    queue.running_cleared = false;
    queue.running_keeps_alive = entry->keeps_alive;
    run_one(state, *entry);
    queue.running = 0;
    if (entry->period == 0ns || queue.running_cleared || queue.by_id.contains(entry->id)) continue;
    entry->keeps_alive = queue.running_keeps_alive;
    insert(queue, std::move(*entry));
  }
  auto end = queue.next;
  while (!state.stopped() && !queue.immediates.empty() && queue.immediates.begin()->first < end) {
    auto node = queue.immediates.extract(queue.immediates.begin());
    run_one(state, node.mapped());
  }
}

JSObject* make_timers(host_state& state) {
  auto* global = state.global;
  VM& vm = global->vm();
  JSObject* prototype = constructEmptyObject(global);
  define(global, prototype,
         {{"ref"_s, 0, handle_ref, hidden},
          {"unref"_s, 0, handle_unref, hidden},
          {"hasRef"_s, 0, handle_has_ref, hidden},
          {"refresh"_s, 0, handle_refresh, hidden},
          {"close"_s, 0, handle_close, hidden}});
  prototype->putDirect(vm, vm.propertyNames->toPrimitiveSymbol, make_function(global, "[Symbol.toPrimitive]"_s, 1, handle_to_primitive), hidden);
  prototype->putDirect(vm, vm.propertyNames->toStringTagSymbol, jsNontrivialString(vm, "Timeout"_s), hidden);
  state.timers.prototype.set(vm, prototype);
  JSObject* timers = constructEmptyObject(global);
  define(global, timers,
         {{"setTimeout"_s, 2, set_timeout},
          {"clearTimeout"_s, 1, clear_timer},
          {"setInterval"_s, 2, set_interval},
          {"clearInterval"_s, 1, clear_timer},
          {"setImmediate"_s, 1, set_immediate},
          {"clearImmediate"_s, 1, clear_timer}});
  return timers;
}

}  // namespace bmes::jsc
