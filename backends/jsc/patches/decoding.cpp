#include "prelude.hpp"

#include "runtime.hpp"

// Code that comes from a payload counts its calls from nowhere: this version of the engine leaves the counter
// of decoded code at "reached", so every function is compiled by the baseline JIT on its first call. That
// made half of a warm start. The two functions that decode code are wrapped (the linker's --wrap, see
// meson.build) to give it a threshold again: a multiple of what freshly generated code has, since most functions that
// reach that one while a program starts are hardly called any more, and compiling them does not pay.

namespace bmes::jsc {
namespace {

constexpr std::int32_t patience = 8;

void start_counting(JSC::UnlinkedCodeBlock* block) {
  if (block) block->llintExecuteCounter().setNewThreshold(patience * JSC::Options::thresholdForJITAfterWarmUp());
}

using function_block = JSC::WriteBarrier<JSC::UnlinkedFunctionCodeBlock>;

}  // namespace

JSC::UnlinkedCodeBlock* decode_module(JSC::VM&, const JSC::SourceCodeKey&, Ref<JSC::CachedBytecode>) asm(
    "__real__ZN3JSC19decodeCodeBlockImplERNS_2VMERKNS_13SourceCodeKeyEN3WTF3RefINS_14CachedBytecodeENS5_12RawPtrTraitsIS7_EEEE");
JSC::SourceProvider* decode_provider(const void* encoded, JSC::Decoder&, JSC::SourceProviderSourceType) asm(
    "__real__ZNK3JSC26CachedStringSourceProvider6decodeERNS_7DecoderENS_24SourceProviderSourceTypeE");
void decode_function(JSC::Decoder&, std::int32_t, function_block&, const JSC::JSCell*) asm(
    "__real__ZN3JSC23decodeFunctionCodeBlockERNS_7DecoderEiRNS_12WriteBarrierINS_25UnlinkedFunctionCodeBlockEN3WTF12RawPtrTraitsIS3_EEEEPKNS_6JSCellE");

JSC::UnlinkedCodeBlock* decode_module_and_count(JSC::VM&, const JSC::SourceCodeKey&, Ref<JSC::CachedBytecode>) asm(
    "__wrap__ZN3JSC19decodeCodeBlockImplERNS_2VMERKNS_13SourceCodeKeyEN3WTF3RefINS_14CachedBytecodeENS5_12RawPtrTraitsIS7_EEEE");
JSC::SourceProvider* take_provider(const void* encoded, JSC::Decoder&, JSC::SourceProviderSourceType) asm(
    "__wrap__ZNK3JSC26CachedStringSourceProvider6decodeERNS_7DecoderENS_24SourceProviderSourceTypeE");
void decode_function_and_count(JSC::Decoder&, std::int32_t, function_block&, const JSC::JSCell*) asm(
    "__wrap__ZN3JSC23decodeFunctionCodeBlockERNS_7DecoderEiRNS_12WriteBarrierINS_25UnlinkedFunctionCodeBlockEN3WTF12RawPtrTraitsIS3_EEEEPKNS_6JSCellE");

JSC::UnlinkedCodeBlock* decode_module_and_count(JSC::VM& vm, const JSC::SourceCodeKey& key, Ref<JSC::CachedBytecode> bytecode) {
  auto* block = decode_module(vm, key, WTFMove(bytecode));
  start_counting(block);
  // Now, not when link() has returned: it relies on there being code.
  if (!block) runtime_of(vm).code.refused = true;
  return block;
}

// Code is encoded with a provider of the text that it was made from. The engine makes that again, a URL parsed, to compare it with the one at hand: it is
// given that one. What it still compares is what hash() says.
JSC::SourceProvider* take_provider(const void* encoded, JSC::Decoder& decoder, JSC::SourceProviderSourceType type) {
  auto provider = decoder.provider();
  return provider ? provider.leakRef() : decode_provider(encoded, decoder, type);
}

void decode_function_and_count(JSC::Decoder& decoder, std::int32_t offset, function_block& block, const JSC::JSCell* owner) {
  decode_function(decoder, offset, block, owner);
  start_counting(block.get());
}

}  // namespace bmes::jsc
