// The modules of a program as V8 knows them, made from sources or from a file, and linked without Node's loader.
#pragma once

#include "payload.hpp"
#include "text.hpp"

#include <bmes/engine.hpp>
#include <functional>
#include <unordered_map>

namespace bmes::v8_backend {

[[nodiscard]] std::string to_utf8(v8::Isolate*, v8::Local<v8::Value>);
[[nodiscard]] v8::Local<v8::String> to_string(v8::Isolate*, std::string_view utf8);

/// A ModuleRequest of V8's, and where it leads.
struct request {
  std::string specifier;
  std::vector<std::pair<std::string, std::string>> attributes;
  import_phase phase = import_phase::evaluation;
  std::uint32_t to = external;  ///< index in the registry
};

struct module_entry {
  std::string url;  ///< as Node says it
  std::string key;  ///< as files say it: an absolute path where that says all
  module_kind kind = module_kind::source;
  v8::Global<v8::Module> module;
  v8::Global<v8::UnboundModuleScript> script;  ///< of a source: code is made from it even if the module has failed
  v8::Global<v8::Function> function;  ///< of a CommonJS module that ran
  v8::Global<v8::Object> exports;     ///< of a builtin
  std::vector<v8::Global<v8::String>> names;  ///< of the exports of a module that is evaluated here
  std::vector<request> requests;
  std::shared_ptr<source_text> text;
  std::string bytes;  ///< the source as read, where the file does not have it
  std::string stripped;  ///< of TypeScript: what Node made of the source, where the file does not have it
  std::uint32_t source_length = 0;  ///< of TypeScript: of the source, in UTF-16 code units
  source_identity source;
  module_notes notes;
  std::uint32_t in_file = external;
  std::uint8_t renewals = 0;
  std::size_t code_size = 0;  ///< of the code it was made with
  bool uses_import = false;
  bool is_type_script = false;
  bool is_plain = true;
  bool was_hit = false;      ///< code from the file
  bool was_refused = false;  ///< code from the file, which V8 did not take
  bool notes_changed = false;
  bool is_forgotten = false;  ///< made for an import that failed
  bool linked_early = false;  ///< for an import() whose time to evaluate has not come

  /// The source and its text, of an entry that has nothing else.
  void take_source_of(module_entry&& other) {
    text = std::move(other.text);
    bytes = std::move(other.bytes);
    stripped = std::move(other.stripped);
    source = other.source;
    source_length = other.source_length;
    in_file = other.in_file;
    uses_import = other.uses_import;
    is_type_script = other.is_type_script;
  }
};

/// What is done in JavaScript, when it is needed.
struct package_callbacks {
  v8::Global<v8::Function> importer;     ///< (url) -> a function whose import() is that of the module at `url`
  v8::Global<v8::Function> plain;        ///< whose script's import() knows no module
  v8::Global<v8::Object> module_class;   ///< require('module')
  v8::Global<v8::Object> process;
  std::function<v8::MaybeLocal<v8::Value>(std::string_view name, std::vector<v8::Local<v8::Value>> arguments)> call;  ///< of loader.js
};

class registry {
 public:
  explicit registry(v8::Isolate* isolate) : isolate_(isolate) {}
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;
  ~registry();

  package_callbacks callbacks;

  [[nodiscard]] std::vector<module_entry>& entries() noexcept { return entries_; }
  [[nodiscard]] const std::vector<module_entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] std::uint32_t find(std::string_view url) const;
  std::uint32_t add(module_entry entry);
  /// Entries from `count` on are not found any more.
  void forget(std::uint32_t count);
  [[nodiscard]] v8::Isolate* isolate() const noexcept { return isolate_; }

  /// Each returns false with an exception pending when it fails.
  [[nodiscard]] bool compile(std::uint32_t index, byte_view code, v8::Local<v8::Context> context);
  /// Of a builtin, JSON, or a CommonJS module whose names are in its notes.
  [[nodiscard]] bool make_synthetic(std::uint32_t index, v8::Local<v8::Context> context);
  /// Index of the builtin at `url`; external with or without an exception where there is none.
  [[nodiscard]] std::uint32_t builtin(const std::string& url, v8::Local<v8::Context> context);
  /// Takes the exports of all builtins anew.
  void sync_builtins(v8::Local<v8::Context> context);
  /// What import() means in the text of the module or function at `url`.
  [[nodiscard]] v8::MaybeLocal<v8::Data> import_options(const module_entry&, v8::Local<v8::Context> context);
  [[nodiscard]] bool instantiate(std::uint32_t index, v8::Local<v8::Context> context);
  [[nodiscard]] v8::MaybeLocal<v8::Value> evaluate(std::uint32_t index, v8::Local<v8::Context> context);
  void read_requests(std::uint32_t index, v8::Local<v8::Context> context);

  [[nodiscard]] bool set_values(std::uint32_t index, v8::Local<v8::Value> exports, v8::Local<v8::Context> context);
  [[nodiscard]] std::uint32_t index_of(v8::Local<v8::Module>);
  [[nodiscard]] v8::MaybeLocal<v8::Value> evaluate_synthetic(v8::Local<v8::Context>, v8::Local<v8::Module>);
  [[nodiscard]] v8::MaybeLocal<v8::Module> resolve(v8::Local<v8::Context>, v8::Local<v8::String>, v8::Local<v8::FixedArray>, v8::Local<v8::Module>);
  [[nodiscard]] v8::MaybeLocal<v8::Module> resolve(std::size_t request, v8::Local<v8::Module> referrer);

 private:
  void place(std::uint32_t index, v8::Local<v8::Module>);

  v8::Isolate* isolate_;
  std::vector<module_entry> entries_;
  std::unordered_map<std::string, std::uint32_t> by_url_;
  std::unordered_multimap<int, std::uint32_t> by_identity_;
  std::size_t next_request_ = 0;
  std::uint32_t last_referrer_ = external;
};

/// The registry of this thread: V8's callbacks are given nothing to find it with.
[[nodiscard]] registry*& current_registry();

}  // namespace bmes::v8_backend
