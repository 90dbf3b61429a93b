// One module of a program: the engine's record, and what loading, linking and evaluating keep about it.
#pragma once
#include "prelude.hpp"

#include "code/provider.hpp"

#include <bmes/module.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bmes::jsc {

struct module;

/// A promise of the program, settled some rounds of promise jobs after a module has been evaluated: with the namespace of `of`, or with
/// undefined where there is none.
struct waiting_promise {
  JSC::Strong<JSC::JSPromise> promise;
  module* of = nullptr;
  unsigned rounds = 0;
};

/// What a CommonJS module has beside, or in the place of, a record.
struct common_js_module {
  bool is_prepared = false;                  ///< there is code, or JSON
  bool has_names = false;                    ///< `names` are known
  bool names_found = false;                  ///< the graph has none
  std::vector<std::string> names;            ///< that importers may name, beside `default` and `module.exports`
  WTF::String json;                          ///< the text of JSON
  JSC::Strong<JSC::JSFunction> function;     ///< the text inside a function of exports, require, module, __filename and __dirname
  JSC::Strong<JSC::JSObject> current;        ///< its `module`, the last one
  module* parent = nullptr;                  ///< that required it first
  JSC::Strong<JSC::JSObject> require;
  std::vector<std::pair<std::string, module*>> edges;  ///< what it required, in the order of the first calls
  std::unordered_map<std::string, module*> by_specifier;
  std::vector<module*> found;                ///< what it required without an edge of the graph
  std::size_t next_row = 0;                  ///< of the graph's edges: where the next call is looked for first
};

/// A Cyclic Module Record (ECMA-262, 16.2.1.6). The names of what it holds are those of the specification.
struct module {
  /// `fresh` is a module of which only the key is known.
  enum class status_type : std::uint8_t { fresh, unlinked, linking, linked, evaluating, evaluating_async, evaluated };
  /// What its text is. `by_text` is not known before the text is.
  enum class kind_type : std::uint8_t { java_script, common_js, json, builtin };
  static constexpr std::uint32_t not_async = 0;
  static constexpr std::uint32_t async_done = 0xFFFFFFFF;

  std::string_view key;
  std::uint32_t in_graph = external;  ///< its index in the graph at hand, whether or not it comes from there
  JSC::AbstractModuleRecord* record = nullptr;
  JSC::Strong<JSC::JSCell> held_record;  ///< once it is part of the program
  RefPtr<module_provider> provider;  ///< none for JSON and modules of the host
  std::vector<module*> requested_modules;  ///< as the record's requests are
  std::unordered_map<const WTF::UniquedStringImpl*, module*> by_request;  ///< the same, of a module that has many
  std::unique_ptr<common_js_module> common_js;  ///< of a CommonJS module that was loaded, and of JSON that was required

  source_identity source;
  unsigned source_length = 0;
  std::string text;  ///< of a source that is to be kept
  bool is_typescript = false;
  std::vector<std::byte> erasure;  ///< of its types, if it is to be kept

  status_type status = status_type::fresh;
  kind_type kind = kind_type::java_script;
  bool from_graph = false;       ///< its record was rebuilt from the graph
  bool edges_changed = false;    ///< the graph has other edges for it, or none that hold
  bool has_import_meta = false;  ///< what the graph says of its code; a wrong payload may say something else
  bool has_top_level_await = false;
  bool imports_are_known = false;  ///< the graph says where each single name is bound that it imports
  bool has_environment = false;  ///< the engine has linked the record; it does so once
  bool was_parsed = false;       ///< its record comes from its text, or would, had that been a module
  bool is_refused = false;       ///< the engine did not take its payload

  std::uint32_t visited_by = 0;  ///< the walk through the graph that came here last
  std::uint32_t dfs_index = 0;
  std::uint32_t dfs_ancestor_index = 0;
  std::uint32_t async_evaluation_order = not_async;
  std::uint32_t pending_async_dependencies = 0;
  module* cycle_root = nullptr;
  std::vector<module*> async_parent_modules;
  std::vector<JSC::Strong<JSC::JSPromise>> importers;  ///< of import()s that wait for its evaluation to begin
  std::vector<waiting_promise> top_level_capability;
  JSC::Strong<JSC::Unknown> link_error;  ///< why no graph that it is the root of can be linked
  JSC::Strong<JSC::Unknown> evaluation_error;

  [[nodiscard]] bool is_builtin() const { return kind == kind_type::builtin; }
  /// Whether there is a record or code of it: a module that was asked for and never loaded is not of the program.
  [[nodiscard]] bool is_loaded() const { return status != status_type::fresh || (common_js && common_js->is_prepared); }
  [[nodiscard]] bool is_linked() const { return status >= status_type::linked; }
  [[nodiscard]] bool is_async() const { return async_evaluation_order != not_async && async_evaluation_order != async_done; }
  /// Whether code was generated from its text, of the module or of one of its functions.
  [[nodiscard]] bool was_compiled() const { return provider && provider->generated_code(); }
};

}  // namespace bmes::jsc
