// One program's modules: loading them from sources, or from a graph, and what became of them.
#pragma once
#include "prelude.hpp"

#include "host/host.hpp"
#include "provider.hpp"
#include "record.hpp"
#include "registry.hpp"

#include <bmes/engine.hpp>
#include <bmes/resolve_export.hpp>

#include <map>
#include <string>
#include <unordered_map>

namespace bmes::jsc {

/// The loader of one global object; the hooks of `method_table` lead to the current one.
class loader {
 public:
  loader(JSC::JSGlobalObject*, module_host&, const hash128& fingerprint, bool collect);
  ~loader();
  loader(const loader&) = delete;
  loader& operator=(const loader&) = delete;

  static const JSC::GlobalObjectMethodTable method_table;

  void set_host(host& objects) { objects_ = &objects; }
  void set_graph(const v4::file&);
  void forget_graph();
  [[nodiscard]] bool has_graph() const { return graph_ != nullptr; }

  /// Makes the records of the modules that start() will need of the graph.
  void read(std::string_view entry);

  /// Loads the entry module and what it requests, and starts it. The promise is the program's.
  JSC::JSPromise* start(std::string_view entry);

  [[nodiscard]] run_counts counts() const;
  [[nodiscard]] harvest collect(const engine_identity&);

 private:
  struct source_module {
    RefPtr<module_provider> provider;  ///< none for JSON
    source_identity identity;
    unsigned length = 0;
    std::string text;
    bool is_async = false;
    bool uses_import_meta = false;
  };
  struct graph_module {
    RefPtr<module_provider> provider;
    JSC::AbstractModuleRecord* record = nullptr;  // kept alive by the registry
    JSC::JSObject* entry = nullptr;
    std::vector<std::uint32_t> dependencies;  // modules of the graph; `external` for modules of the host
    bool has_import_meta = false;
    bool is_async = false;
    bool linked = false;
    bool evaluated = false;
    bool hit = false;
  };

  // loader.cpp: the engine asks.
  static loader* current;
  static JSC::JSInternalPromise* import_hook(JSC::JSGlobalObject*, JSC::JSModuleLoader*, JSC::JSString*, JSC::JSValue, const JSC::SourceOrigin&);
  static JSC::Identifier resolve_hook(JSC::JSGlobalObject*, JSC::JSModuleLoader*, JSC::JSValue, JSC::JSValue, JSC::JSValue);
  static JSC::JSInternalPromise* fetch_hook(JSC::JSGlobalObject*, JSC::JSModuleLoader*, JSC::JSValue, JSC::JSValue, JSC::JSValue);
  static JSC::JSObject* import_meta_hook(JSC::JSGlobalObject*, JSC::JSModuleLoader*, JSC::JSValue, JSC::JSModuleRecord*, JSC::JSValue);
  static JSC::EncodedJSValue link_hook(JSC::JSGlobalObject*, JSC::CallFrame*);
  WTF::String resolve(const WTF::String& specifier, const WTF::String& referrer, std::string& error);
  JSC::JSSourceCode* fetch(const WTF::String& key, JSC::JSValue parameters, std::string& error);

  // graph.cpp: from a graph, without the engine's loader.
  bool fill(std::uint32_t entry);
  bool make_records(std::uint32_t entry);
  bool names_only_its_requests(const v4::module_view&) const;
  JSC::JSObject* host_module_entry(const JSC::Identifier& key);
  JSC::AbstractModuleRecord* make_graph_record(std::uint32_t index, graph_module&);
  void bind_exports(const std::vector<std::uint32_t>& modules);
  void link(std::uint32_t entry);
  void link_module(graph_module&);
  JSC::JSPromise* evaluate(std::uint32_t entry);
  WTF::String text_of(std::uint32_t index);

  // collect.cpp
  owned_record collect_source_module(const std::string& key, source_module&, harvest&);

  JSC::JSGlobalObject* global_;
  JSC::VM& vm_;
  module_host& modules_;
  hash128 fingerprint_;
  host* objects_ = nullptr;
  bool collect_;
  module_registry registry_;
  std::string entry_;
  std::unordered_map<std::string, source_module> sources_;
  std::vector<observed_fact> facts_;  // what the specifiers resolved so far rest on

  const v4::file* graph_ = nullptr;
  std::optional<std::uint32_t> graph_engine_;
  std::unique_ptr<identifier_table> identifiers_;
  std::vector<graph_module> graph_modules_;
  std::vector<std::uint32_t> unregistered_;  // modules whose records were made for the first of them
  std::optional<JSC::DeferGC> no_collection_;  // while there are such
  std::optional<export_resolver> resolver_;
  std::vector<std::uint32_t> requested_by_;  // per string of the graph: the module last seen to request it
  std::uint32_t refused_ = 0;
  bool from_graph_ = false;
  double load_ms_ = 0;
  std::uint64_t fetched_bytes_ = 0;
};

/// A promise of the engine that is rejected with the exception at hand, which is cleared.
JSC::JSInternalPromise* rejected_with_exception(JSC::JSGlobalObject*);

}  // namespace bmes::jsc
