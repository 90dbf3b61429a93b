#include "prelude.hpp"

#include "code/provider.hpp"

namespace bmes::jsc {

// What the engine calls to encode a module's code, once it has generated it (the linker's --wrap, see meson.build).
// Encoding would delay the program, and what it generates later can be encoded along: the code is kept.
RefPtr<JSC::CachedBytecode> encode_now(JSC::VM&, const JSC::SourceCodeKey&, const JSC::UnlinkedCodeBlock*) asm(
    "__real__ZN3JSC15encodeCodeBlockERNS_2VMERKNS_13SourceCodeKeyEPKNS_17UnlinkedCodeBlockE");
RefPtr<JSC::CachedBytecode> keep_module_code(JSC::VM&, const JSC::SourceCodeKey&, const JSC::UnlinkedCodeBlock*) asm(
    "__wrap__ZN3JSC15encodeCodeBlockERNS_2VMERKNS_13SourceCodeKeyEPKNS_17UnlinkedCodeBlockE");

RefPtr<JSC::CachedBytecode> keep_module_code(JSC::VM& vm, const JSC::SourceCodeKey& key, const JSC::UnlinkedCodeBlock* block) {
  const module_provider* const asking = runtime_of(vm).code.encoding;
  if (!asking) return encode_now(vm, key, block);
  asking->module_code_.set(vm, const_cast<JSC::UnlinkedCodeBlock*>(block));
  return nullptr;
}

}  // namespace bmes::jsc
