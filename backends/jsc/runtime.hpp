// What belongs to one VM of the engine, found from the VM.
#pragma once
#include "prelude.hpp"

#include <bmes/bytes.hpp>

#include <array>
#include <memory>
#include <unordered_map>

namespace bmes {
class engine;
}

namespace bmes::jsc {

class host_state;
class loader;
class module_provider;
class type_eraser;

/// What was decoded, and where in a payload from.
template <class T>
struct recently_decoded {
  const void* from = nullptr;
  RefPtr<T> decoded;
};
template <class T, std::size_t Count>
using last_decoded = std::unique_ptr<std::array<recently_decoded<T>, Count>>;

/// What the engine does with code right now: between the loader, which asks it, and the providers and patches that it asks.
struct code_state {
  unsigned stand_ins = 0;                     ///< stand_in_scopes that live
  bool refused = false;                       ///< the innermost one's code was not taken
  bool has_import_meta = true;                ///< the record has what code that uses import.meta takes for granted
  const module_provider* encoding = nullptr;  ///< whose code is about to be encoded
  byte_view engine_functions;                 ///< code of functions of the engine's own, or empty (patches/engine_functions.cpp)
  std::unordered_map<const void*, JSC::Strong<JSC::UnlinkedFunctionCodeBlock>> kept_engine_functions;  ///< by their rows there
  bool is_async = false;                      ///< of the code that was linked last
  /// By their places in payloads, which stay.
  last_decoded<AtomStringImpl, 2048> recent_atoms;
  last_decoded<JSC::TDZEnvironmentLink, 64> recent_environments;
};

struct runtime final : JSC::VM::ClientData {
  loader* modules = nullptr;
  host_state* natives = nullptr;
  type_eraser* types = nullptr;  ///< once there was TypeScript
  code_state code;
  std::unordered_map<const JSC::AbstractModuleRecord*, JSC::AbstractModuleRecord*> marked;  ///< with __esModule: of which module
  bool disk_changed = false;  ///< the program has changed files: what was looked at before it began may not be so any more

  WTF::String overrideSourceURL(const JSC::StackFrame&, const WTF::String& url) const override { return url; }
};

/// Gives a VM its runtime, which goes with it.
inline runtime& add_runtime(JSC::VM& vm) {
  auto* const made = new runtime;
  vm.clientData = made;
  return *made;
}

/// The VM of an engine that make_engine() made, which is started if it has not been.
JSC::VM& started_vm(engine&);

inline runtime& runtime_of(JSC::VM& vm) { return static_cast<runtime&>(*vm.clientData); }

}  // namespace bmes::jsc
