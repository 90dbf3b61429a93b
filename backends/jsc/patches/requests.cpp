#include "prelude.hpp"

#include "modules/module.hpp"

// The engine gives each record a map from specifiers to entries of its loader's registry, which are objects that have the record.
// The loader here has the same in `requested_modules`, so the two functions that make and ask the map are replaced (the linker's
// --wrap, see meson.build): two objects and a table less for each module.

namespace bmes::jsc {
namespace {

constexpr std::size_t few = 16;

module* requested(module& m, const WTF::UniquedStringImpl* specifier) {
  const auto& requests = m.record->requestedModules();
  const std::size_t count = m.requested_modules.size();
  if (count <= few) {
    for (std::size_t i = 0; i < count; ++i)
      if (requests[i].m_specifier == specifier) return m.requested_modules[i];
    return nullptr;
  }
  if (m.by_request.empty())
    for (std::size_t i = 0; i < count; ++i) m.by_request.emplace(requests[i].m_specifier.get(), m.requested_modules[i]);
  const auto at = m.by_request.find(specifier);
  return at == m.by_request.end() ? nullptr : at->second;
}

}  // namespace

void finish_record(JSC::AbstractModuleRecord&, JSC::JSGlobalObject*, JSC::VM&) asm(
    "__wrap__ZN3JSC20AbstractModuleRecord14finishCreationEPNS_14JSGlobalObjectERNS_2VME");
JSC::AbstractModuleRecord* requested_record(JSC::AbstractModuleRecord&, JSC::JSGlobalObject*, const JSC::Identifier& specifier) asm(
    "__wrap__ZN3JSC20AbstractModuleRecord25hostResolveImportedModuleEPNS_14JSGlobalObjectERKNS_10IdentifierE");

void finish_record(JSC::AbstractModuleRecord& record, JSC::JSGlobalObject*, JSC::VM& vm) {
  const auto values = JSC::AbstractModuleRecord::initialValues();
  for (std::uint32_t i = 0; i < values.size(); ++i) record.internalField(static_cast<JSC::AbstractModuleRecord::Field>(i)).set(vm, &record, values[i]);
}

// Asked while a module is linked, when all that it requests is loaded.
JSC::AbstractModuleRecord* requested_record(JSC::AbstractModuleRecord& record, JSC::JSGlobalObject* global, const JSC::Identifier& specifier) {
  auto* const java_script = JSC::jsDynamicCast<JSC::JSModuleRecord*>(&record);
  // What re-exports all of a module.
  if (!java_script) return runtime_of(global->vm()).marked.at(&record);
  module* const m = static_cast<const module_provider&>(*java_script->sourceCode().provider()).of();
  module* const to = m ? requested(*m, specifier.impl()) : nullptr;
  RELEASE_ASSERT(to);
  return to->record;
}

}  // namespace bmes::jsc
