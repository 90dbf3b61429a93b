// The engine's view of one module's source: its text, now or when first asked for, and its bytecode.
#pragma once
#include "runtime.hpp"

#include <bmes/engine.hpp>

#include <functional>

namespace bmes::jsc {

struct module;

/// While one of these lives, providers that have bytecode answer for their text with a stand-in.
///
/// The engine keeps the text that bytecode was made from with it, and compares it with the text at hand. Ours is proven before a
/// module is linked, so both are one character, which is no program; what tells sources apart is hash().
class stand_in_scope {
 public:
  /// `has_import_meta`: whether the record that is linked has what its code takes for granted if it uses import.meta.
  explicit stand_in_scope(code_state& code, bool has_import_meta = true) : code_(code) {
    ++code.stand_ins;
    code.refused = false;
    code.has_import_meta = has_import_meta;
  }
  ~stand_in_scope() {
    --code_.stand_ins;
    code_.has_import_meta = true;
  }
  stand_in_scope(const stand_in_scope&) = delete;
  stand_in_scope& operator=(const stand_in_scope&) = delete;

 private:
  code_state& code_;
};

/// How the engine takes a text: as a module, or as a script of one expression, the function around a CommonJS module.
enum class code_kind : std::uint8_t { module, common_js };

/// The text of a CommonJS module as the script that the engine gets.
WTF::String wrapped_common_js(const WTF::String& text);
WTF::String unwrapped_common_js(WTF::StringView script);
/// What the wrapper adds to the length of a text.
unsigned common_js_wrapper_length();
/// Where the text begins in the script.
unsigned common_js_text_start();
/// A place in a text, from 1; 0 where it is not known.
struct text_place {
  unsigned line = 0;
  unsigned column = 0;
};
/// Where the parser stopped.
text_place place_of(const JSC::ParserError&);
/// The column that a file has where the engine counts with the wrapper's text. Both count from 1.
unsigned column_in_file(const JSC::SourceProvider&, unsigned line, unsigned column);

class module_provider final : public JSC::SourceProvider {
 public:
  using text_loader = std::function<WTF::String()>;

  /// A module whose text is at hand.
  static Ref<module_provider> create(code_state&, const WTF::String& key, const source_identity&, WTF::String text, code_kind = code_kind::module);
  /// A module known from a graph: `length` UTF-16 code units, of which `load` gives the text if ever asked.
  /// `bytecode` has to stay for the life of the process.
  static Ref<module_provider> create(code_state&, const WTF::String& key, const source_identity&, unsigned length, byte_view bytecode, text_loader load,
                                     code_kind = code_kind::module);

  unsigned hash() const override;
  WTF::StringView source() const override;
  RefPtr<JSC::CachedBytecode> cachedBytecode() const override { return bytecode_; }
  void cacheBytecode(const JSC::BytecodeCacheGenerator&) const override;
  void updateCache(const JSC::UnlinkedFunctionExecutable*, const JSC::SourceCode&, JSC::CodeSpecializationKind, const JSC::UnlinkedFunctionCodeBlock*) const override;

  /// Offsets are explicit: the engine would ask for the text to learn its length.
  JSC::SourceCode source_code();
  unsigned length() const { return length_; }
  const source_identity& identity() const { return identity_; }
  /// The module that it is the text of, once there is a record: what the engine finds that by.
  module* of() const { return of_; }
  void set_module(module* of) { of_ = of; }
  bool has_payload() const { return from_payload_; }
  /// Whether the engine generated code from the text, of the module or of one of its functions.
  bool generated_code() const { return generated_; }

  /// Uses bytecode of the same text, which has to stay for the life of the process.
  void use(byte_view bytecode);
  /// Gives up the bytecode: the module is compiled from its text.
  void drop_payload();
  /// Keep what the engine generates, for take_bytecode(). Ask before the module is linked.
  void collect() { collecting_ = true; }
  /// The payload with all that was generated since; nothing when that is nothing. Ask once.
  std::vector<std::byte> take_bytecode(JSC::VM&);
  /// Lets go of the engine's objects, which have to be gone before the VM.
  void clear_collected() {
    functions_.clear();
    module_code_.clear();
  }

 private:
  struct generated_function {
    JSC::Strong<JSC::JSCell> executable;
    JSC::Strong<JSC::JSCell> code_block;
    JSC::CodeSpecializationKind kind;
  };
  friend RefPtr<JSC::CachedBytecode> keep_module_code(JSC::VM&, const JSC::SourceCodeKey&, const JSC::UnlinkedCodeBlock*);

  module_provider(code_state&, const WTF::String& key, const source_identity&, WTF::String text, unsigned length, code_kind);
  void encode_functions(JSC::VM&);

  code_state& code_;
  source_identity identity_;
  mutable WTF::String text_;
  unsigned length_;
  code_kind kind_;
  module* of_ = nullptr;
  text_loader load_;
  mutable RefPtr<JSC::CachedBytecode> bytecode_;
  mutable RefPtr<JSC::CachedBytecode> collected_;
  mutable JSC::Strong<JSC::JSCell> module_code_;
  mutable std::vector<generated_function> functions_;
  bool from_payload_ = false;
  bool collecting_ = false;
  mutable bool generated_ = false;
};

/// The file: URL of an absolute path; other keys are URLs or names already.
WTF::URL url_of_key(const WTF::String& key);
/// The path where `url` is a file: URL that says no more than one, or else its text: the key of a module.
WTF::String key_of_url(const WTF::URL& url);

}  // namespace bmes::jsc
