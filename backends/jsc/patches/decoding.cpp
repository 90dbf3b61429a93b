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

// The engine keeps, for whatever it decodes, the place that it came from, and for each text a function that drops it when the decoder goes. Little of that has
// a use:
// - An atom is found in the engine's own table when it is decoded again. That is mostly soon, so the last ones are kept: more of them were no faster.
// - What a function is compiled from has one owner, which decodes it once.
// Symbols, empty texts and what is shared (the environments of functions) stay as they are.

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

UniquedStringImpl* decode_string(const cached_pointer&, JSC::Decoder&, bool& is_new) asm(
    "__real__ZNK3JSC9CachedPtrINS_23CachedUniquedStringImplEN3WTF17UniquedStringImplEE6decodeIJEEEPS3_RNS_7DecoderERbDpOT_");
JSC::Identifier decode_identifier(const cached_identifier&, JSC::Decoder&) asm("__real__ZNK3JSC16CachedIdentifier6decodeERNS_7DecoderE");
void* decode_executable(const cached_pointer&, JSC::Decoder&, bool& is_new) asm(
    "__real__ZNK3JSC9CachedPtrINS_24CachedFunctionExecutableENS_26UnlinkedFunctionExecutableEE6decodeIJEEEPS2_RNS_7DecoderERbDpOT_");
void* decode_rare_data(const cached_pointer&, JSC::Decoder&, bool& is_new) asm(
    "__real__ZNK3JSC9CachedPtrINS_32CachedFunctionExecutableRareDataENS_26UnlinkedFunctionExecutable8RareDataEE6decodeIJEEEPS3_RNS_7DecoderERbDpOT_");
void* decode_environment(const cached_pointer&, JSC::Decoder&, bool& is_new) asm(
    "__real__ZNK3JSC9CachedPtrINS_24CachedTDZEnvironmentLinkENS_18TDZEnvironmentLinkEE6decodeIJEEEPS2_RNS_7DecoderERbDpOT_");
added add_place(void* places, const std::int64_t& offset, void*& object) asm(
    "__real__ZN3WTF7HashMapIlPvNS_11DefaultHashIlEENS_10HashTraitsIlEENS4_IS1_EENS_15HashTableTraitsEE3addIRS1_EENS_18HashTableAddResultINS_17HashTableIteratorINS_9HashTableIlNS_12KeyValuePairIlS1_EENS_24KeyValuePairKeyExtractorISF_EES3_NS8_18KeyValuePairTraitsES5_EElSF_SH_S3_SI_S5_EEEERKlOT_");

UniquedStringImpl* decode_atom(const cached_pointer&, JSC::Decoder&, bool& is_new) asm(
    "__wrap__ZNK3JSC9CachedPtrINS_23CachedUniquedStringImplEN3WTF17UniquedStringImplEE6decodeIJEEEPS3_RNS_7DecoderERbDpOT_");
JSC::Identifier decode_name(const cached_identifier&, JSC::Decoder&) asm("__wrap__ZNK3JSC16CachedIdentifier6decodeERNS_7DecoderE");
void* decode_owned_executable(const cached_pointer&, JSC::Decoder&, bool& is_new) asm(
    "__wrap__ZNK3JSC9CachedPtrINS_24CachedFunctionExecutableENS_26UnlinkedFunctionExecutableEE6decodeIJEEEPS2_RNS_7DecoderERbDpOT_");
void* decode_owned_rare_data(const cached_pointer&, JSC::Decoder&, bool& is_new) asm(
    "__wrap__ZNK3JSC9CachedPtrINS_32CachedFunctionExecutableRareDataENS_26UnlinkedFunctionExecutable8RareDataEE6decodeIJEEEPS3_RNS_7DecoderERbDpOT_");
void* decode_shared_environment(const cached_pointer&, JSC::Decoder&, bool& is_new) asm(
    "__wrap__ZNK3JSC9CachedPtrINS_24CachedTDZEnvironmentLinkENS_18TDZEnvironmentLinkEE6decodeIJEEEPS2_RNS_7DecoderERbDpOT_");
added add_place_of_shared(void* places, const std::int64_t& offset, void*& object) asm(
    "__wrap__ZN3WTF7HashMapIlPvNS_11DefaultHashIlEENS_10HashTraitsIlEENS4_IS1_EENS_15HashTableTraitsEE3addIRS1_EENS_18HashTableAddResultINS_17HashTableIteratorINS_9HashTableIlNS_12KeyValuePairIlS1_EENS_24KeyValuePairKeyExtractorISF_EES3_NS8_18KeyValuePairTraitsES5_EElSF_SH_S3_SI_S5_EEEERKlOT_");

namespace {

template <class Character>
RefPtr<AtomStringImpl> atom_of(const cached_string& string) {
  const auto* first = reinterpret_cast<const Character*>(reinterpret_cast<const std::byte*>(&string) + string.characters);
  return AtomStringImpl::add(first, string.length);
}

// None where there is no text, or it is a symbol's.
RefPtr<AtomStringImpl> atom_of(const cached_pointer& pointer, JSC::VM& vm) {
  if (pointer.offset == nowhere) return nullptr;
  const auto& string = *reinterpret_cast<const cached_string*>(reinterpret_cast<const std::byte*>(&pointer) + pointer.offset);
  if (string.is_symbol || string.length == 0) return nullptr;
  auto& recent_atoms = runtime_of(vm).code.recent_atoms;
  if (!recent_atoms) recent_atoms = std::make_unique<std::remove_reference_t<decltype(*recent_atoms)>>();
  auto& recent = (*recent_atoms)[(reinterpret_cast<std::uintptr_t>(&string) / sizeof string) % recent_atoms->size()];
  if (recent.from != &string) {
    recent.atom = string.is_8_bit ? atom_of<LChar>(string) : atom_of<UChar>(string);
    recent.from = &string;
  }
  return recent.atom;
}

// Whether what is being decoded has one owner. Things are added when what they are made of has been.
thread_local constinit bool has_one_owner = false;

template <bool OneOwner, auto Decode>
auto* decode_as(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  const bool outer = std::exchange(has_one_owner, OneOwner);
  auto* decoded = Decode(pointer, decoder, is_new);
  has_one_owner = outer;
  return decoded;
}

}  // namespace

// Who calls it takes a reference of its own, before anything else is decoded. Of what is new the decoder would keep one, too.
UniquedStringImpl* decode_atom(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  const auto atom = atom_of(pointer, decoder.vm());
  if (!atom) return decode_as<false, decode_string>(pointer, decoder, is_new);
  is_new = false;
  return atom.get();
}

JSC::Identifier decode_name(const cached_identifier& identifier, JSC::Decoder& decoder) {
  const auto atom = atom_of(identifier.string, decoder.vm());
  return atom ? JSC::Identifier::fromUid(decoder.vm(), atom.get()) : decode_identifier(identifier, decoder);
}

void* decode_owned_executable(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  return decode_as<true, decode_executable>(pointer, decoder, is_new);
}

void* decode_owned_rare_data(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  return decode_as<true, decode_rare_data>(pointer, decoder, is_new);
}

void* decode_shared_environment(const cached_pointer& pointer, JSC::Decoder& decoder, bool& is_new) {
  return decode_as<false, decode_environment>(pointer, decoder, is_new);
}

added add_place_of_shared(void* places, const std::int64_t& offset, void*& object) {
  return has_one_owner ? added{} : add_place(places, offset, object);
}

}  // namespace bmes::jsc
