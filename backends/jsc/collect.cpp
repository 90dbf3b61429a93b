#include "prelude.hpp"

#include "loader.hpp"
#include "strings.hpp"

// After the run: everything that a next start can use, from the engine's registry and the graph at hand.

namespace bmes::jsc {
namespace {

// Whether the entry and all that it requests, directly or not, is in the graph or part of the host.
bool is_closed(const owned_graph& graph) {
  std::vector<std::uint32_t> pending{graph.entry};
  std::vector<bool> seen(graph.modules.size());
  seen[graph.entry] = true;
  while (!pending.empty()) {
    const owned_record& m = graph.modules[pending.back()];
    pending.pop_back();
    for (const module_request& r : m.requests) {
      if (r.resolved == external) {
        if (!host::is_builtin(r.specifier)) return false;
      } else if (!seen[r.resolved]) {
        seen[r.resolved] = true;
        pending.push_back(r.resolved);
      }
    }
  }
  return true;
}

}  // namespace

owned_record loader::collect_source_module(const std::string& key, source_module& m, harvest& out) {
  auto* entry = registry_.find(JSC::Identifier::fromString(vm_, to_wtf(key)));
  auto* record = entry ? registry_.record_of(entry) : nullptr;
  owned_record made;
  if (auto* java_script = JSC::jsDynamicCast<JSC::JSModuleRecord*>(record)) {
    made = read_record(*java_script);
    if (m.is_async) made.flags |= static_cast<std::uint32_t>(module_flags::top_level_await);
    if (m.uses_import_meta) made.flags |= static_cast<std::uint32_t>(module_flags::import_meta);
    if (m.provider) {
      auto bytecode = m.provider->take_bytecode(vm_);
      if (!bytecode.empty()) {
        made.payloads.push_back({0, out.storage.emplace_back(std::move(bytecode))});
      }
    }
  } else {
    made.reason = uncacheable::not_java_script;
  }
  made.url = key;
  made.source = m.identity;
  made.source_length = m.length;
  return made;
}

harvest loader::collect(const engine_identity& identity) {
  harvest out;
  out.facts = std::move(facts_);
  const JSC::DeferGC no_collection(vm_);
  std::unordered_map<std::string, std::uint32_t> places;

  // Modules with the same text share their code, which the engine reports to the first of them only.
  struct shared_code {
    std::optional<std::uint32_t> with_bytecode;
    std::vector<std::uint32_t> without;
  };
  std::map<hash128, shared_code> by_text;

  if (graph_) {
    out.graph = to_owned(*graph_);
    for (std::uint32_t i = 0; i < out.graph.modules.size(); ++i) places[out.graph.modules[i].url] = i;
  }
  std::uint32_t engine = 0;
  while (engine < out.graph.engines.size() && out.graph.engines[engine].fingerprint != identity.fingerprint) ++engine;
  if (engine == out.graph.engines.size()) out.graph.engines.push_back(identity);

  for (std::uint32_t i = 0; i < graph_modules_.size(); ++i) {
    graph_module& m = graph_modules_[i];
    if (!m.provider || !m.provider->generated_code()) continue;
    auto bytecode = m.provider->take_bytecode(vm_);
    if (bytecode.empty()) continue;
    auto& payloads = out.graph.modules[i].payloads;
    std::erase_if(payloads, [&](const payload& p) { return p.engine == engine; });
    payloads.push_back({engine, out.storage.emplace_back(std::move(bytecode))});
    out.changed = true;
  }

  std::vector<std::uint32_t> from_sources;
  for (auto& [key, m] : sources_) {
    auto* entry = registry_.find(JSC::Identifier::fromString(vm_, to_wtf(key)));
    if (!entry || !registry_.record_of(entry)) continue;
    // One that the graph has too could not be used from there, so it is replaced.
    const auto [at, is_new] = places.try_emplace(key, static_cast<std::uint32_t>(out.graph.modules.size()));
    const auto place = at->second;
    if (is_new) out.graph.modules.emplace_back();
    owned_record& made = out.graph.modules[place];
    made = collect_source_module(key, m, out);
    from_sources.push_back(place);
    out.texts.emplace_back(place, std::move(m.text));
    for (payload& p : made.payloads) p.engine = engine;
    if (made.reason == uncacheable::none) {
      shared_code& code = by_text[m.identity.hash];
      if (made.payloads.empty()) {
        code.without.push_back(place);
      } else {
        code.with_bytecode = place;
      }
    }
    out.changed = true;
  }
  for (const auto& [hash, code] : by_text)
    for (const std::uint32_t place : code.without)
      if (code.with_bytecode) out.graph.modules[place].payloads = out.graph.modules[*code.with_bytecode].payloads;

  for (const std::uint32_t place : from_sources) {
    owned_record& made = out.graph.modules[place];
    auto* entry = registry_.find(JSC::Identifier::fromString(vm_, to_wtf(made.url)));
    const auto keys = registry_.dependency_keys(entry);
    for (std::size_t i = 0; i < made.requests.size() && i < keys.size(); ++i)
      if (const auto to = places.find(to_utf8(keys[i]).value_or("")); to != places.end()) made.requests[i].resolved = to->second;
  }
  const auto entry_place = places.find(entry_);
  if (entry_place != places.end()) {
    out.graph.entry = entry_place->second;
    out.complete = is_closed(out.graph);
  }
  return out;
}

}  // namespace bmes::jsc
