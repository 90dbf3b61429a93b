// The engine's module registry, filled from C++.
//
// The engine loads modules with JavaScript of its own, one asynchronous step after another; with many small
// modules that costs more than parsing them. A program whose graph is known needs none of those steps: its
// entries are made here in the state they would have reached, and the engine's code goes on from there.
#pragma once
#include "prelude.hpp"

namespace bmes::jsc {

/// A promise fulfilled with `value`. The engine's own way is JavaScript, which would first have to be compiled.
JSC::JSInternalPromise* fulfilled(JSC::JSGlobalObject*, JSC::JSValue value);

class module_registry {
 public:
  explicit module_registry(JSC::JSGlobalObject*);

  /// The entry of a key; null when there is none.
  JSC::JSObject* find(const JSC::Identifier& key) const;
  /// Adds an entry whose module is there but not linked. Its dependencies are set by set_dependencies().
  JSC::JSObject* add(const JSC::Identifier& key, JSC::AbstractModuleRecord*);
  /// `names[i]` is the specifier that leads to `entries[i]`.
  void set_dependencies(JSC::JSObject* entry, JSC::AbstractModuleRecord*, const std::vector<JSC::Identifier>& names, const std::vector<JSC::JSObject*>& entries);

  void mark_linked(JSC::JSObject* entry, bool is_async);
  void mark_link_failed(JSC::JSObject* entry, JSC::JSValue error);
  void mark_evaluated(JSC::JSObject* entry);

  JSC::AbstractModuleRecord* record_of(JSC::JSObject* entry) const;
  /// The keys of what a module requests, in the order of its requests.
  std::vector<WTF::String> dependency_keys(JSC::JSObject* entry) const;

 private:
  enum class slot : unsigned { key, state, fetch, instantiate, satisfy, is_satisfied, dependencies, module, link_error, link_succeeded, evaluated, then, is_async, count };
  void put(JSC::JSObject* entry, slot, JSC::JSValue);
  JSC::JSValue get(JSC::JSObject* entry, slot) const;

  JSC::JSGlobalObject* global_;
  JSC::VM& vm_;
  JSC::JSMap* map_;
  JSC::Structure* structure_;
  JSC::Identifier dependencies_map_;
  std::array<JSC::Identifier, static_cast<std::size_t>(slot::count)> names_;
};

}  // namespace bmes::jsc
