// The module "os": the few facts that programs for the command line ask for.
#include "prelude.hpp"

#include "native.hpp"

#include <unistd.h>
#include <cstdlib>

namespace bmes::jsc {

using namespace JSC;

JSC_DEFINE_HOST_FUNCTION(os_platform, (JSGlobalObject * global, CallFrame*)) { return JSValue::encode(js_text(global->vm(), "linux")); }

JSC_DEFINE_HOST_FUNCTION(os_temporary, (JSGlobalObject * global, CallFrame*)) {
  const char* folder = std::getenv("TMPDIR");
  std::string_view path = folder && *folder ? folder : "/tmp";
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return JSValue::encode(js_text(global->vm(), path));
}

JSC_DEFINE_HOST_FUNCTION(os_home, (JSGlobalObject * global, CallFrame*)) {
  const char* folder = std::getenv("HOME");
  return JSValue::encode(js_text(global->vm(), folder ? folder : "/"));
}

JSC_DEFINE_HOST_FUNCTION(os_parallelism, (JSGlobalObject*, CallFrame*)) {
  return JSValue::encode(jsNumber(std::max(1l, ::sysconf(_SC_NPROCESSORS_ONLN))));
}

JSObject* make_os(host_state& state) {
  auto* global = state.global;
  JSObject* os = constructEmptyObject(global);
  define(global, os,
         {{"platform"_s, 0, os_platform}, {"tmpdir"_s, 0, os_temporary}, {"homedir"_s, 0, os_home}, {"availableParallelism"_s, 0, os_parallelism}});
  define(global, os, "EOL"_s, js_text(global->vm(), "\n"));
  return os;
}

}  // namespace bmes::jsc
