#include "portable_graph.hpp"

#include "renamed_file.hpp"

#include <bmes/cache_graph.hpp>
#include <bmes/v4_write.hpp>
#include <deque>

namespace bmes::fleet {
namespace {

source_identity without_times(const source_identity& s) { return {s.size, s.hash, 0, 0, 0, 0}; }

bool is_absolute(std::string_view specifier) { return specifier.starts_with('/') || specifier.starts_with("file:"); }

}  // namespace

result<portable_graph> to_portable(const v4::file& file, const hash128& engine, const project_paths& paths) {
  if (!file.find_engine(engine)) return error{errc::engine_mismatch, 0, "engine.fingerprint"};
  portable_graph out;
  std::deque<std::string> names;
  const auto rename = [&](std::string_view key) -> std::string_view {
    const std::string& name = names.emplace_back(paths.to_portable(key));
    out.is_bound_to_depth = out.is_bound_to_depth || project_paths::is_outside(name);
    return name;
  };
  owned_graph graph = to_owned(file);
  bmes::detail::keep_engine(graph, engine);
  owned_graph facts;
  for (owned_record& m : graph.modules) {
    m.url = rename(m.url);
    m.source = without_times(m.source);
    for (module_request& r : m.requests)
      if (is_absolute(r.specifier)) r.resolved = external;
    owned_record& bare = facts.modules.emplace_back();
    bare.url = m.url;
    bare.source = m.source;
    bare.reason = uncacheable::no_bytecode;
  }
  for (resolution_fact& f : graph.facts) {
    f.path = rename(f.path);
    f.identity = without_times(f.identity);
  }
  facts.facts = graph.facts;
  auto graph_bytes = v4::to_bytes(graph.view());
  if (!graph_bytes) return graph_bytes.error();
  auto facts_bytes = v4::to_bytes(facts.view());
  if (!facts_bytes) return facts_bytes.error();
  out.graph = std::move(*graph_bytes);
  out.facts = std::move(*facts_bytes);
  return out;
}

bool is_made_from(const v4::file& graph, const v4::file& facts) {
  const auto is_same = [](const source_identity& a, const source_identity& b) { return a.size == b.size && same_hash(a.hash, b.hash); };
  const auto ours = graph.facts(), theirs = facts.facts();
  if (graph.module_count() != facts.module_count() || ours.size() != theirs.size()) return false;
  for (std::uint32_t i = 0; i < graph.module_count(); ++i) {
    const auto a = graph.module_at(i), b = facts.module_at(i);
    if (a.url() != b.url() || !is_same(a.source(), b.source())) return false;
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const resolution_fact a = ours[i], b = theirs[i];
    if (a.path != b.path || a.kind != b.kind || !is_same(a.identity, b.identity)) return false;
  }
  return true;
}

namespace {

result<std::unique_ptr<stored_bytes>> written_anew(const v4::file& file, const rename_function& rename) {
  owned_graph graph = to_owned(file);
  std::deque<std::string> names;
  for (owned_record& m : graph.modules) {
    auto to = rename(m.url, m.source);
    if (!to) return error{errc::not_representable, 0, "module.url"};
    m.url = std::move(to->name);
    m.source = to->identity;
  }
  for (resolution_fact& f : graph.facts) {
    auto to = rename(f.path, f.identity);
    if (!to) return error{errc::not_representable, 0, "fact.path"};
    f.path = names.emplace_back(std::move(to->name));
    f.identity = to->identity;
  }
  const auto record = graph.view();
  const auto plan = v4::plan::make(record);
  if (!plan) return plan.error();
  // Payloads are used where they lie, which vectors don't align them for.
  auto out = packing::make_pages(static_cast<std::size_t>(plan->size()));
  if (!out) return error{errc::limit_exceeded, 0, "header.file_size"};
  if (const auto written = plan->write(out->writable()); !written) return written.error();
  out->seal();
  return std::unique_ptr<stored_bytes>(std::move(out));
}

}  // namespace

result<std::unique_ptr<stored_bytes>> to_local(std::unique_ptr<packing::pages> graph, const v4::file& file, const project_paths& paths,
                                               const std::function<source_identity(const std::string& key)>& identity_of) {
  const auto rename = [&](std::string_view name, const source_identity& known) -> std::optional<new_name> {
    auto local = paths.to_local(name);
    if (!local) return std::nullopt;
    // What was found here counts only for the text that the graph was made from.
    source_identity now = identity_of(*local);
    if (now.size != known.size || !same_hash(now.hash, known.hash)) now = known;
    return new_name{std::move(*local), now};
  };
  if (!rename_in_place(*graph, file, rename)) return written_anew(file, rename);
  graph->seal();
  return std::unique_ptr<stored_bytes>(std::move(graph));
}

packing::parcel_room room_to_move(const v4::file& facts, const project_paths& paths) {
  return room_for_names(facts.module_count() + facts.facts().size(), paths.most_growth());
}

}  // namespace bmes::fleet
