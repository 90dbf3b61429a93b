#include "prelude.hpp"

#include "runtime.hpp"

namespace bmes::jsc {

JSC::ModuleProgramExecutable* create_executable(JSC::JSGlobalObject*, const JSC::SourceCode&) asm(
    "__real__ZN3JSC23ModuleProgramExecutable6createEPNS_14JSGlobalObjectERKNS_10SourceCodeE");
JSC::ModuleProgramExecutable* create_executable_with_code(JSC::JSGlobalObject*, const JSC::SourceCode&) asm(
    "__wrap__ZN3JSC23ModuleProgramExecutable6createEPNS_14JSGlobalObjectERKNS_10SourceCodeE");

// The engine's loader has analysed a module before it is linked, so link() does not expect a text without code: here a payload that
// was refused may stand beside a text that is no module, and code that uses import.meta beside a record
// that says it does not. Without an executable it throws.
JSC::ModuleProgramExecutable* create_executable_with_code(JSC::JSGlobalObject* global, const JSC::SourceCode& source) {
  auto* executable = create_executable(global, source);
  if (!executable || !executable->moduleEnvironmentSymbolTable()) return nullptr;
  code_state& code = runtime_of(global->vm()).code;
  code.is_async = executable->isAsync();
  const bool uses_import_meta = (executable->features() & JSC::ImportMetaFeature) != 0;
  return uses_import_meta && !code.has_import_meta ? nullptr : executable;
}

}  // namespace bmes::jsc
