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
void decode_function(JSC::Decoder&, std::int32_t, function_block&, const JSC::JSCell*) asm(
    "__real__ZN3JSC23decodeFunctionCodeBlockERNS_7DecoderEiRNS_12WriteBarrierINS_25UnlinkedFunctionCodeBlockEN3WTF12RawPtrTraitsIS3_EEEEPKNS_6JSCellE");

JSC::UnlinkedCodeBlock* decode_module_and_count(JSC::VM&, const JSC::SourceCodeKey&, Ref<JSC::CachedBytecode>) asm(
    "__wrap__ZN3JSC19decodeCodeBlockImplERNS_2VMERKNS_13SourceCodeKeyEN3WTF3RefINS_14CachedBytecodeENS5_12RawPtrTraitsIS7_EEEE");
void decode_function_and_count(JSC::Decoder&, std::int32_t, function_block&, const JSC::JSCell*) asm(
    "__wrap__ZN3JSC23decodeFunctionCodeBlockERNS_7DecoderEiRNS_12WriteBarrierINS_25UnlinkedFunctionCodeBlockEN3WTF12RawPtrTraitsIS3_EEEEPKNS_6JSCellE");

JSC::UnlinkedCodeBlock* decode_module_and_count(JSC::VM& vm, const JSC::SourceCodeKey& key, Ref<JSC::CachedBytecode> bytecode) {
  auto* block = decode_module(vm, key, WTFMove(bytecode));
  start_counting(block);
  // Now, not when link() has returned: it relies on there being code.
  if (!block) runtime_of(vm).code.refused = true;
  return block;
}

void decode_function_and_count(JSC::Decoder& decoder, std::int32_t offset, function_block& block, const JSC::JSCell* owner) {
  decode_function(decoder, offset, block, owner);
  start_counting(block.get());
}

// The engine's decoder keeps, for whatever it decodes, the place that it came from, and for each text and environment a function that drops it when the decoder
// goes: a kilobyte for a module of 400 bytes. None of that has a use:
// - An atom is found in the engine's own table when it is decoded again. That is mostly soon, so the last ones are kept: more of them were no faster.
// - The names that functions may not use yet are shared by the functions of a scope, which are decoded one after the other: the last ones are kept, too. One that
//   is decoded again is equal, which is all that is asked of it.
// - Code, what belongs to it and what a function is compiled from have one owner, which decodes them once.
// Constants of strings and symbols without a name stay as they are.

// As the engine lays them out. Offsets are from the field itself on.
struct cached_string {
  std::int64_t characters;
  std::uint8_t is_8_bit : 1;
  std::uint8_t is_symbol : 1;
  std::uint32_t length;
};
static_assert(sizeof(cached_string) == 16 && offsetof(cached_string, length) == 12);

struct cached_pointer {
  std::int64_t offset;
};
constexpr auto nowhere = std::numeric_limits<std::int64_t>::max();

struct cached_identifier {
  std::int64_t unused[2];
  cached_pointer string;
};

// What adding to the engine's hash tables returns. Nobody looks at it where it is wrapped.
struct added {
  void* position;
  void* end;
  bool is_new;
};

// What the engine decodes behind a pointer, and what is called instead of that.
#define BMES_DECODES(type, name, instead, mangled)                                     \
  type* name(const cached_pointer&, JSC::Decoder&, bool& is_new) asm("__real_" mangled); \
  type* instead(const cached_pointer&, JSC::Decoder&, bool& is_new) asm("__wrap_" mangled)

BMES_DECODES(UniquedStringImpl, decode_string, decode_atom,
             "_ZNK3JSC9CachedPtrINS_23CachedUniquedStringImplEN3WTF17UniquedStringImplEE6decodeIJEEEPS3_RNS_7DecoderERbDpOT_");
BMES_DECODES(JSC::SourceProvider, decode_provider, take_provider,
             "_ZNK3JSC9CachedPtrINS_20CachedSourceProviderENS_14SourceProviderEE6decodeIJEEEPS2_RNS_7DecoderERbDpOT_");
BMES_DECODES(JSC::TDZEnvironmentLink, decode_environment, decode_shared_environment,
             "_ZNK3JSC9CachedPtrINS_24CachedTDZEnvironmentLinkENS_18TDZEnvironmentLinkEE6decodeIJEEEPS2_RNS_7DecoderERbDpOT_");
BMES_DECODES(JSC::CompactTDZEnvironment, decode_names, decode_owned_names,
             "_ZNK3JSC9CachedPtrINS_27CachedCompactTDZEnvironmentENS_21CompactTDZEnvironmentEE6decodeIJEEEPS2_RNS_7DecoderERbDpOT_");
BMES_DECODES(void, decode_executable, decode_owned_executable,
             "_ZNK3JSC9CachedPtrINS_24CachedFunctionExecutableENS_26UnlinkedFunctionExecutableEE6decodeIJEEEPS2_RNS_7DecoderERbDpOT_");
BMES_DECODES(void, decode_rare_data, decode_owned_rare_data,
             "_ZNK3JSC9CachedPtrINS_32CachedFunctionExecutableRareDataENS_26UnlinkedFunctionExecutable8RareDataEE6decodeIJEEEPS3_RNS_7DecoderERbDpOT_");
BMES_DECODES(void, decode_module_code, decode_owned_module_code,
             "_ZNK3JSC9CachedPtrINS_21CachedModuleCodeBlockENS_30UnlinkedModuleProgramCodeBlockEE6decodeIJEEEPS2_RNS_7DecoderERbDpOT_");
BMES_DECODES(void, decode_function_code, decode_owned_function_code,
             "_ZNK3JSC9CachedPtrINS_23CachedFunctionCodeBlockENS_25UnlinkedFunctionCodeBlockEE6decodeIJEEEPS2_RNS_7DecoderERbDpOT_");
BMES_DECODES(void, decode_code_rare_data, decode_owned_code_rare_data,
             "_ZNK3JSC9CachedPtrINS_23CachedCodeBlockRareDataENS_17UnlinkedCodeBlock8RareDataEE6decodeIJEEEPS3_RNS_7DecoderERbDpOT_");
BMES_DECODES(void, decode_instructions, decode_owned_instructions,
             "_ZNK3JSC9CachedPtrINS_23CachedInstructionStreamENS_17InstructionStreamINS_15BaseInstructionINS_14JSOpcodeTraitsEEEEEE6decodeIJEEEPS6_RNS_7DecoderERbDpOT_");

JSC::Identifier decode_identifier(const cached_identifier&, JSC::Decoder&) asm("__real__ZNK3JSC16CachedIdentifier6decodeERNS_7DecoderE");
JSC::Identifier decode_name(const cached_identifier&, JSC::Decoder&) asm("__wrap__ZNK3JSC16CachedIdentifier6decodeERNS_7DecoderE");
added add_place(void* places, const std::int64_t& offset, void*& object) asm(
    "__real__ZN3WTF7HashMapIlPvNS_11DefaultHashIlEENS_10HashTraitsIlEENS4_IS1_EENS_15HashTableTraitsEE3addIRS1_EENS_18HashTableAddResultINS_17HashTableIteratorINS_9HashTableIlNS_12KeyValuePairIlS1_EENS_24KeyValuePairKeyExtractorISF_EES3_NS8_18KeyValuePairTraitsES5_EElSF_SH_S3_SI_S5_EEEERKlOT_");
added add_place_of_shared(void* places, const std::int64_t& offset, void*& object) asm(
    "__wrap__ZN3WTF7HashMapIlPvNS_11DefaultHashIlEENS_10HashTraitsIlEENS4_IS1_EENS_15HashTableTraitsEE3addIRS1_EENS_18HashTableAddResultINS_17HashTableIteratorINS_9HashTableIlNS_12KeyValuePairIlS1_EENS_24KeyValuePairKeyExtractorISF_EES3_NS8_18KeyValuePairTraitsES5_EElSF_SH_S3_SI_S5_EEEERKlOT_");
using names_handle = JSC::CompactTDZEnvironmentMap::Handle;
names_handle decode_handle(const cached_pointer& names, JSC::Decoder&) asm("__wrap__ZNK3JSC36CachedCompactTDZEnvironmentMapHandle6decodeERNS_7DecoderE");
names_handle handle_of(JSC::CompactTDZEnvironmentMap*, JSC::CompactTDZEnvironment*, bool& is_new) asm(
    "_ZN3JSC24CompactTDZEnvironmentMap3getEPNS_21CompactTDZEnvironmentERb");

namespace {

const std::byte* behind(const cached_pointer& pointer) { return reinterpret_cast<const std::byte*>(&pointer) + pointer.offset; }

template <class Character>
RefPtr<AtomStringImpl> atom_of(const cached_string& string) {
  const auto* first = reinterpret_cast<const Character*>(reinterpret_cast<const std::byte*>(&string) + string.characters);
  return AtomStringImpl::add(first, string.length);
}

/// What was decoded from a place, among the last of its kind.
template <class T, std::size_t Count>
recently_decoded<T>& recent_of(last_decoded<T, Count>& all, const void* from) {
  if (!all) all = std::make_unique<std::array<recently_decoded<T>, Count>>();
  return (*all)[reinterpret_cast<std::uintptr_t>(from) / sizeof(cached_string) % all->size()];
}

// None where there is no text, or it is a symbol's.
RefPtr<AtomStringImpl> atom_of(const cached_pointer& pointer, JSC::VM& vm) {
  if (pointer.offset == nowhere) return nullptr;
  const auto& string = *reinterpret_cast<const cached_string*>(behind(pointer));
  if (string.is_symbol || string.length == 0) return nullptr;
  auto& recent = recent_of(runtime_of(vm).code.recent_atoms, &string);
  if (recent.from != &string) {
    recent.decoded = string.is_8_bit ? atom_of<LChar>(string) : atom_of<UChar>(string);
    recent.from = &string;
  }
  return recent.decoded;
}

// Where in its payload what is being decoded begins, if it has one owner. Things are added when what they are made of has been.
thread_local constinit std::int64_t owned = nowhere;

template <auto Decode>
auto* decode_owned(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  const auto outer = std::exchange(owned, pointer.offset == nowhere ? nowhere : decoder.offsetOf(behind(pointer)));
  auto* decoded = Decode(pointer, decoder, is_new);
  owned = outer;
  return decoded;
}

}  // namespace

// Who calls it takes a reference of its own, before anything else is decoded. Of what is new the decoder would keep one, too.
UniquedStringImpl* decode_atom(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  if (const auto atom = atom_of(pointer, decoder.vm())) {
    is_new = false;
    return atom.get();
  }
  const bool has_text = pointer.offset != nowhere && reinterpret_cast<const cached_string*>(behind(pointer))->length != 0;
  if (!has_text) return decode_string(pointer, decoder, is_new);
  // A symbol with a name is the engine's own, which stays.
  auto* const symbol = decode_owned<decode_string>(pointer, decoder, is_new);
  is_new = false;
  return symbol;
}

JSC::Identifier decode_name(const cached_identifier& identifier, JSC::Decoder& decoder) {
  const auto atom = atom_of(identifier.string, decoder.vm());
  return atom ? JSC::Identifier::fromUid(decoder.vm(), atom.get()) : decode_identifier(identifier, decoder);
}

// Code is encoded with a provider of the text that it was made from. The engine makes that again, a URL parsed, to compare it with the one at hand: it is
// given that one. What it still compares is what hash() says.
JSC::SourceProvider* take_provider(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  const auto provider = decoder.provider();
  if (!provider || pointer.offset == nowhere) return decode_provider(pointer, decoder, is_new);
  is_new = false;
  return provider.get();
}

JSC::TDZEnvironmentLink* decode_shared_environment(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  if (pointer.offset == nowhere) return decode_environment(pointer, decoder, is_new);
  auto& recent = recent_of(runtime_of(decoder.vm()).code.recent_environments, behind(pointer));
  if (recent.from != behind(pointer)) {
    // What encloses it is decoded first, and may have the same place among the last.
    auto* const made = decode_owned<decode_environment>(pointer, decoder, is_new);
    recent.decoded = adoptRef(made);
    recent.from = behind(pointer);
  }
  is_new = false;
  return recent.decoded.get();
}

JSC::CompactTDZEnvironment* decode_owned_names(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  return decode_owned<decode_names>(pointer, decoder, is_new);
}

void* decode_owned_executable(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  return decode_owned<decode_executable>(pointer, decoder, is_new);
}

void* decode_owned_rare_data(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  return decode_owned<decode_rare_data>(pointer, decoder, is_new);
}

void* decode_owned_module_code(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  return decode_owned<decode_module_code>(pointer, decoder, is_new);
}

void* decode_owned_function_code(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  return decode_owned<decode_function_code>(pointer, decoder, is_new);
}

void* decode_owned_code_rare_data(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  return decode_owned<decode_code_rare_data>(pointer, decoder, is_new);
}

void* decode_owned_instructions(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  return decode_owned<decode_instructions>(pointer, decoder, is_new);
}

added add_place_of_shared(void* places, const std::int64_t& offset, void*& object) {
  return offset == owned ? added{} : add_place(places, offset, object);
}

// Instead of the engine's own, which has the decoder remember the handle, and drop names that it has already when it goes.
names_handle decode_handle(const cached_pointer& names, JSC::Decoder& decoder) {
  bool is_new = true;
  auto* const decoded = decode_owned_names(names, decoder, is_new);
  if (!decoded) return {};
  auto handle = handle_of(decoder.vm().m_compactVariableMap.ptr(), decoded, is_new);
  if (!is_new) delete decoded;
  return handle;
}

}  // namespace bmes::jsc
