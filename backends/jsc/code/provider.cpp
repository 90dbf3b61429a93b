#include "prelude.hpp"

#include "code/provider.hpp"
#include "private_members.hpp"

#include <cstring>
#include <unordered_map>
#include <unordered_set>

// Not in the headers that come with the library, though in the library.
namespace JSC {
RefPtr<CachedBytecode> serializeBytecode(VM&, UnlinkedCodeBlock*, const SourceCode&, SourceCodeType, JSParserStrictMode, JSParserScriptMode,
                                         FileSystem::PlatformFileHandle, BytecodeCacheError&, OptionSet<CodeGenerationMode>);
}  // namespace JSC

namespace bmes::jsc {

template struct opened<&WTF::URL::m_string, struct url_text>;

namespace {

constexpr auto program_type = JSC::SourceCodeType(1), module_type = JSC::SourceCodeType(3);  // after eval; after function

// The names are those of Node. The text begins on the first line: the engine counts lines from 1, and knows of none before it.
constexpr auto wrapper_start = "(function (exports, require, module, __filename, __dirname) {"_s, wrapper_end = "\n})"_s;

// A syntax error, should it ever be parsed.
constexpr LChar stand_in[] = {0};

// The engine hands a module's origin on to import(), and asks it for its host: the key will do, and no URL has to be parsed.
JSC::SourceOrigin origin_of(const WTF::String& key) {
  WTF::URL url;
  url.*member_of<url_text>() = key;
  return JSC::SourceOrigin(url);
}

}  // namespace

WTF::URL url_of_key(const WTF::String& key) {
  // The engine takes a "%" of the path for one of a URL.
  if (key.startsWith('/')) return WTF::URL::fileURLWithFileSystemPath(key.contains('%') ? makeStringByReplacingAll(key, '%', "%25"_s) : key);
  return WTF::URL(key);
}

WTF::String key_of_url(const WTF::URL& url) {
  const bool is_path = url.protocolIsFile() && !url.hasQuery() && !url.hasFragmentIdentifier();
  return is_path ? url.fileSystemPath() : url.string();
}

WTF::String wrapped_common_js(const WTF::String& text) {
  // A line that tells the system how to start the program is a comment.
  if (text.startsWith("#!"_s)) return WTF::makeString(wrapper_start, "//"_s, WTF::StringView(text).substring(2), wrapper_end);
  return WTF::makeString(wrapper_start, text, wrapper_end);
}

WTF::String unwrapped_common_js(WTF::StringView script) {
  return script.substring(wrapper_start.length(), script.length() - common_js_wrapper_length()).toString();
}

unsigned common_js_wrapper_length() { return wrapper_start.length() + wrapper_end.length(); }

unsigned common_js_text_start() { return wrapper_start.length(); }

text_place place_of(const JSC::ParserError& error) {
  const auto& at = error.token().m_location;
  return {static_cast<unsigned>(std::max(error.line(), 0)), at.startOffset >= at.lineStartOffset ? at.startOffset - at.lineStartOffset + 1 : 0};
}

unsigned column_in_file(const JSC::SourceProvider& provider, unsigned line, unsigned column) {
  const bool is_common_js = !provider.preRedirectURL().isNull() && provider.preRedirectURL() == provider.sourceURL();
  return is_common_js && line == 1 && column > wrapper_start.length() ? column - wrapper_start.length() : column;
}

JSC::SourceCode module_provider::source_code() { return JSC::SourceCode(RefPtr<JSC::SourceProvider>(this), 0, static_cast<int>(length_), 1, 1); }

module_provider::module_provider(code_state& code, const WTF::String& key, const source_identity& identity, WTF::String text, unsigned length,
                                 code_kind kind)
    // What the engine keeps for redirects is free to tell of the kind: see column_in_file().
    : SourceProvider(origin_of(key), WTF::String(key), kind == code_kind::common_js ? WTF::String(key) : WTF::String(),
                     JSC::SourceTaintedOrigin::Untainted, WTF::TextPosition(),
                     kind == code_kind::module ? JSC::SourceProviderSourceType::Module : JSC::SourceProviderSourceType::Program),
      code_(code),
      identity_(identity),
      text_(WTFMove(text)),
      length_(length),
      kind_(kind) {}

Ref<module_provider> module_provider::create(code_state& code, const WTF::String& key, const source_identity& identity, WTF::String text,
                                             code_kind kind) {
  const unsigned length = text.length();
  return adoptRef(*new module_provider(code, key, identity, WTFMove(text), length, kind));
}

Ref<module_provider> module_provider::create(code_state& code, const WTF::String& key, const source_identity& identity, unsigned length,
                                             byte_view bytecode, text_loader load, code_kind kind) {
  auto provider = adoptRef(*new module_provider(code, key, identity, WTF::String(), length, kind));
  provider->load_ = std::move(load);
  if (!bytecode.empty()) provider->use(bytecode);
  return provider;
}

void module_provider::use(byte_view bytecode) {
  // The payload is used where it lies. The engine would free it, so it is told never to: the reference
  // leaked here keeps the count above zero.
  auto* start = const_cast<std::uint8_t*>(static_cast<const std::uint8_t*>(static_cast<const void*>(bytecode.data())));
  auto payload = JSC::CachedBytecode::create(WTF::adoptMallocPtr<std::uint8_t, JSC::VMMalloc>(start), bytecode.size(), {});
  bytecode_ = &payload.leakRef();
  from_payload_ = true;
}

unsigned module_provider::hash() const { return wire_rep<std::uint32_t>::load(std::span(identity_.hash).first<4>()); }

WTF::StringView module_provider::source() const {
  if (code_.stand_ins != 0 && !code_.refused && (from_payload_ || module_code_)) return WTF::StringView(stand_in, 1);
  if (text_.isNull()) text_ = load_ ? load_() : WTF::emptyString();
  return text_;
}

void module_provider::drop_payload() {
  from_payload_ = false;
  bytecode_ = nullptr;
}

void module_provider::cacheBytecode(const JSC::BytecodeCacheGenerator& generate) const {
  generated_ = true;
  if (!collecting_) return;
  // Calls keep_module_code, below.
  code_.encoding = this;
  generate();
  code_.encoding = nullptr;
}

void module_provider::updateCache(const JSC::UnlinkedFunctionExecutable* executable, const JSC::SourceCode&, JSC::CodeSpecializationKind kind,
                                  const JSC::UnlinkedFunctionCodeBlock* code_block) const {
  generated_ = true;
  if (!collecting_) return;
  // Encoding takes longer than running does: keep the pieces, encode when the program is done.
  JSC::VM& vm = executable->vm();
  functions_.push_back(
      {{vm, const_cast<JSC::UnlinkedFunctionExecutable*>(executable)}, {vm, const_cast<JSC::UnlinkedFunctionCodeBlock*>(code_block)}, kind});
}

void module_provider::encode_functions(JSC::VM& vm) {
  // Encoding a function takes the functions inside it along, as far as they were compiled. Functions come in
  // the order of their compilation, the outer before the inner, so what was taken along is known by then.
  std::unordered_map<const JSC::JSCell*, std::vector<JSC::JSCell*>> blocks_of;
  for (const auto& f : functions_) blocks_of[f.executable.get()].push_back(f.code_block.get());
  std::unordered_set<const JSC::JSCell*> taken;
  std::vector<JSC::JSCell*> pending;
  const auto take = [&](JSC::JSCell* outer) {
    pending.assign(1, outer);
    while (!pending.empty()) {
      auto* block = JSC::jsCast<JSC::UnlinkedCodeBlock*>(pending.back());
      pending.pop_back();
      if (!taken.insert(block).second) continue;
      const auto descend = [&](JSC::UnlinkedFunctionExecutable* inner) {
        if (const auto at = blocks_of.find(inner); at != blocks_of.end()) pending.insert(pending.end(), at->second.begin(), at->second.end());
      };
      for (unsigned i = 0; i < block->numberOfFunctionDecls(); ++i) descend(block->functionDecl(static_cast<int>(i)));
      for (unsigned i = 0; i < block->numberOfFunctionExprs(); ++i) descend(block->functionExpr(static_cast<int>(i)));
    }
  };
  if (module_code_) take(module_code_.get());
  JSC::CachedBytecode& target = from_payload_ ? *bytecode_ : *collected_;
  for (const auto& f : functions_) {
    if (taken.contains(f.code_block.get())) continue;
    auto* executable = JSC::jsCast<JSC::UnlinkedFunctionExecutable*>(f.executable.get());
    if (!target.leafExecutables().contains(executable)) continue;
    JSC::BytecodeCacheError error;
    auto bytecode = JSC::encodeFunctionCodeBlock(vm, JSC::jsCast<JSC::UnlinkedFunctionCodeBlock*>(f.code_block.get()), error);
    if (!bytecode || error.isValid()) continue;
    target.addFunctionUpdate(executable, f.kind, *bytecode);
    take(f.code_block.get());
  }
  functions_.clear();
}

std::vector<std::byte> module_provider::take_bytecode(JSC::VM& vm) {
  std::vector<std::byte> out;
  const stand_in_scope scope(code_);
  if (module_code_) {
    JSC::BytecodeCacheError error;
    const bool is_module = kind_ == code_kind::module;
    // The engine keeps the provider's names and text with the code. Nobody asks for them, and the code of a text is the same wherever it lies.
    const auto nameless = create(code_, WTF::emptyString(), identity_, length_, {}, {}, kind_);
    const auto bytecode = JSC::serializeBytecode(
        vm, JSC::jsCast<JSC::UnlinkedCodeBlock*>(module_code_.get()), nameless->source_code(), is_module ? module_type : program_type,
        is_module ? JSC::JSParserStrictMode::Strict : JSC::JSParserStrictMode::NotStrict,
        is_module ? JSC::JSParserScriptMode::Module : JSC::JSParserScriptMode::Classic, FileSystem::invalidPlatformFileHandle, error, {});
    if (!bytecode || error.isValid()) return out;
    collected_ = JSC::CachedBytecode::create();
    collected_->addGlobalUpdate(*bytecode);
  }
  if (!from_payload_ && !collected_) return out;
  encode_functions(vm);
  const JSC::CachedBytecode& code = from_payload_ ? *bytecode_ : *collected_;
  if (!code.hasUpdates()) return out;
  out.resize(code.sizeForUpdate());
  std::memcpy(out.data(), code.data(), code.size());
  code.commitUpdates([&](off_t offset, const void* data, std::size_t size) {
    const auto at = static_cast<std::size_t>(offset);
    if (at + size > out.size()) out.resize(at + size);
    std::memcpy(out.data() + at, data, size);
  });
  return out;
}

}  // namespace bmes::jsc
