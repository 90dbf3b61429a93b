#include "prelude.hpp"

#include "modules/erase_types.hpp"
#include "modules/loader.hpp"
#include "strings.hpp"

#include <algorithm>
#include <map>

// After the run: what a next start can use and the graph at hand has not.

namespace bmes::jsc {

bool loader::is_learned(const module& m) const {
  if (m.is_builtin() || !m.is_loaded()) return false;
  if (m.from_graph) {
    // A module that was found and not loaded can't be the end of an edge.
    const auto can_be_kept = [&](const module* to) { return to->is_loaded() || (to->in_graph != external && !apart_[to->in_graph]); };
    const bool has_new_edges = m.common_js && std::ranges::any_of(m.common_js->found, can_be_kept);
    return m.edges_changed || m.was_compiled() || has_new_edges || (m.common_js && m.common_js->names_found);
  }
  if (m.in_graph == external) return true;
  // That a module of this text can't be kept is known. Where the record is another engine's, of which this one has nothing, it can.
  const auto known = graph_->module_at(m.in_graph);
  const bool is_kept = known.reason() == uncacheable::none || known.reason() == uncacheable::not_java_script || known.reason() == uncacheable::no_bytecode;
  return is_kept || known.source().hash != m.source.hash;
}

bool loader::learned() const {
  bool any = false;
  for_each_module([&](const module& m) { any = any || is_learned(m); });
  return any && is_loaded_;
}

// What it required, and the names that importers may use. That these are known is told by there being a default export.
void loader::describe_common_js(module& m, owned_record& made) {
  const common_js_module& c = *m.common_js;
  for (const auto& [specifier, to] : c.edges) {
    const auto is_same = [&](const module_request& r) { return r.specifier == specifier; };
    if (std::ranges::none_of(made.requests, is_same)) made.add_request(made.keep(specifier), {});
  }
  if (!c.has_names) return;
  made.exports.clear();
  const auto add = [&](std::string_view name) { made.exports.push_back({export_type::local, name, {}, {}, name}); };
  for (const std::string& name : c.names) add(made.keep(name));
  add("default");
  std::ranges::sort(made.exports, {}, &export_entry::export_name);
}

owned_record loader::collect_module(module& m, harvest& out) {
  owned_record made;
  if (m.from_graph) {
    made = to_owned(graph_->module_at(m.in_graph));
    made.payloads.clear();  // merging adds those of other engines
  } else if (m.kind == module::kind_type::common_js) {
    made.flags = 0;  // not strict, as no ES module is
  } else if (auto* java_script = m.record ? JSC::jsDynamicCast<JSC::JSModuleRecord*>(m.record) : nullptr) {
    made = read_record(*java_script);
    if (m.has_top_level_await) made.flags |= static_cast<std::uint32_t>(module_flags::top_level_await);
  } else {
    made.reason = uncacheable::not_java_script;
  }
  if (m.kind == module::kind_type::common_js) describe_common_js(m, made);
  if (m.provider && m.was_compiled()) {
    auto bytecode = m.provider->take_bytecode(vm_);
    if (!bytecode.empty() && m.is_typescript)
      append_erasure(bytecode, m.from_graph ? split_payload(payload_of(graph_->module_at(m.in_graph))).erasure : byte_view(m.erasure));
    if (!bytecode.empty()) made.payloads.push_back({0, out.storage.emplace_back(std::move(bytecode))});
  }
  if (m.from_graph) return made;
  if (m.is_typescript) made.flags |= static_cast<std::uint32_t>(module_flags::type_script);
  made.url = m.key;
  made.source = m.source;
  made.source_length = m.source_length;
  return made;
}

harvest loader::collect(const engine_identity& identity) {
  harvest out;
  const JSC::DeferGC no_collection(vm_);
  out.complete = is_loaded_;
  if (!out.complete) return out;
  out.graph.engines.push_back(identity);

  std::vector<module*> from;
  std::unordered_map<const module*, std::uint32_t> places;
  for_each_module([&](module& m) {
    if (!is_learned(m)) return;
    places.emplace(&m, static_cast<std::uint32_t>(from.size()));
    from.push_back(&m);
  });
  const auto learned_count = static_cast<std::uint32_t>(from.size());
  const auto place_of = [&](const module& m) {
    if (const auto at = places.find(&m); at != places.end()) return at->second;
    return m.in_graph == external || m.is_builtin() ? external : learned_count + m.in_graph;
  };

  // Modules with the same text may share their code, which the engine reports to the first of them only.
  struct shared_code {
    std::optional<std::uint32_t> with_bytecode;
    std::vector<std::uint32_t> without;
  };
  std::map<std::pair<hash128, bool>, shared_code> by_text;
  for (std::uint32_t place = 0; place < learned_count; ++place) {
    module& m = *from[place];
    owned_record& made = out.graph.modules.emplace_back(collect_module(m, out));
    for (std::size_t i = 0; i < made.requests.size(); ++i) {
      std::uint32_t& resolved = made.requests[i].resolved;
      const module* to = i < m.requested_modules.size() ? m.requested_modules[i] : nullptr;
      if (m.kind == module::kind_type::common_js) {
        const auto at = m.common_js->by_specifier.find(std::string(made.requests[i].specifier));
        to = at == m.common_js->by_specifier.end() ? nullptr : at->second;
        // What this run did not require still leads where the graph says.
        if (!to && m.from_graph && edges_hold_ && resolved != external && !apart_[resolved]) to = &graph_modules_[resolved];
      }
      resolved = to && !facts_contradict_ ? place_of(*to) : external;
    }
    if (!m.from_graph) out.texts.emplace_back(place, std::move(m.text));
    if (made.reason != uncacheable::none) continue;
    shared_code& code = by_text[{code_identity(m.source, m.is_typescript).hash, m.kind == module::kind_type::common_js}];
    if (made.payloads.empty()) {
      // What the graph has of its own stays.
      if (!m.from_graph || payload_of(graph_->module_at(m.in_graph)).empty()) code.without.push_back(place);
    } else {
      code.with_bytecode = place;
    }
  }
  for (const auto& [text, code] : by_text) {
    if (code.without.empty()) continue;
    std::vector<payload> shared;
    if (code.with_bytecode) {
      shared = out.graph.modules[*code.with_bytecode].payloads;
    } else if (const byte_view known = known_code({0, text.first, 0, 0}, text.second ? code_kind::common_js : code_kind::module); !known.empty()) {
      shared.push_back({0, known});
    }
    for (const std::uint32_t place : code.without) out.graph.modules[place].payloads = shared;
  }

  out.graph.entry = place_of(*entry_);
  for (auto& [path, fact] : facts_)
    if (!facts_contradict_) out.facts.push_back(std::move(fact));
  out.changed = learned_count != 0;
  return out;
}

}  // namespace bmes::jsc
