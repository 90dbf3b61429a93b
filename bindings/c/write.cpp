// The writing half of bmes.h.
#include "state.hpp"

/// The graph stays beside the plan that was made of it.
struct bmes_plan {
  bmes::owned_graph graph;
  bmes::v4::plan plan;
};

namespace bmes::c {
namespace {

template <class T>
std::span<const T> array(const T* items, std::size_t count) noexcept {
  return {items, count};
}

hash128 from_c(const bmes_hash128& hash) noexcept { return std::bit_cast<hash128>(hash); }
source_identity from_c(const bmes_source& s) noexcept { return {s.size, from_c(s.hash), s.modification_time, s.change_time, s.device, s.inode}; }

/// Takes over the structs of bmes.h. Numbers that are no enumerators are left to the writer, which refuses them.
class conversion {
 public:
  [[nodiscard]] owned_graph graph(const bmes_graph_record& g) {
    owned_graph out;
    out.entry = g.entry;
    for (const bmes_module_record& m : array(g.modules, g.module_count)) out.modules.push_back(module(m));
    for (const bmes_engine& e : array(g.engines, g.engine_count)) out.engines.push_back({from_c(e.fingerprint), c::from_c(e.description)});
    for (const bmes_fact& f : array(g.facts, g.fact_count))
      out.facts.push_back({c::from_c(f.path), static_cast<fact_kind>(f.kind), from_c(f.identity)});
    return out;
  }
  /// What only this conversion can tell, as the library's type has no such values.
  [[nodiscard]] const error& failure() const noexcept { return failure_; }

 private:
  [[nodiscard]] name name_of(const bmes_name& n, std::string_view field) {
    switch (n.kind) {
      case BMES_NAME_ABSENT:
        return {};
      case BMES_NAME_TEXT:
        return c::from_c(n.text);
      case BMES_NAME_STAR_DEFAULT:
        return name::star_default();
      case BMES_NAME_STAR_NAMESPACE:
        return name::star_namespace();
    }
    if (failure_.code == errc{}) failure_ = {errc::not_representable, 0, field};
    return {};
  }

  [[nodiscard]] owned_record module(const bmes_module_record& m) {
    owned_record out;
    out.url = c::from_c(m.url);
    out.source = from_c(m.source);
    out.source_length = m.source_length;
    out.text = c::from_c(m.text);
    out.flags = m.flags;
    out.reason = static_cast<uncacheable>(m.uncacheable);
    for (const bmes_request_record& r : array(m.requests, m.request_count)) {
      std::vector<import_attribute> with;
      for (const bmes_attribute& a : array(r.attributes, r.attribute_count)) with.push_back({c::from_c(a.key), c::from_c(a.value)});
      out.add_request(c::from_c(r.specifier), std::move(with), static_cast<import_phase>(r.phase), r.resolved);
    }
    for (const bmes_import& e : array(m.imports, m.import_count))
      out.imports.push_back(
          {static_cast<import_type>(e.type), c::from_c(e.module_request), name_of(e.import_name, "import.import_name"), c::from_c(e.local_name)});
    for (const bmes_export& e : array(m.exports, m.export_count))
      out.exports.push_back({static_cast<export_type>(e.type), c::from_c(e.export_name), name_of(e.module_name, "export.module_name"),
                             name_of(e.import_name, "export.target_name"), name_of(e.local_name, "export.target_name")});
    for (const bmes_text& s : array(m.stars, m.star_count)) out.stars.push_back({c::from_c(s)});
    for (const bmes_variable& v : array(m.variables, m.variable_count))
      out.variables.push_back({name_of(v.name, "variable.name"), static_cast<variable_scope>(v.scope), v.bits});
    for (const bmes_payload_record& p : array(m.payloads, m.payload_count)) out.payloads.push_back({p.engine, c::from_c(p.bytes)});
    return out;
  }

  error failure_{};
};

/// Lays out the graph that make(graph) gives.
template <class F>
bmes_error lay_out(const bmes_graph_record& from, bmes_plan** to, F&& make) {
  *to = nullptr;
  auto out = std::make_unique<bmes_plan>();
  conversion convert;
  owned_graph graph = convert.graph(from);
  if (convert.failure().code != errc{}) return c::to_c(convert.failure());
  if (const auto made = make(*out, std::move(graph)); !made) return c::to_c(made.error());
  auto plan = v4::plan::make(out->graph.view());
  if (!plan) return c::to_c(plan.error());
  out->plan = *std::move(plan);
  *to = out.release();
  return {};
}

}  // namespace
}  // namespace bmes::c

using namespace bmes;

bmes_error bmes_plan_new(const bmes_graph_record* graph, bmes_plan** plan) {
  return c::lay_out(*graph, plan, [](bmes_plan& out, owned_graph&& converted) -> result<ok> {
    out.graph = std::move(converted);
    return ok{};
  });
}

bmes_error bmes_merge(const bmes_file* file, const bmes_graph_record* graph, bmes_plan** plan) {
  *plan = nullptr;
  const auto& f = c::state(file);
  if (f.version != v4::version) return c::to_c(error{errc::unsupported_version, wire_rep<std::uint32_t>::size, "version"});
  return c::lay_out(*graph, plan, [&](bmes_plan& out, owned_graph&& converted) -> result<ok> {
    auto merged = merge(converted.view(), f.graph);
    if (!merged) return merged.error();
    out.graph = *std::move(merged);
    return ok{};
  });
}

std::uint64_t bmes_size(const bmes_plan* plan) { return plan->plan.size(); }

bmes_error bmes_write(const bmes_plan* plan, void* out, std::size_t capacity) {
  return c::to_c(plan->plan.write({static_cast<std::byte*>(out), capacity}).error());
}

void bmes_plan_free(bmes_plan* plan) { delete plan; }
