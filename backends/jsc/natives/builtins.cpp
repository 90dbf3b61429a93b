// The modules that are part of the host, by name.
#include "prelude.hpp"

#include "native.hpp"
#include "modules/loader.hpp"

namespace bmes::jsc {

using namespace JSC;

namespace {

struct builtin {
  std::string_view name;  // as it's imported, and the module's key
  module_name id;
  JSObject* (*make)(host_state&);
};

constexpr std::array<builtin, module_count> builtins{{
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
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < builtins.size(); i++)
    if (static_cast<std::size_t>(builtins[i].id) != i) return false;
  return true;
}
static_assert(in_order());

const builtin* find(std::string_view specifier) {
  bool prefixed = specifier.starts_with("node:");
  if (prefixed) specifier.remove_prefix(5);
  for (auto& entry : builtins)
    if (entry.name == specifier && !(prefixed && entry.name.starts_with("bun"))) return &entry;
  return nullptr;
}

}  // namespace

JSObject* make_module(host_state& state) { return runtime_of(state.global->vm()).modules->module_class(); }

JSObject* module_object(host_state& state, module_name name) {
  auto index = static_cast<std::size_t>(name);
  auto& held = state.modules[index];
  if (!held) held.set(state.global->vm(), builtins[index].make(state));
  return held.get();
}

bool host::is_builtin(std::string_view specifier) { return find(specifier); }

std::string_view host::canonical_name(std::string_view specifier) {
  auto* entry = find(specifier);
  return entry ? entry->name : std::string_view();
}

RefPtr<SourceProvider> host::builtin_source(std::string_view specifier) {
  auto* entry = find(specifier);
  if (!entry) return nullptr;
  auto generate = [id = entry->id](JSGlobalObject* global, Identifier, Vector<Identifier, 4>& names, MarkedArgumentBuffer& values) {
    VM& vm = global->vm();
    auto scope = DECLARE_THROW_SCOPE(vm);
    JSObject* object = module_object(state_of(global), id);
    names.append(vm.propertyNames->defaultKeyword);
    values.append(object);
    PropertyNameArray own(vm, PropertyNameMode::Strings, PrivateSymbolMode::Exclude);
    object->methodTable()->getOwnPropertyNames(object, global, own, DontEnumPropertiesMode::Exclude);
    RETURN_IF_EXCEPTION(scope, void());
    for (auto& name : own) {
      JSValue value = object->get(global, name);
      RETURN_IF_EXCEPTION(scope, void());
      names.append(name);
      values.append(value);
    }
  };
  String name = from_utf8(entry->name);
  return SyntheticSourceProvider::create(WTFMove(generate), SourceOrigin(URL(makeString("node:"_s, name))), name);
}

}  // namespace bmes::jsc
