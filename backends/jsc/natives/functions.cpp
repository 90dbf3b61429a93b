#include "prelude.hpp"

#include "functions.hpp"
#include "output.hpp"

#include <unistd.h>

namespace bmes::jsc {

using namespace JSC;

/// print(…), as engines' shells have it: each argument as String() of it.
JSC_DEFINE_HOST_FUNCTION(print, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  std::string out;
  for (std::size_t i = 0; i < frame->argumentCount(); i++) {
    JSValue value = frame->uncheckedArgument(i);
    String text = value.isSymbol() ? asSymbol(value)->descriptiveString() : value.toWTFString(global);
    RETURN_IF_EXCEPTION(scope, {});
    if (i) out.push_back(' ');
    append_utf8(out, text);
  }
  out.push_back('\n');
  write_all(STDOUT_FILENO, out);
  return JSValue::encode(jsUndefined());
}

JSValue make_print(host_state& state) { return make_function(state.global, "print"_s, 0, print); }

/// The job itself: the engine would pass it four arguments, and would drop what it throws.
JSC_DEFINE_HOST_FUNCTION(run_microtask, (JSGlobalObject * global, CallFrame* frame)) {
  auto& state = state_of(global);
  call_from_loop(state, frame->argument(0), ArgList(), frame->argument(1));
  return JSValue::encode(jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(queue_microtask, (JSGlobalObject * global, CallFrame* frame)) {
  JSValue callback = frame->argument(0);
  if (!callback.isCallable()) return throw_type_error(global, "The \"callback\" argument must be of type function."_s, "ERR_INVALID_ARG_TYPE"_s);
  auto& job = state_of(global).run_microtask;
  if (!job) job.set(global->vm(), make_function(global, ""_s, 1, run_microtask));
  global->queueMicrotask(job.get(), callback, async_context(global), jsUndefined(), jsUndefined());
  return JSValue::encode(jsUndefined());
}

JSValue make_queue_microtask(host_state& state) { return make_function(state.global, "queueMicrotask"_s, 1, queue_microtask); }

}  // namespace bmes::jsc
