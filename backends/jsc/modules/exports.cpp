#include "prelude.hpp"

#include "modules/loader.hpp"
#include "private_members.hpp"

#include <algorithm>

// Linking asks the engine where each imported name is bound. It looks through the re-exports for each name anew: for a
// package whose main module re-exports hundreds of others with stars, that was a fifth of a warm start. Each record keeps
// the answers it gave; here they are put there before the first question.

namespace bmes::jsc {

template struct opened<&JSC::AbstractModuleRecord::cacheResolution, struct cache_resolution>;

namespace {

using engine_record = JSC::AbstractModuleRecord;

}  // namespace

void loader::bind_exports() {
  const auto loaded = std::exchange(unbound_, {});
  if (loaded.empty()) return;
  using module_kind = module::kind_type;
  std::vector<bool> has_all(graph_modules_.size());
  const auto resolver = [&]() -> export_resolver& {
    if (!resolver_) {
      resolver_.emplace(*graph_);
      for (std::uint32_t i = 0; i < apart_.size(); ++i)
        if (apart_[i]) resolver_->leave_out(i);
    }
    return *resolver_;
  };
  const auto bind = [&](std::uint32_t module, std::uint32_t export_name, const exported_binding& to) {
    if (to.module == module) return;
    engine_record* record = graph_modules_[module].record;
    engine_record* target = graph_modules_[to.module].record;
    if (!record || !target) return;
    (record->*member_of<cache_resolution>())((*identifiers_)[v4::string_ref{export_name}].impl(),
                                  {engine_record::Resolution::Type::Resolved, target, (*identifiers_)[to.local_name]});
  };
  const auto bind_all = [&](std::uint32_t module) {
    if (has_all[module]) return;
    has_all[module] = true;
    for (const exported_binding& e : resolver().exports_of(module))
      if (e.is_known()) bind(module, e.export_name, e);
  };
  // After a load that failed, what it did not come to is not.
  const auto is_there = [&](std::uint32_t module) {
    return graph_modules_[module].is_loaded() && graph_modules_[module].kind == module_kind::java_script;
  };
  // Whether the engine, when it links, would find the name and make nothing of it.
  const auto bind_one = [&](std::uint32_t module, std::uint32_t export_name) {
    // What a module binds itself the engine finds at once, and keeping it would only take memory.
    const auto rows = graph_->module_at(module).export_rows();
    const auto own = std::ranges::lower_bound(rows, v4::string_ref{export_name}, {}, &v4::export_row::export_name);
    if (own != rows.end() && (*own).export_name == v4::string_ref{export_name} && (*own).type == export_type::local)
      return is_there(module);
    const auto to = resolver().find(module, export_name);
    if (!to) return false;
    if (!has_all[module]) bind(module, export_name, *to);
    if (to->local_name == v4::name_ref::star_namespace) {
      bind_all(to->module);
      return false;
    }
    return is_there(to->module);
  };

  std::vector<std::uint32_t> leads_to(graph_->string_count(), external);
  for (module* const m : loaded) {
    const std::uint32_t index = m->in_graph;
    if (apart_[index]) continue;
    const auto view = graph_->module_at(index);
    for (const v4::request_row r : view.request_rows()) leads_to[static_cast<std::uint32_t>(r.specifier)] = static_cast<std::uint32_t>(r.resolved);
    for (const v4::export_row e : view.export_rows())
      if (e.type == export_type::indirect) bind_one(index, static_cast<std::uint32_t>(e.export_name));
    m->imports_are_known = m->kind == module_kind::java_script;
    for (const v4::import_row e : view.import_rows()) {
      const std::uint32_t from = leads_to[static_cast<std::uint32_t>(e.module_request)];
      const bool is_known_module = from != external && !apart_[from];
      if (e.type == import_type::namespace_object) {
        if (is_known_module) bind_all(from);
      } else if (!is_known_module || !bind_one(from, static_cast<std::uint32_t>(e.import_name))) {
        m->imports_are_known = false;
      }
    }
  }
}

}  // namespace bmes::jsc
