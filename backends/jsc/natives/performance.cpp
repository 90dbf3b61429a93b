#include "prelude.hpp"

#include "native.hpp"

namespace bmes::jsc {

using namespace JSC;

JSC_DEFINE_HOST_FUNCTION(performance_now, (JSGlobalObject * global, CallFrame*)) {
  auto elapsed = std::chrono::steady_clock::now() - state_of(global).process.started;
  return JSValue::encode(jsNumber(std::chrono::duration<double, std::milli>(elapsed).count()));
}

JSObject* make_perf_hooks(host_state& state) {
  auto* global = state.global;
  using std::chrono::system_clock, std::chrono::steady_clock;
  auto started = system_clock::now() - (steady_clock::now() - state.process.started);
  JSObject* performance = constructEmptyObject(global);
  define(global, performance, {{"now"_s, 0, performance_now}});
  define(global, performance, "timeOrigin"_s, jsNumber(std::chrono::duration<double, std::milli>(started.time_since_epoch()).count()));
  JSObject* module = constructEmptyObject(global);
  define(global, module, "performance"_s, performance);
  return module;
}

}  // namespace bmes::jsc
