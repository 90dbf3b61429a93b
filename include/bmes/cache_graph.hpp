#pragma once
#include <algorithm>
#include <bmes/engine.hpp>
#include <bmes/freshness.hpp>
#include <bmes/merge.hpp>
#include <map>
#include <set>
#include <string_view>
#include <vector>

// What becomes of a graph on its way into the cache.

namespace bmes::detail {

/// Takes modules out of a graph. Edges to what is gone have to be resolved again.
inline void remove_modules(owned_graph& graph, const std::vector<bool>& is_gone) {
  std::vector<std::uint32_t> place(graph.modules.size(), external);
  std::uint32_t kept = 0;
  for (std::size_t i = 0; i < place.size(); ++i) {
    if (is_gone[i]) continue;
    place[i] = kept;
    if (kept != i) graph.modules[kept] = std::move(graph.modules[i]);
    ++kept;
  }
  while (graph.modules.size() > kept) graph.modules.pop_back();
  for (owned_record& m : graph.modules)
    for (module_request& r : m.requests)
      if (r.resolved != external) r.resolved = place[r.resolved];
  if (graph.entry != external) graph.entry = place[graph.entry];
}

/// Takes the code of all engines but one out of a graph.
inline void keep_engine(owned_graph& graph, const hash128& fingerprint) {
  const auto at = std::ranges::find(graph.engines, fingerprint, &engine_identity::fingerprint);
  const auto kept = static_cast<std::uint32_t>(at - graph.engines.begin());
  for (owned_record& m : graph.modules) {
    std::erase_if(m.payloads, [&](const payload& p) { return p.engine != kept; });
    for (payload& p : m.payloads) p.engine = 0;
  }
  if (at == graph.engines.end()) graph.engines.clear();
  if (!graph.engines.empty()) graph.engines = {*at};
}

/// Gives `m`, whose engine knows of requests only, the rest of what the file says about the same text.
inline void complete_record(owned_record& m, const v4::file& file, std::size_t modules_before) {
  const auto at = file.find_module(m.url);
  if (!at) return;
  owned_record full = bmes::to_owned(file.module_at(*at));
  if (full.source.size != m.source.size || full.source.hash != m.source.hash || m.source.hash == hash128{}) return;
  for (module_request& r : full.requests) {
    if (r.resolved != external) r.resolved += static_cast<std::uint32_t>(modules_before);
    for (const module_request& known : m.requests)
      if (known.resolved != external && known.specifier == r.specifier && known.phase == r.phase &&
          std::ranges::equal(known.attributes, r.attributes))
        r.resolved = known.resolved;
  }
  full.source = m.source;
  full.payloads = std::move(m.payloads);
  m = std::move(full);
}

/// Says of modules that have neither code nor a whole record that they have to be compiled.
inline void mark_bare(owned_graph& graph) {
  for (owned_record& m : graph.modules)
    if (m.payloads.empty() && m.reason == uncacheable::none) m.reason = uncacheable::no_bytecode;
}

/// Of two that contradict each other the first is kept: the next start finds that it does not hold, and resolves again.
inline void add_facts(harvest& learned) {
  std::set<std::string_view> known;
  for (const resolution_fact& f : learned.graph.facts) known.insert(f.path);
  for (const observed_fact& f : learned.facts)
    if (known.insert(f.path).second) learned.graph.facts.push_back(f.view());
}

/// What was learned, with what the entry has and still holds.
[[nodiscard]] inline result<owned_graph> add_found(harvest& learned, const v4::file& file, const freshness& changes) {
  const std::size_t new_modules = learned.graph.modules.size();
  if (learned.requests_only)
    for (owned_record& m : learned.graph.modules) complete_record(m, file, new_modules);
  auto merged = merge(learned.graph.view(), file);
  if (!merged) return merged;
  if (!changes.edges_hold()) {
    merged->facts.resize(learned.graph.facts.size());
    for (std::size_t i = new_modules; i < merged->modules.size(); ++i)
      for (module_request& r : merged->modules[i].requests) r.resolved = external;
  }
  std::set<std::string_view> changed;
  for (const source_change& m : changes.modules) changed.insert(m.path);
  std::vector<bool> is_gone(merged->modules.size());
  for (std::size_t i = new_modules; i < is_gone.size(); ++i) is_gone[i] = changed.contains(merged->modules[i].url);
  if (!changed.empty()) remove_modules(*merged, is_gone);
  std::map<std::string_view, source_identity> renewed;
  for (const renewed_source& r : changes.renewed) renewed.emplace(r.path, r.identity);
  const auto renew = [&](std::string_view path, source_identity& known) {
    if (const auto at = renewed.find(path); at != renewed.end() && at->second.hash == known.hash) known = at->second;
  };
  for (owned_record& m : merged->modules) renew(m.url, m.source);
  for (resolution_fact& f : merged->facts) renew(f.path, f.identity);
  return merged;
}

}  // namespace bmes::detail
