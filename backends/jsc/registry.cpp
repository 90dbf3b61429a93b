#include "prelude.hpp"

#include "registry.hpp"

namespace bmes::jsc {
namespace {

// The states of an entry in the engine's loader: Fetch, Instantiate, Satisfy, Link, Ready.
constexpr int state_link = JSC::JSModuleLoader::Link;
constexpr int state_ready = JSC::JSModuleLoader::Ready;

}  // namespace

JSC::JSInternalPromise* fulfilled(JSC::JSGlobalObject* global, JSC::JSValue value) {
  JSC::VM& vm = global->vm();
  auto* promise = JSC::JSInternalPromise::create(vm, global->internalPromiseStructure());
  using field = JSC::JSPromise::Field;
  const auto flags = static_cast<unsigned>(JSC::JSPromise::Status::Fulfilled) | JSC::JSPromise::isFirstResolvingFunctionCalledFlag;
  promise->internalField(field::Flags).set(vm, promise, JSC::jsNumber(flags));
  promise->internalField(field::ReactionsOrResult).set(vm, promise, value);
  return promise;
}

module_registry::module_registry(JSC::JSGlobalObject* global) : global_(global), vm_(global->vm()) {
  static constexpr std::array<ASCIILiteral, static_cast<std::size_t>(slot::count)> names{
      "key"_s,    "state"_s,     "fetch"_s,         "instantiate"_s, "satisfy"_s, "isSatisfied"_s, "dependencies"_s,
      "module"_s, "linkError"_s, "linkSucceeded"_s, "evaluated"_s,   "then"_s,    "isAsync"_s};
  JSC::JSObject* loader = global->moduleLoader();
  map_ = JSC::jsCast<JSC::JSMap*>(loader->get(global, JSC::Identifier::fromString(vm_, "registry"_s)));
  dependencies_map_ = JSC::Identifier::fromString(vm_, "dependenciesMap"_s);
  // One shape for all entries, with room for every property in the object itself.
  structure_ = global->structureCache().emptyObjectStructureForPrototype(global, global->objectPrototype(), static_cast<unsigned>(slot::count));
  for (std::size_t i = 0; i < names_.size(); ++i) {
    names_[i] = JSC::Identifier::fromString(vm_, names[i]);
    JSC::PropertyOffset offset = 0;
    structure_ = JSC::Structure::addPropertyTransition(vm_, structure_, names_[i], 0, offset);
  }
  JSC::gcProtect(structure_);
}

void module_registry::put(JSC::JSObject* entry, slot s, JSC::JSValue value) {
  if (entry->structure() == structure_) {
    entry->putDirectOffset(vm_, static_cast<JSC::PropertyOffset>(s), value);
  } else {
    entry->putDirect(vm_, names_[static_cast<std::size_t>(s)], value);
  }
}

JSC::JSValue module_registry::get(JSC::JSObject* entry, slot s) const { return entry->getDirect(vm_, names_[static_cast<std::size_t>(s)]); }

JSC::JSObject* module_registry::find(const JSC::Identifier& key) const {
  return map_->get(global_, JSC::identifierToJSValue(vm_, key)).getObject();
}

JSC::JSObject* module_registry::add(const JSC::Identifier& key, JSC::AbstractModuleRecord* record) {
  auto* entry = JSC::constructEmptyObject(vm_, structure_);
  const JSC::JSValue key_value = JSC::identifierToJSValue(vm_, key);
  auto* promise = fulfilled(global_, entry);
  put(entry, slot::key, key_value);
  put(entry, slot::state, JSC::jsNumber(state_link));
  put(entry, slot::fetch, JSC::jsUndefined());
  put(entry, slot::instantiate, promise);
  put(entry, slot::satisfy, promise);
  put(entry, slot::is_satisfied, JSC::jsBoolean(true));
  put(entry, slot::dependencies, JSC::jsUndefined());
  put(entry, slot::module, record);
  put(entry, slot::link_error, JSC::jsUndefined());
  put(entry, slot::link_succeeded, JSC::jsBoolean(true));
  put(entry, slot::evaluated, JSC::jsBoolean(false));
  put(entry, slot::then, JSC::jsUndefined());
  put(entry, slot::is_async, JSC::jsBoolean(false));
  map_->set(global_, key_value, entry);
  return entry;
}

void module_registry::set_dependencies(JSC::JSObject* entry, JSC::AbstractModuleRecord* record, const std::vector<JSC::Identifier>& names,
                                       const std::vector<JSC::JSObject*>& entries) {
  auto* list = JSC::constructEmptyArray(global_, nullptr, static_cast<unsigned>(entries.size()));
  put(entry, slot::dependencies, list);
  if (entries.empty()) return;
  auto* by_name = JSC::jsCast<JSC::JSMap*>(record->get(global_, dependencies_map_));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    list->putDirectIndex(global_, static_cast<unsigned>(i), entries[i]);
    by_name->set(global_, JSC::identifierToJSValue(vm_, names[i]), entries[i]);
  }
}

void module_registry::mark_linked(JSC::JSObject* entry, bool is_async) {
  put(entry, slot::state, JSC::jsNumber(state_ready));
  put(entry, slot::is_async, JSC::jsBoolean(is_async));
}

void module_registry::mark_link_failed(JSC::JSObject* entry, JSC::JSValue error) {
  put(entry, slot::state, JSC::jsNumber(state_ready));
  put(entry, slot::link_succeeded, JSC::jsBoolean(false));
  put(entry, slot::link_error, error);
}

void module_registry::mark_evaluated(JSC::JSObject* entry) { put(entry, slot::evaluated, JSC::jsBoolean(true)); }

JSC::AbstractModuleRecord* module_registry::record_of(JSC::JSObject* entry) const {
  return JSC::jsDynamicCast<JSC::AbstractModuleRecord*>(get(entry, slot::module));
}

std::vector<WTF::String> module_registry::dependency_keys(JSC::JSObject* entry) const {
  std::vector<WTF::String> out;
  auto* list = JSC::jsDynamicCast<JSC::JSArray*>(get(entry, slot::dependencies));
  for (unsigned i = 0; list && i < list->length(); ++i) {
    auto* dependency = list->getIndex(global_, i).getObject();
    out.push_back(dependency ? get(dependency, slot::key).toWTFString(global_) : WTF::String());
  }
  return out;
}

}  // namespace bmes::jsc
