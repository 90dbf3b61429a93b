#include "prelude.hpp"

#include "loader.hpp"
#include "strings.hpp"

#include <algorithm>
#include <wtf/Scope.h>

// The warm path: a program's modules from its graph. Records and edges come from the file; the engine links
// and evaluates what it finds in its registry, with the semantics it always has.

namespace bmes::jsc {

void loader::set_graph(const v4::file& file) {
  graph_ = &file;
  graph_engine_ = file.find_engine(fingerprint_);
  identifiers_ = std::make_unique<identifier_table>(vm_, file);
  graph_modules_.resize(file.module_count());
  requested_by_.assign(file.string_count(), external);
}

void loader::forget_graph() {
  graph_ = nullptr;
  graph_modules_.clear();
  resolver_.reset();
  identifiers_.reset();
  unregistered_.clear();
  no_collection_.reset();
}

void loader::read(std::string_view entry) {
  if (const auto index = graph_->find_module(entry)) make_records(*index);
}

WTF::String loader::text_of(std::uint32_t index) {
  const auto text = modules_.text_of(index);
  return text ? decode_source(*text) : WTF::emptyString();
}

JSC::AbstractModuleRecord* loader::make_graph_record(std::uint32_t index, graph_module& m) {
  const auto view = graph_->module_at(index);
  const JSC::Identifier& key = (*identifiers_)[view.row().url];
  if (view.reason() == uncacheable::not_java_script) {
    auto provider = JSC::StringSourceProvider::create(text_of(index), JSC::SourceOrigin(url_of_key(key.string())), key.string(),
                                                      JSC::SourceTaintedOrigin::Untainted, WTF::TextPosition(), JSC::SourceProviderSourceType::JSON);
    m.hit = true;
    return JSC::SyntheticModuleRecord::parseJSONModule(global_, key, JSC::SourceCode(WTFMove(provider)));
  }
  if (view.reason() != uncacheable::none) return nullptr;
  byte_view bytecode;
  for (const v4::payload_view p : view.payloads())
    if (graph_engine_ && p.engine == *graph_engine_) bytecode = graph_->unproven_payload_bytes(p.blob);
  m.provider = module_provider::create(key.string(), view.source(), view.row().source_length, bytecode, [this, index] { return text_of(index); });
  if (collect_) m.provider->collect();
  m.hit = !bytecode.empty();
  m.has_import_meta = has(view.flags(), module_flags::import_meta);
  return make_record(global_, *identifiers_, view, key, *m.provider);
}

JSC::JSObject* loader::host_module_entry(const JSC::Identifier& key) {
  if (auto* entry = registry_.find(key)) return registry_.record_of(entry) ? entry : nullptr;
  const auto source = objects_->builtin_source(to_utf8(key.string()).value_or(""));
  if (!source) return nullptr;
  WTF::Vector<JSC::Identifier, 4> names;
  JSC::MarkedArgumentBuffer values;
  static_cast<JSC::SyntheticSourceProvider&>(*source).generate(global_, key, names, values);
  auto* record = JSC::SyntheticModuleRecord::tryCreateWithExportNamesAndValues(global_, key, names, values);
  if (!record) return nullptr;
  auto* entry = registry_.add(key, record);
  registry_.set_dependencies(entry, record, {}, {});
  return entry;
}

// The engine looks a specifier up among the module's requests and relies on finding it.
bool loader::names_only_its_requests(const v4::module_view& view) const {
  const auto requested = [&](auto ref) {
    const auto index = static_cast<std::uint32_t>(ref);
    return index < requested_by_.size() && requested_by_[index] == view.index();
  };
  for (const v4::import_row e : view.import_rows())
    if (!requested(e.module_request)) return false;
  for (const v4::export_row e : view.export_rows())
    if (e.type != export_type::local && !requested(e.module_name)) return false;
  for (const v4::star_row s : view.star_rows())
    if (!requested(s.module_name)) return false;
  return true;
}

// The records of all modules that `entry` needs and that are not there yet. False, and nothing made, when one of them
// has to come from its source: then the engine's loader does the work.
bool loader::make_records(std::uint32_t entry) {
  std::vector<std::uint32_t> order{entry};
  std::vector<bool> seen(graph_modules_.size());
  seen[entry] = true;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto view = graph_->module_at(order[i]);
    const bool json = view.reason() == uncacheable::not_java_script;
    if (view.reason() != uncacheable::none && !json) return false;
    if (registry_.find((*identifiers_)[view.row().url])) return false;
    for (const v4::request_row r : view.request_rows()) {
      const auto to = static_cast<std::uint32_t>(r.resolved);
      requested_by_[static_cast<std::uint32_t>(r.specifier)] = order[i];
      if (to == external) {
        if (!host::is_builtin(graph_->text(r.specifier))) return false;
      } else if (!seen[to] && !graph_modules_[to].entry) {
        seen[to] = true;
        order.push_back(to);
      }
    }
    if (!names_only_its_requests(view)) return false;
  }

  no_collection_.emplace(vm_);
  for (const std::uint32_t index : order) {
    graph_module& m = graph_modules_[index];
    m.record = make_graph_record(index, m);
    if (!m.record) {
      auto catcher = DECLARE_CATCH_SCOPE(vm_);
      catcher.clearException();
      for (const std::uint32_t made : order) graph_modules_[made] = {};
      no_collection_.reset();
      return false;
    }
  }
  unregistered_ = std::move(order);
  return true;
}

// The modules that `entry` needs, in the engine's registry. A text that is no JSON was found before it knows of any of them.
bool loader::fill(std::uint32_t entry) {
  if (graph_modules_[entry].entry) return true;
  if ((unregistered_.empty() || unregistered_.front() != entry) && !make_records(entry)) return false;
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const auto order = std::exchange(unregistered_, {});
  const auto allow_collection = makeScopeExit([&] { no_collection_.reset(); });
  for (const std::uint32_t index : order) {
    graph_module& m = graph_modules_[index];
    m.entry = registry_.add((*identifiers_)[graph_->module_at(index).row().url], m.record);
  }
  std::vector<JSC::Identifier> names;
  std::vector<JSC::JSObject*> entries;
  for (const std::uint32_t index : order) {
    graph_module& m = graph_modules_[index];
    names.clear();
    entries.clear();
    for (const v4::request_row r : graph_->module_at(index).request_rows()) {
      const auto to = static_cast<std::uint32_t>(r.resolved);
      m.dependencies.push_back(to);
      names.push_back((*identifiers_)[r.specifier]);
      if (to == external) {
        const auto key = JSC::Identifier::fromString(vm_, to_wtf(host::canonical_name(graph_->text(r.specifier))));
        entries.push_back(host_module_entry(key));
      } else {
        entries.push_back(graph_modules_[to].entry);
      }
      RETURN_IF_EXCEPTION(scope, false);
    }
    registry_.set_dependencies(m.entry, m.record, names, entries);
    RETURN_IF_EXCEPTION(scope, false);
  }
  bind_exports(order);
  return true;
}

void loader::link_module(graph_module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const bool had_payload = m.provider && m.provider->has_payload();
  // link() relies on there being code, so where it is generated from text that may not be what the record says, it is
  // asked for before. (A payload that is refused has text of the right length, if it is ASCII.)
  if (m.provider && (!had_payload || m.provider->length() != m.provider->identity().size)) {
    const stand_in_scope stand_in;
    const auto* executable = JSC::ModuleProgramExecutable::create(global_, m.provider->source_code());
    RETURN_IF_EXCEPTION(scope, void());
    if (!executable) {
      JSC::throwException(global_, scope, JSC::createSyntaxError(global_, "the cached record does not fit the module's text"_s));
      return;
    }
  }
  const auto linked = [&] {
    const stand_in_scope stand_in(m.has_import_meta);
    return m.record->link(global_, JSC::jsUndefined());
  }();
  RETURN_IF_EXCEPTION(scope, void());
  if (had_payload && m.provider->generated_code()) {
    // The engine did not take the payload; code was generated from the text.
    ++refused_;
    m.hit = false;
    m.provider->drop_payload();
  }
  m.is_async = linked == JSC::Synchronousness::Async;
}

// As the engine's loader does it, depth first and dependencies first, but without its recursion.
void loader::link(std::uint32_t entry) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  struct frame {
    std::uint32_t index;
    std::size_t next = 0;
    bool has_async_dependency = false;
  };
  if (graph_modules_[entry].linked) return;
  std::vector<frame> stack{{entry}};
  graph_modules_[entry].linked = true;
  while (!stack.empty()) {
    frame& top = stack.back();
    graph_module& m = graph_modules_[top.index];
    if (top.next < m.dependencies.size()) {
      const std::uint32_t to = m.dependencies[top.next++];
      if (to == external) {
        // A module of the host: nothing to await, linked once.
        const auto view = graph_->module_at(top.index);
        const auto name = host::canonical_name(graph_->text(view.request_rows()[top.next - 1].specifier));
        auto* host_entry = registry_.find(JSC::Identifier::fromString(vm_, to_wtf(name)));
        registry_.record_of(host_entry)->link(global_, JSC::jsUndefined());
        registry_.mark_linked(host_entry, false);
      } else if (!graph_modules_[to].linked) {
        graph_modules_[to].linked = true;
        stack.push_back({to});
      } else {
        top.has_async_dependency |= graph_modules_[to].is_async;
      }
      continue;
    }
    link_module(m);
    if (scope.exception()) break;
    m.is_async |= top.has_async_dependency;
    registry_.mark_linked(m.entry, m.is_async);
    const bool is_async = m.is_async;
    stack.pop_back();
    if (!stack.empty()) stack.back().has_async_dependency |= is_async;
  }
  if (auto* exception = scope.exception())
    for (const frame& f : stack) registry_.mark_link_failed(graph_modules_[f.index].entry, exception->value());
}

JSC::JSPromise* loader::evaluate(std::uint32_t entry) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const auto rejected = [&] { return JSC::JSInternalPromise::create(vm_, global_->internalPromiseStructure())->rejectWithCaughtException(global_, scope); };
  if (graph_modules_[entry].is_async) {
    auto* engine_loader = global_->moduleLoader();
    const auto function = engine_loader->get(global_, JSC::Identifier::fromString(vm_, "moduleEvaluation"_s));
    JSC::MarkedArgumentBuffer arguments;
    arguments.append(graph_modules_[entry].entry);
    arguments.append(JSC::jsUndefined());
    const auto done = JSC::call(global_, function, JSC::getCallData(function), engine_loader, arguments);
    if (scope.exception()) RELEASE_AND_RETURN(scope, rejected());
    if (auto* result = JSC::jsDynamicCast<JSC::JSPromise*>(done)) return result;
    return fulfilled(global_, JSC::jsUndefined());
  }
  struct frame {
    std::uint32_t index;
    std::size_t next = 0;
  };
  std::vector<frame> stack;
  const auto enter = [&](std::uint32_t index) {
    graph_module& m = graph_modules_[index];
    if (m.evaluated) return;
    m.evaluated = true;
    registry_.mark_evaluated(m.entry);
    stack.push_back({index});
  };
  enter(entry);
  while (!stack.empty()) {
    frame& top = stack.back();
    const graph_module& m = graph_modules_[top.index];
    if (top.next < m.dependencies.size()) {
      const std::uint32_t to = m.dependencies[top.next++];
      if (to != external) enter(to);
      continue;
    }
    m.record->evaluate(global_, JSC::jsUndefined(), JSC::jsUndefined());
    if (scope.exception()) RELEASE_AND_RETURN(scope, rejected());
    stack.pop_back();
  }
  return fulfilled(global_, JSC::jsUndefined());
}

}  // namespace bmes::jsc
