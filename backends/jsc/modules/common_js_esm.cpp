#include "prelude.hpp"

#include "modules/loader.hpp"
#include "strings.hpp"

#include <algorithm>

// Where CommonJS and ES modules meet: imports of CommonJS modules, and require() of ES modules.

namespace bmes::jsc {

WTF::String loader::source_text_of(module& m) {
  if (m.from_graph) return text_of(m.in_graph);
  return m.provider ? unwrapped_common_js(m.provider->source()) : WTF::emptyString();
}

// Whether the names that the graph has are those of now: some may be other modules', which this one re-exports.
bool loader::are_names_current(const module& m) {
  if (!edges_hold_) return false;
  if (!looks_again() && !any_apart_) return true;
  std::vector<std::uint32_t> pending{m.in_graph};
  std::vector<bool> seen(graph_modules_.size());
  while (!pending.empty()) {
    const auto at = graph_->module_at(pending.back());
    pending.pop_back();
    for (const v4::request_row r : at.request_rows()) {
      const auto to = static_cast<std::uint32_t>(r.resolved);
      if (to == external || seen[to] || has(graph_->module_at(to).flags(), module_flags::strict)) continue;
      if (apart_[to] || (looks_again() && !modules_.is_fresh(to))) return false;
      seen[to] = true;
      pending.push_back(to);
    }
  }
  return true;
}

// The names that importers may use. Of a module that says it re-exports another one, that one's too.
const std::vector<std::string>& loader::names_of(module& m) {
  common_js_module& c = common_js_of(m);
  if (c.has_names && m.from_graph && !c.names_found && !are_names_current(m)) c.names.clear(), c.has_names = false;
  if (c.has_names) return c.names;
  c.has_names = true;
  if (m.from_graph) c.names_found = true;
  if (!lexer_) lexer_ = std::make_unique<export_names>(vm_);
  auto found = lexer_->of(source_text_of(m));
  for (const std::string& specifier : found.reexports) {
    module* const to = required(m, specifier);
    const bool is_usable = to && !to->is_builtin() && prepare(*to, true);
    if (!is_usable) {
      // It is the program's to throw, if it comes that far.
      take_exception();
      continue;
    }
    if (to->kind != module::kind_type::common_js) continue;
    const auto& names = names_of(*to);
    found.names.insert(found.names.end(), names.begin(), names.end());
  }
  std::ranges::sort(found.names);
  found.names.erase(std::unique(found.names.begin(), found.names.end()), found.names.end());
  std::erase_if(found.names, [](const std::string& name) { return name == "default" || name == "module.exports"; });
  c.names = std::move(found.names);
  c.names.push_back("module.exports");
  return c.names;
}

bool loader::make_common_js_record(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  WTF::Vector<JSC::Identifier, 4> names{vm_.propertyNames->defaultKeyword};
  for (const std::string& name : names_of(m)) names.append(JSC::Identifier::fromString(vm_, to_wtf(name)));
  JSC::MarkedArgumentBuffer values;
  for (std::size_t i = 0; i < names.size(); ++i) values.append(JSC::jsUndefined());
  auto* record = JSC::SyntheticModuleRecord::tryCreateWithExportNamesAndValues(global_, JSC::Identifier::fromString(vm_, to_wtf(m.key)), names, values);
  RETURN_IF_EXCEPTION(scope, false);
  hold(m, record);
  return true;
}

// The module's code runs, unless require() ran it before; then its exports get the values that they have now.
bool loader::execute_common_js(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const JSC::JSValue exports = exports_of(m, nullptr);
  RETURN_IF_EXCEPTION(scope, false);
  // The class is not in the headers that come with the library; its base is.
  auto* environment = JSC::jsCast<JSC::JSLexicalEnvironment*>(std::bit_cast<JSC::JSCell*>(m.record->moduleEnvironment()));
  const auto put = [&](const JSC::Identifier& name, JSC::JSValue value) {
    bool done = false;
    JSC::symbolTablePutInvalidateWatchpointSet(environment, global_, name, value, false, true, done);
  };
  put(vm_.propertyNames->defaultKeyword, exports);
  for (const std::string& name : m.common_js->names) {
    const auto identifier = JSC::Identifier::fromString(vm_, to_wtf(name));
    if (name == "module.exports") {
      put(identifier, exports);
      continue;
    }
    if (!exports.isObject()) continue;
    const JSC::JSValue value = exports.get(global_, identifier);
    if (scope.exception()) {
      // A getter that throws leaves the name undefined.
      if (!take_exception()) return false;
      continue;
    }
    put(identifier, value);
  }
  return true;
}

// Whether no CommonJS module below `root` is in the middle of running: its exports, which an import would copy, are not all there. False with an
// exception pending.
bool loader::imports_are_whole(module& root) {
  const std::uint32_t visit = ++visit_count_;
  std::vector<module*> pending{&root};
  while (!pending.empty()) {
    module& at = *pending.back();
    pending.pop_back();
    for (std::size_t i = 0; i < at.requested_modules.size(); ++i) {
      module& to = *at.requested_modules[i];
      if (to.is_linked() || std::exchange(to.visited_by, visit) == visit) continue;
      pending.push_back(&to);
      auto* const running = to.kind == module::kind_type::common_js ? cached_module(to) : nullptr;
      if (!running || running->getDirect(vm_, JSC::Identifier::fromString(vm_, "loaded"_s)) != JSC::jsBoolean(false)) continue;
      const auto specifier = at.record->requestedModules()[i].m_specifier->utf8();
      throw_error({"ERR_REQUIRE_CYCLE_MODULE", "Cannot import CommonJS Module " + std::string(specifier.data(), specifier.length()) + " in a cycle. (from " +
                                                   std::string(at.key) + ")"});
      return false;
    }
  }
  return true;
}

JSC::JSValue loader::require_es_module(module& m, module* parent) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  using status = module::status_type;
  const auto any_below = [&](auto&& is_so) {
    const std::uint32_t visit = ++visit_count_;
    std::vector<module*> pending{&m};
    m.visited_by = visit;
    while (!pending.empty()) {
      module& at = *pending.back();
      pending.pop_back();
      if (is_so(at)) return true;
      for (module* to : at.requested_modules)
        if (std::exchange(to->visited_by, visit) != visit) pending.push_back(to);
    }
    return false;
  };
  const std::string from = parent ? std::string(parent->key) : std::string();
  if (!m.is_linked()) {
    const bool was_trusting = std::exchange(is_trusting_, is_first_turn_ && !runtime_of(vm_).disk_changed);
    const bool is_ready = load(m) && imports_are_whole(m) && link(m);
    is_trusting_ = was_trusting;
    if (!is_ready) return {};
  }
  if (any_below([](const module& at) { return at.has_top_level_await; })) {
    throw_error({"ERR_REQUIRE_ASYNC_MODULE", "require() cannot be used on an ESM graph with top-level await. Use import() instead. To see where the "
                                             "top-level await comes from, use --experimental-print-required-tla.\n  From " +
                                                 from + " \n  Requiring " + std::string(m.key)});
    return {};
  }
  if (any_below([](const module& at) { return at.status == status::evaluating; })) {
    throw_error({"ERR_REQUIRE_CYCLE_MODULE", "Cannot require() ES Module " + std::string(m.key) + " in a cycle." +
                                                 (from.empty() ? std::string() : " (from " + from + ")") +
                                                 " A cycle involving require(esm) is not allowed to maintain invariants mandated by the ECMAScript specification. "
                                                 "Try making at least part of the dependency in the graph lazily loaded."});
    return {};
  }
  module& root = m.cycle_root ? *m.cycle_root : m;
  std::vector<module*> stack;
  if (root.status == status::linked && !evaluate_graph(root, stack)) {
    const JSC::JSValue error = take_exception();
    if (!error) return {};
    for (module* left : stack) {
      left->status = status::evaluated;
      left->evaluation_error.set(vm_, error);
    }
    JSC::throwException(global_, scope, error);
    return {};
  }
  if (root.evaluation_error) {
    JSC::throwException(global_, scope, root.evaluation_error.get());
    return {};
  }
  auto* space = m.record->getModuleNamespace(global_);
  RETURN_IF_EXCEPTION(scope, {});
  const auto has = [&](const JSC::Identifier& name) { return space->hasProperty(global_, name); };
  const auto whole = JSC::Identifier::fromString(vm_, "module.exports"_s), mark = JSC::Identifier::fromString(vm_, "__esModule"_s);
  JSC::JSValue exports = space;
  if (has(whole)) {
    exports = space->get(global_, whole);
  } else if (has(vm_.propertyNames->defaultKeyword) && !has(mark)) {
    exports = with_es_module_mark(m);
  }
  RETURN_IF_EXCEPTION(scope, {});
  auto* object = make_module_object(m, parent, exports);
  RETURN_IF_EXCEPTION(scope, {});
  object->putDirect(vm_, JSC::Identifier::fromString(vm_, "loaded"_s), JSC::jsBoolean(true));
  return exports;
}

// Tools that turn ES modules into CommonJS look for this mark where there is a default export: the namespace of a module that re-exports all
// of this one, and has it.
JSC::JSObject* loader::with_es_module_mark(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const auto key = JSC::Identifier::fromString(vm_, to_wtf(m.key)), mark = JSC::Identifier::fromString(vm_, "__esModule"_s);
  JSC::MarkedArgumentBuffer values;
  values.append(JSC::jsBoolean(true));
  auto* record = JSC::SyntheticModuleRecord::tryCreateWithExportNamesAndValues(global_, key, {mark}, values);
  RETURN_IF_EXCEPTION(scope, nullptr);
  using entry = JSC::AbstractModuleRecord::ExportEntry;
  record->appendRequestedModule(key, nullptr);
  record->addStarExportEntry(key);
  const auto& name = vm_.propertyNames->defaultKeyword;
  record->addExportEntry(entry::createIndirect(name, name, key));
  runtime_of(vm_).marked.insert_or_assign(record, m.record);
  RELEASE_AND_RETURN(scope, record->getModuleNamespace(global_));
}

}  // namespace bmes::jsc
