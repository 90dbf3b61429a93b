// The modules that are part of the host, by name: in C++, or in JavaScript and then from the graph of host/.
#include "prelude.hpp"

#include "native.hpp"
#include "modules/loader.hpp"

namespace bmes::jsc {

using namespace JSC;

namespace {

struct native_module {
  std::string_view name;
  module_name id;
  JSObject* (*make)(host_state&);
};

constexpr std::array<native_module, module_count> natives{{
    {"fs", module_name::fs, make_fs},
    {"fs/promises", module_name::fs_promises, make_fs_promises},
    {"path", module_name::path, make_path},
    {"url", module_name::url, make_url},
    {"util", module_name::util, make_util},
    {"os", module_name::os, make_os},
    {"process", module_name::process, make_process},
    {"perf_hooks", module_name::perf_hooks, make_perf_hooks},
    {"timers", module_name::timers, make_timers},
    {"bun", module_name::bun, make_bun},
    {"bun:internal-for-testing", module_name::internal_for_testing, make_internal_for_testing},
    {"console", module_name::console, make_console},
    {"module", module_name::module, make_module},
    {"buffer", module_name::buffer, make_buffer},
    {"system", module_name::system, make_system},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < natives.size(); i++)
    if (static_cast<std::size_t>(natives[i].id) != i) return false;
  return true;
}
static_assert(in_order());

// What programs may import. Others of the natives are for the host's own modules, which import them with this prefix.
constexpr std::string_view native_prefix = "native:";
constexpr std::string_view in_cpp[] = {"path", "process", "console", "module", "bun", "bun:internal-for-testing"};
constexpr std::string_view in_javascript[] = {
    "assert", "assert/strict", "async_hooks", "buffer", "child_process", "constants", "crypto", "diagnostics_channel", "events", "fs", "fs/promises",
    "os", "path/posix", "path/win32", "perf_hooks", "querystring", "readline", "readline/promises", "stream", "stream/consumers", "stream/promises", "stream/web",
    "string_decoder", "sys", "timers", "timers/promises", "tty", "url", "util", "util/types", "v8", "vm", "worker_threads", "zlib",
};

const native_module* find_native(std::string_view name) {
  for (auto& entry : natives)
    if (entry.name == name) return &entry;
  return nullptr;
}

}  // namespace

JSObject* make_module(host_state& state) { return runtime_of(state.global->vm()).modules->module_class(); }

JSObject* module_object(host_state& state, module_name name) {
  auto index = static_cast<std::size_t>(name);
  auto& held = state.modules[index];
  if (!held) held.set(state.global->vm(), natives[index].make(state));
  return held.get();
}

std::string_view host::canonical_name(std::string_view specifier) {
  bool prefixed = specifier.starts_with("node:");
  if (prefixed) specifier.remove_prefix(5);
  for (auto name : in_cpp)
    if (name == specifier && !(prefixed && name.starts_with("bun"))) return name;
  for (auto name : in_javascript)
    if (name == specifier) return name;
  return {};
}

std::string_view host::native_name(std::string_view specifier) {
  return specifier.starts_with(native_prefix) && find_native(specifier.substr(native_prefix.size())) ? specifier : std::string_view();
}

JSObject* host::builtin_object(std::string_view name) {
  if (name.starts_with(native_prefix)) name.remove_prefix(native_prefix.size());
  else if (std::ranges::find(in_cpp, name) == std::end(in_cpp)) return host_exports(*state_, "node:" + std::string(name));
  auto* native = find_native(name);
  return native ? module_object(*state_, native->id) : nullptr;
}

bool host::builtin_exports(std::string_view name, Vector<Identifier, 4>& names, MarkedArgumentBuffer& values) {
  auto* global = state_->global;
  VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  const bool is_native = name.starts_with(native_prefix);
  JSObject* object = builtin_object(name);
  RETURN_IF_EXCEPTION(scope, false);
  names.append(vm.propertyNames->defaultKeyword);
  values.append(object);
  PropertyNameArray own(vm, PropertyNameMode::Strings, PrivateSymbolMode::Exclude);
  object->methodTable()->getOwnPropertyNames(object, global, own, DontEnumPropertiesMode::Exclude);
  RETURN_IF_EXCEPTION(scope, false);
  for (auto& key : own) {
    if (key == vm.propertyNames->defaultKeyword) continue;
    // The host's own modules ask for what is made when it is asked for by its object.
    if (JSValue held = object->getDirect(vm, key); is_native && held && held.inherits<CustomGetterSetter>()) continue;
    JSValue value = object->get(global, key);
    RETURN_IF_EXCEPTION(scope, false);
    names.append(key);
    values.append(value);
  }
  return true;
}

}  // namespace bmes::jsc
