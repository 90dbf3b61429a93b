#include "prelude.hpp"

#include "code/engine_functions.hpp"
#include "private_members.hpp"
#include "runtime.hpp"

#include <algorithm>

// A part of the engine is written in JavaScript, which it parses when it is first called: at each start, with a cache and without. The build compiles those
// functions, and the command carries the code. Asking for a function's code is wrapped (the linker's --wrap, see meson.build).

namespace bmes::jsc {

template struct opened<&JSC::UnlinkedFunctionExecutable::m_unlinkedCodeBlockForCall, struct call_code>;
template struct opened<&JSC::UnlinkedFunctionExecutable::m_unlinkedCodeBlockForConstruct, struct construct_code>;

namespace {

const engine_function* find(byte_view bytes, const JSC::SourceCode& source, JSC::CodeSpecializationKind kind) {
  if (bytes.empty()) return nullptr;
  const auto& header = *reinterpret_cast<const engine_functions_header*>(bytes.data());
  const std::span rows(reinterpret_cast<const engine_function*>(&header + 1), header.row_count);
  const auto wanted = place_of(source, kind);
  const auto found = std::lower_bound(rows.begin(), rows.end(), wanted);
  if (found == rows.end() || wanted < *found || found->end != wanted.end) return nullptr;
  // What classes have for a constructor that they don't write is the engine's, too, and has a text of its own.
  return source.provider()->source().length() == header.text_length ? &*found : nullptr;
}

using function_block = JSC::WriteBarrier<JSC::UnlinkedFunctionCodeBlock>;

}  // namespace

JSC::UnlinkedFunctionCodeBlock* generate_function(JSC::UnlinkedFunctionExecutable*, JSC::VM&, const JSC::SourceCode&, JSC::CodeSpecializationKind,
                                                  OptionSet<JSC::CodeGenerationMode>, JSC::ParserError&, JSC::SourceParseMode)
    asm(
        "__real__ZN3JSC26UnlinkedFunctionExecutable20unlinkedCodeBlockForERNS_2VMERKNS_10SourceCodeENS_22CodeSpecializationKindEN3WTF9OptionSetINS_18CodeGenerationModeEEERNS_11ParserErrorENS_15SourceParseModeE");
JSC::UnlinkedFunctionCodeBlock* function_code(JSC::UnlinkedFunctionExecutable*, JSC::VM&, const JSC::SourceCode&, JSC::CodeSpecializationKind,
                                              OptionSet<JSC::CodeGenerationMode>, JSC::ParserError&, JSC::SourceParseMode)
    asm(
        "__wrap__ZN3JSC26UnlinkedFunctionExecutable20unlinkedCodeBlockForERNS_2VMERKNS_10SourceCodeENS_22CodeSpecializationKindEN3WTF9OptionSetINS_18CodeGenerationModeEEERNS_11ParserErrorENS_15SourceParseModeE");
// As the engine has it, without the patience that code of programs is given (decoding.cpp).
void decode_engine_function(JSC::Decoder&, std::int32_t, function_block&, const JSC::JSCell*) asm(
    "__real__ZN3JSC23decodeFunctionCodeBlockERNS_7DecoderEiRNS_12WriteBarrierINS_25UnlinkedFunctionCodeBlockEN3WTF12RawPtrTraitsIS3_EEEEPKNS_6JSCellE");

JSC::UnlinkedFunctionCodeBlock* function_code(JSC::UnlinkedFunctionExecutable* executable, JSC::VM& vm, const JSC::SourceCode& source,
                                              JSC::CodeSpecializationKind kind, OptionSet<JSC::CodeGenerationMode> modes, JSC::ParserError& error,
                                              JSC::SourceParseMode parse_mode) {
  const auto generate = [&] { return generate_function(executable, vm, source, kind, modes, error, parse_mode); };
  if (!executable->isBuiltinFunction() || !modes.isEmpty() || !vm.clientData) return generate();
  auto& state = runtime_of(vm).code;
  const auto bytes = state.engine_functions;
  const engine_function* const found = find(bytes, source, kind);
  if (!found) return generate();
  auto& block = executable->*(kind == JSC::CodeForConstruct ? member_of<construct_code>() : member_of<call_code>());
  if (block) return block.get();
  // The engine drops the code of functions once it is old, of those that it has noted as parsed: it is kept.
  auto& kept = state.kept_engine_functions[found];
  if (kept) {
    block.set(vm, executable, kept.get());
  } else {
    auto* const code = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(bytes.data() + found->code));
    auto payload = JSC::CachedBytecode::create(WTF::adoptMallocPtr<std::uint8_t, JSC::VMMalloc>(code), found->code_size, {});
    // The engine would free the bytes.
    payload->ref();
    const auto decoder = JSC::Decoder::create(vm, WTFMove(payload), source.provider());
    decode_engine_function(decoder, 0, block, executable);
    block->llintExecuteCounter().setNewThreshold(JSC::Options::thresholdForJITAfterWarmUp());
    if (found->map_end != no_constant) set_constant(vm, *block.get(), found->map_end, vm.sentinelMapBucket());
    if (found->set_end != no_constant) set_constant(vm, *block.get(), found->set_end, vm.sentinelSetBucket());
    kept.set(vm, block.get());
  }
  executable->recordParse(static_cast<JSC::CodeFeatures>(found->features), static_cast<JSC::LexicalScopeFeatures>(found->lexical_features),
                          found->has_captured_variables != 0);
  return block.get();
}

}  // namespace bmes::jsc
