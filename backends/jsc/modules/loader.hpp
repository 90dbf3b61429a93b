// One program's modules: ECMA-262's loading, linking and evaluating, whether a module's record comes from its source or from a graph.
#pragma once
#include "prelude.hpp"

#include "modules/export_names.hpp"
#include "modules/module.hpp"
#include "modules/record.hpp"
#include "modules/times.hpp"
#include "natives/host.hpp"

#include <bmes/engine.hpp>
#include <bmes/resolve_export.hpp>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

namespace bmes::jsc {

/// The loader of a program, which the hooks of `method_table` find from the global object; the engine's own is not used. The host's
/// modules have a loader of their own, so that they and the program's don't meet.
///
/// When an import() has loaded its module and evaluates it is a function of the graph alone (docs/design.md, "When an import() is done"),
/// the same whether records come from sources or from a file.
class loader {
 public:
  enum class modules_of { program, host };
  loader(JSC::JSGlobalObject*, module_host&, const hash128& fingerprint, bool collect, modules_of);
  ~loader();
  loader(const loader&) = delete;
  loader& operator=(const loader&) = delete;

  static const JSC::GlobalObjectMethodTable method_table;

  void set_host(host& objects) { objects_ = &objects; }
  /// The file has to be validated. Asked for once, before start().
  void set_graph(const v4::file&);
  void forget_graph();
  [[nodiscard]] bool has_graph() const { return graph_ != nullptr; }
  /// Makes the records that start() will need of the graph, which may yet turn out to be stale.
  void read(std::string_view entry);
  /// Modules of the graph whose sources are other ones, ascending; and whether the graph's edges lead where specifiers do.
  void set_freshness(std::span<const std::uint32_t> stale, bool edges_hold);

  /// Loads the entry module and what it requests, and starts it. The promise is the program's.
  JSC::JSPromise* start(std::string_view entry);

  /// Loads, links and evaluates a module that awaits nothing. Its namespace; null with an exception pending.
  JSC::JSObject* require(std::string_view key);

  /// From here on it is kept what takes how long.
  void measure() { times_ = std::make_unique<module_times>(); }
  [[nodiscard]] std::vector<module_span> spans() const { return times_ ? times_->spans() : std::vector<module_span>(); }

  [[nodiscard]] run_counts counts() const;
  [[nodiscard]] bool learned() const;
  [[nodiscard]] harvest collect(const engine_identity&);

  /// What node:module exports: the class of CommonJS modules.
  JSC::JSObject* module_class();

 private:
  using work = module_times::work;

  // loader.cpp: what the engine asks, and the modules by key.
  static JSC::JSInternalPromise* import_hook(JSC::JSGlobalObject*, JSC::JSModuleLoader*, JSC::JSString*, JSC::JSValue, const JSC::SourceOrigin&);
  static JSC::JSObject* import_meta_hook(JSC::JSGlobalObject*, JSC::JSModuleLoader*, JSC::JSValue, JSC::JSModuleRecord*, JSC::JSValue);
  static JSC::EncodedJSValue run_job(JSC::JSGlobalObject*, JSC::CallFrame*);
  module& module_of(std::string_view key);
  void throw_error(const module_error&);
  /// What was thrown, which is cleared; empty where that is what ends the program.
  JSC::JSValue take_exception();
  /// Does `job` in a promise job, `rounds` rounds of them from now: 1 is the next.
  void after(unsigned rounds, std::function<void()> job);

  // load.cpp: LoadRequestedModules. False or null with an exception pending.
  using module_type = JSC::ScriptFetchParameters::Type;
  bool load(module& root);
  bool make_record(module&);
  bool make_builtin_record(module&);
  bool make_source_record(module&);
  void drop_unused_records();
  void forget_known(module&);
  bool compile_source(module&, bool by_require);
  bool compile_by_text(module&, const WTF::String& text, module_format);
  bool erase_types(module&, WTF::String& text, source_language);
  void explain_jsx(module&, const WTF::String& text);
  byte_view payload_of(const v4::module_view&) const;
  byte_view known_code(const source_identity&, code_kind);
  bool make_graph_record(module&);
  bool may_use_graph(const module&);
  bool is_of_known_kind(const module&);
  /// Whether what was seen of the disk before the program began does not count any more.
  [[nodiscard]] bool looks_again() const { return has_started_ && !is_trusting_; }
  bool names_only_its_requests(const v4::module_view&);
  void hold(module&, JSC::AbstractModuleRecord*);
  void add_known_requests(module&);
  module* add_next_request(module&);
  module* resolve(std::string_view referrer, const WTF::String& specifier, module_type);
  module* resolve(const resolution_request&);
  module* builtin(std::string_view specifier);
  bool check_type(const module&, module_type);
  void keep_facts(std::vector<observed_fact>);
  void set_apart(module&);
  void mark_syntax_error(const JSC::SourceCode&, code_kind);
  WTF::String text_of(std::uint32_t index);

  // common_js.cpp: what require() does.
  friend class require_functions;
  common_js_module& common_js_of(module&);
  bool prepare(module&, bool by_require);
  void start_common_js(JSC::JSPromise*);
  JSC::JSFunction* function_of(module&);
  JSC::JSArray* children_of(const module* parent);
  void add_child(const module* parent, JSC::JSObject* child);
  void remove_child(const module* parent, JSC::JSObject* child);
  JSC::JSObject* make_module_object(module&, module* parent, JSC::JSValue exports);
  JSC::JSValue run_common_js(module&, module* parent);
  bool read_again(module&);
  JSC::JSValue exports_of(module&, module* parent);
  JSC::JSValue json_exports(module&, module* parent);
  JSC::JSValue builtin_exports(module&);
  module* required(module& from, const std::string& specifier);
  module* known_edge(module& from, std::string_view specifier);
  JSC::JSValue require(module& from, const std::string& specifier);
  void throw_require_error(const module& from, const module_error&);
  JSC::JSObject* cached_module(const module&);

  // common_js_esm.cpp: where CommonJS and ES modules meet.
  bool make_common_js_record(module&);
  bool execute_common_js(module&);
  bool imports_are_whole(module& root);
  JSC::JSValue require_es_module(module&, module* parent);
  JSC::JSObject* with_es_module_mark(module&);
  bool are_names_current(const module&);
  const std::vector<std::string>& names_of(module&);
  WTF::String source_text_of(module&);

  // import.cpp
  void import_module(const std::string& referrer, const WTF::String& specifier, module_type, const JSC::Strong<JSC::JSPromise>&);
  void reject_after(unsigned rounds, const JSC::Strong<JSC::JSPromise>&, JSC::JSValue error);
  unsigned height_of(module&);

  // exports.cpp
  void bind_exports();

  // link.cpp
  bool link(module&);
  bool make_environment(module&);
  void throw_unresolved(module&);

  // evaluate.cpp
  void evaluate(module&, waiting_promise);
  bool evaluate_graph(module& root, std::vector<module*>& stack);
  bool execute(module&);
  void execute_async(module&);
  void run_async(module&, JSC::JSValue sent, JSC::JSGenerator::ResumeMode);
  void async_module_fulfilled(module&);
  void async_module_rejected(module&, JSC::JSValue error);
  void settle(module&);
  void settle(const waiting_promise&, JSC::JSValue error);

  // collect.cpp
  bool is_learned(const module&) const;
  owned_record collect_module(module&, harvest&);
  void describe_common_js(module&, owned_record&);
  template <class F>
  void for_each_module(F&& f) const {
    for (auto& m : graph_modules_) f(const_cast<module&>(m));
    for (auto& [key, m] : named_) f(const_cast<module&>(m));
  }

  JSC::JSGlobalObject* global_;
  JSC::VM& vm_;
  module_host& modules_;
  hash128 fingerprint_;
  host* objects_ = nullptr;
  bool collect_;
  modules_of whose_;

  JSC::Strong<JSC::JSFunction> run_job_;
  std::deque<std::function<void()>> jobs_;

  std::unordered_map<std::string, module> named_;  // but for those of the graph
  module* entry_ = nullptr;
  bool is_loaded_ = false;  // the entry, and all it requests
  std::unordered_map<std::string, observed_fact> facts_;
  bool facts_contradict_ = false;
  bool has_started_ = false;
  bool is_first_turn_ = false;  // until the code that the program starts with, and its promise jobs, have run
  bool is_trusting_ = false;    // while require() loads what it was asked for in that turn

  const v4::file* graph_ = nullptr;
  std::optional<std::uint32_t> graph_engine_;
  std::unique_ptr<identifier_table> identifiers_;
  std::vector<module> graph_modules_;
  bool edges_hold_ = true;
  std::optional<JSC::DeferGC> no_collection_;  // while records are made that nothing holds yet
  std::optional<export_resolver> resolver_;
  bool any_apart_ = false;
  std::vector<bool> apart_;                  // modules of the graph that do not come from it
  std::optional<std::map<std::pair<hash128, bool>, std::uint32_t>> by_text_;  // modules with code, and whether they are CommonJS
  std::vector<std::uint32_t> requested_by_;  // per string of the graph: the module last seen to request it

  JSC::Strong<JSC::JSObject> module_class_;
  JSC::Strong<JSC::JSObject> module_prototype_;
  JSC::Strong<JSC::JSObject> require_cache_;
  std::deque<std::pair<std::string, module>> require_places_;  // of createRequire()
  std::unique_ptr<export_names> lexer_;

  std::unique_ptr<module_times> times_;  // none, unless the run is measured
  std::vector<module*> unbound_;  // loaded from the graph since exports were bound last
  std::uint32_t visit_count_ = 0;
  std::uint32_t async_evaluation_count_ = 0;
  double load_ms_ = 0;
  std::uint64_t fetched_bytes_ = 0;
  std::uint64_t fetched_modules_ = 0;
};

}  // namespace bmes::jsc
