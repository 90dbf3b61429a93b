// The global object's properties. Starting a program must cost nearly nothing, so each is one property put here, with a getter that
// makes the value when it is first read and takes its own place: from then on, and to a program that looks, an ordinary data property.
#include "prelude.hpp"

#include "functions.hpp"

namespace bmes::jsc {

using namespace JSC;

namespace {

struct lazy_global {
  ASCIILiteral name;
  JSValue (*make)(host_state&);
  unsigned attributes;
};

template <module_name Name>
JSValue whole_module(host_state& state) {
  return module_object(state, Name);
}

template <module_name Name, const char* Property>
JSValue module_property(host_state& state) {
  VM& vm = state.global->vm();
  return module_object(state, Name)->getDirect(vm, Identifier::fromString(vm, ASCIILiteral::fromLiteralUnsafe(Property)));
}

constexpr char bun_name[] = "Bun", performance_name[] = "performance";
constexpr char set_timeout[] = "setTimeout", clear_timeout[] = "clearTimeout", set_interval[] = "setInterval";
constexpr char clear_interval[] = "clearInterval", set_immediate[] = "setImmediate", clear_immediate[] = "clearImmediate";

constexpr lazy_global lazy_globals[] = {
    {"console"_s, whole_module<module_name::console>, hidden},
    {"process"_s, whole_module<module_name::process>, hidden},
    {"Bun"_s, module_property<module_name::bun, bun_name>, hidden},
    {"performance"_s, module_property<module_name::perf_hooks, performance_name>, hidden},
    {"print"_s, make_print, hidden},
    {"setTimeout"_s, module_property<module_name::timers, set_timeout>, 0},
    {"clearTimeout"_s, module_property<module_name::timers, clear_timeout>, 0},
    {"setInterval"_s, module_property<module_name::timers, set_interval>, 0},
    {"clearInterval"_s, module_property<module_name::timers, clear_interval>, 0},
    {"setImmediate"_s, module_property<module_name::timers, set_immediate>, 0},
    {"clearImmediate"_s, module_property<module_name::timers, clear_immediate>, 0},
    {"queueMicrotask"_s, make_queue_microtask, 0},
    {"TextEncoder"_s, make_text_encoder, hidden},
    {"TextDecoder"_s, make_text_decoder, hidden},
};

const lazy_global* find(PropertyName name) {
  for (auto& entry : lazy_globals)
    if (name == entry.name) return &entry;
  return nullptr;
}

JSC_DEFINE_CUSTOM_GETTER(get_lazy_global, (JSGlobalObject * global, EncodedJSValue, PropertyName name)) {
  auto* entry = find(name);
  if (!entry) return JSValue::encode(jsUndefined());
  JSValue value = entry->make(state_of(global));
  global->putDirect(global->vm(), name, value, entry->attributes);
  return JSValue::encode(value);
}

JSC_DEFINE_CUSTOM_SETTER(set_lazy_global, (JSGlobalObject * global, EncodedJSValue, EncodedJSValue value, PropertyName name)) {
  auto* entry = find(name);
  global->putDirect(global->vm(), name, JSValue::decode(value), entry ? entry->attributes : 0);
  return true;
}

}  // namespace

void install_globals(host_state& state) {
  auto* global = state.global;
  VM& vm = global->vm();
  auto* accessor = CustomGetterSetter::create(vm, get_lazy_global, set_lazy_global);
  for (auto& entry : lazy_globals) {
    unsigned attributes = entry.attributes | static_cast<unsigned>(PropertyAttribute::CustomValue);
    global->putDirectCustomAccessor(vm, Identifier::fromString(vm, entry.name), accessor, attributes);
  }
}

}  // namespace bmes::jsc
