#include "prelude.hpp"

#include "modules/loader.hpp"
#include "strings.hpp"

#include <algorithm>

namespace bmes::jsc {

// Link and InnerModuleLinking of ECMA-262, with a stack of their own: chains of imports may be long.
bool loader::link(module& root) {
  if (root.is_linked()) return true;
  struct frame {
    module* at;
    std::size_t next = 0;
  };
  using status = module::status_type;
  std::vector<frame> stack;
  std::vector<module*> in_circle;  // the stack of the specification
  std::uint32_t index = 0;
  const auto enter = [&](module& m) {
    m.status = status::linking;
    m.dfs_index = m.dfs_ancestor_index = index++;
    in_circle.push_back(&m);
    stack.push_back({&m});
  };
  enter(root);
  while (!stack.empty()) {
    frame& top = stack.back();
    module& m = *top.at;
    if (top.next < m.requested_modules.size()) {
      module& to = *m.requested_modules[top.next];
      if (to.status == status::unlinked) {
        enter(to);
        continue;
      }
      ++top.next;
      if (to.status == status::linking) m.dfs_ancestor_index = std::min(m.dfs_ancestor_index, to.dfs_ancestor_index);
      continue;
    }
    if (!make_environment(m)) {
      for (module* left : in_circle) left->status = status::unlinked;
      return false;
    }
    if (m.dfs_ancestor_index == m.dfs_index) {
      for (bool is_last = false; !is_last; in_circle.pop_back()) {
        in_circle.back()->status = status::linked;
        is_last = in_circle.back() == &m;
      }
    }
    stack.pop_back();
  }
  return true;
}

// InitializeEnvironment. False with an exception pending.
bool loader::make_environment(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  if (m.has_environment) return true;
  const time_scope time(times_.get(), work::loading, m);
  if (m.kind != module::kind_type::java_script) {
    m.record->link(global_, JSC::jsUndefined());
    RETURN_IF_EXCEPTION(scope, false);
    return m.has_environment = true;
  }
  code_state& code = runtime_of(vm_).code;
  const bool had_payload = m.provider && m.provider->has_payload();
  const auto add_single_imports = [&] {
    if (m.from_graph) add_imports(*m.record, *identifiers_, graph_->module_at(m.in_graph), import_type::single);
  };
  if (!m.imports_are_known) add_single_imports();
  code.is_async = false;
  const auto linked = [&] {
    const stand_in_scope stand_in(code, !m.from_graph || m.has_import_meta);
    return m.record->link(global_, JSC::jsUndefined());
  }();
  if (m.provider && !m.from_graph) m.has_top_level_await = code.is_async;
  if (had_payload && m.provider->generated_code()) {
    // The engine did not take the payload; code was generated from the text.
    m.is_refused = true;
    m.provider->drop_payload();
  }
  if (scope.exception()) {
    throw_unresolved(m);
    return false;
  }
  // Its code asks for them, and the engine would have looked for each.
  if (m.imports_are_known) add_single_imports();
  m.has_top_level_await = linked == JSC::Synchronousness::Async;
  m.has_environment = true;
  return true;
}

// In the place of the engine's error, which comes from whatever name is first in a hash table: the first in the order of names.
void loader::throw_unresolved(module& m) {
  using engine_record = JSC::AbstractModuleRecord;
  using resolution_type = engine_record::Resolution::Type;
  struct wanted {
    WTF::String name, from;
    JSC::Identifier exported;
    engine_record* record;
  };
  const JSC::JSValue thrown = take_exception();
  if (!thrown) return;
  auto scope = DECLARE_THROW_SCOPE(vm_);
  std::vector<wanted> all;
  const auto add = [&](const JSC::Identifier& specifier, const JSC::Identifier& exported) {
    auto* from = m.record->hostResolveImportedModule(global_, specifier);
    if (from) all.push_back({exported.string(), specifier.string(), exported, from});
  };
  const auto first_unresolved = [&] {
    std::ranges::sort(all, [](const wanted& a, const wanted& b) {
      const auto order = WTF::codePointCompare(a.name, b.name);
      return order < 0 || (order == 0 && WTF::codePointCompareLessThan(a.from, b.from));
    });
    for (const wanted& w : all) {
      const auto found = w.record->resolveExport(global_, w.exported);
      if (scope.exception()) return true;
      if (found.type == resolution_type::Resolved) continue;
      const bool ambiguous = found.type == resolution_type::Ambiguous;
      JSC::throwException(global_, scope,
                          JSC::createSyntaxError(global_, WTF::makeString("The requested module '"_s, w.from,
                                                                          ambiguous ? "' contains conflicting star exports for name '"_s
                                                                                    : "' does not provide an export named '"_s,
                                                                          w.name, '\'')));
      return true;
    }
    all.clear();
    return false;
  };
  for (const auto& [name, e] : m.record->exportEntries())
    if (e.type == engine_record::ExportEntry::Type::Indirect) add(e.moduleName, e.importName);
  if (first_unresolved()) return;
  for (const auto& [name, e] : m.record->importEntries())
    if (e.type == engine_record::ImportEntryType::Single) add(e.moduleRequest, e.importName);
  if (first_unresolved()) return;
  JSC::throwException(global_, scope, thrown);
}

}  // namespace bmes::jsc
