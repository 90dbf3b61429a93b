#include "prelude.hpp"

#include "modules/erase_types.hpp"
#include "modules/loader.hpp"
#include "patches/huge_pages.hpp"
#include "strings.hpp"

#include <chrono>

// LoadRequestedModules: a module's record comes from the graph where that was made from the module's present source, and else from its
// source. Modules are loaded depth first, in the order of their requests, so that of several errors the first is the same every time.

namespace bmes::jsc {
namespace {

bool is_json(std::string_view key) {
  // A name that begins with its only dot has no extension.
  if (key.starts_with('/')) return key.ends_with(".json") && !key.ends_with("/.json");
  if (key.starts_with("data:")) return key.starts_with("data:application/json");
  return url_of_key(to_wtf(key)).path().endsWith(".json"_s);
}

/// Null, and an exception pending, where the text is no JSON.
JSC::AbstractModuleRecord* json_record(JSC::JSGlobalObject* global, const JSC::Identifier& key, const WTF::String& text) {
  auto provider = JSC::StringSourceProvider::create(text, JSC::SourceOrigin(url_of_key(key.string())), key.string(),
                                                    JSC::SourceTaintedOrigin::Untainted, WTF::TextPosition(), JSC::SourceProviderSourceType::JSON);
  return JSC::SyntheticModuleRecord::parseJSONModule(global, key, JSC::SourceCode(WTFMove(provider)));
}

}  // namespace

// The engine's error names the line. The column takes another look, which only a program that ends pays for.
void loader::mark_syntax_error(const JSC::SourceCode& source, code_kind kind) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  auto* const exception = scope.exception();
  auto* const error = exception ? JSC::jsDynamicCast<JSC::ErrorInstance*>(exception->value()) : nullptr;
  if (!error) return;
  JSC::ParserError found;
  if (kind == code_kind::module) {
    JSC::checkModuleSyntax(global_, source, found);
  } else {
    JSC::checkSyntax(vm_, source, found);
  }
  if (!found.isValid()) return;
  const auto [line, column] = place_of(found);
  jsc::mark_syntax_error(global_, error, line, column_in_file(*source.provider(), line, column));
}

void loader::set_graph(const v4::file& file) {
  graph_ = &file;
  graph_engine_ = file.find_engine(fingerprint_);
  identifiers_ = std::make_unique<identifier_table>(vm_, file);
  graph_modules_ = std::vector<module>(file.module_count());
  for (std::uint32_t i = 0; i < graph_modules_.size(); ++i) {
    graph_modules_[i].in_graph = i;
    graph_modules_[i].key = file.text(file.module_at(i).row().url);
  }
  apart_.assign(file.module_count(), false);
  requested_by_.assign(file.string_count(), external);
}

void loader::forget_graph() {
  graph_ = nullptr;
  graph_engine_.reset();
  graph_modules_.clear();
  apart_.clear();
  identifiers_.reset();
  no_collection_.reset();
}

void loader::set_freshness(std::span<const std::uint32_t> stale, bool edges_hold) {
  edges_hold_ = edges_hold;
  for (const std::uint32_t index : stale)
    if (index < graph_modules_.size()) set_apart(graph_modules_[index]);
}

// Its source is another one, or its edges are: what the graph says of its exports does not count.
void loader::set_apart(module& m) {
  if (m.in_graph == external || apart_[m.in_graph]) return;
  apart_[m.in_graph] = any_apart_ = true;
  resolver_.reset();
}

void loader::read(std::string_view entry) {
  const auto first = graph_->find_module(entry);
  if (!first) return;
  no_collection_.emplace(vm_);
  std::vector<std::uint32_t> order{*first};
  std::vector<bool> seen(graph_modules_.size());
  seen[*first] = true;
  for (std::size_t i = 0; i < order.size(); ++i) {
    module& m = graph_modules_[order[i]];
    const time_scope time(times_.get(), work::loading, m);
    if (!may_use_graph(m) || !make_graph_record(m) || m.kind != module::kind_type::java_script) continue;
    for (const v4::request_row r : graph_->module_at(order[i]).request_rows()) {
      const auto to = static_cast<std::uint32_t>(r.resolved);
      if (to == external || seen[to]) continue;
      seen[to] = true;
      order.push_back(to);
    }
  }
}

JSC::JSPromise* loader::start(std::string_view entry) {
  auto scope = DECLARE_CATCH_SCOPE(vm_);
  const auto begun = std::chrono::steady_clock::now();
  auto* promise = JSC::JSPromise::create(vm_, global_->promiseStructure());
  entry_ = &module_of(entry);
  const bool is_prepared = prepare(*entry_, true);
  const bool is_common_js = is_prepared && entry_->common_js;
  is_loaded_ = is_common_js || (is_prepared && load(*entry_));
  const bool is_ready = is_common_js || (is_loaded_ && link(*entry_));
  drop_unused_records();
  has_started_ = true;
  is_first_turn_ = true;
  load_ms_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  if (is_common_js) {
    start_common_js(promise);
    return promise;
  }
  if (is_ready) {
    evaluate(*entry_, {{vm_, promise}, nullptr, 0});
  } else if (const JSC::JSValue error = take_exception()) {
    promise->reject(global_, error);
  }
  // A program starts inside a promise job, so its promise jobs run before its process.nextTick.
  if (!scope.exception()) vm_.drainMicrotasks();
  if (scope.exception()) scope.clearException();
  is_first_turn_ = false;
  return promise;
}

// What was made before and is not needed is not held.
void loader::drop_unused_records() {
  for (module& m : graph_modules_)
    if (m.status == module::status_type::fresh) m.record = nullptr, m.held_record.clear();
  no_collection_.reset();
}

JSC::JSObject* loader::require(std::string_view key) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  module& m = module_of(key);
  const bool is_ready = load(m) && link(m);
  RETURN_IF_EXCEPTION(scope, nullptr);
  if (!is_ready) return nullptr;
  if (m.status == module::status_type::linked) {
    std::vector<module*> stack;
    evaluate_graph(m, stack);
    RETURN_IF_EXCEPTION(scope, nullptr);
  }
  RELEASE_AND_RETURN(scope, m.record->getModuleNamespace(global_));
}

bool loader::load(module& root) {
  struct frame {
    module* at;
    std::size_t next = 0;
  };
  const std::uint32_t visit = ++visit_count_;
  std::vector<frame> stack;
  const auto enter = [&](module& m) {
    m.visited_by = visit;
    if (m.is_linked()) return true;
    const time_scope time(times_.get(), work::loading, m);
    if (m.status == module::status_type::fresh && !make_record(m)) return false;
    add_known_requests(m);
    stack.push_back({&m});
    return true;
  };
  if (!enter(root)) return false;
  while (!stack.empty()) {
    frame& top = stack.back();
    module& m = *top.at;
    module* to = nullptr;
    if (top.next < m.requested_modules.size()) {
      to = m.requested_modules[top.next];
    } else if (top.next < m.record->requestedModules().size()) {
      const time_scope time(times_.get(), work::loading, m);
      to = add_next_request(m);
      if (!to) return false;
    } else {
      stack.pop_back();
      continue;
    }
    ++top.next;
    if (to->visited_by != visit && !enter(*to)) return false;
  }
  bind_exports();
  return true;
}

bool loader::make_record(module& m) {
  if (m.is_builtin()) return make_builtin_record(m);
  using kind = module::kind_type;
  if (m.kind == kind::common_js && m.is_loaded()) return make_common_js_record(m);
  if (may_use_graph(m) && (m.record || (m.kind == kind::common_js && m.common_js) || make_graph_record(m))) {
    m.from_graph = true;
    unbound_.push_back(&m);
    if (m.kind == kind::common_js) {
      m.common_js->is_prepared = true;
      return make_common_js_record(m);
    }
    hold(m, m.record);
    return true;
  }
  forget_known(m);
  return make_source_record(m);
}

// What the graph says of it does not count.
void loader::forget_known(module& m) {
  m.provider = nullptr;
  if (m.kind == module::kind_type::common_js) m.common_js = nullptr;
  set_apart(m);
}

bool loader::prepare(module& m, bool by_require) {
  using kind = module::kind_type;
  if (m.is_loaded() || m.is_builtin()) return true;
  const time_scope time(times_.get(), work::loading, m);
  if (!may_use_graph(m)) {
    forget_known(m);
    return compile_source(m, by_require);
  }
  if (graph_->module_at(m.in_graph).reason() == uncacheable::not_java_script && is_json(m.key)) {
    m.kind = kind::json;
    common_js_of(m).json = text_of(m.in_graph);
    m.common_js->is_prepared = m.from_graph = true;
    const auto known = graph_->module_at(m.in_graph);
    m.source = known.source();
    m.source_length = known.source_length();
    return true;
  }
  if (m.record || (m.kind == kind::common_js && m.common_js) || make_graph_record(m)) {
    // Of an ES module, load() makes the rest.
    if (m.kind == kind::common_js) m.common_js->is_prepared = m.from_graph = true;
    if (m.record) m.held_record.set(vm_, m.record);
    return true;
  }
  forget_known(m);
  return compile_source(m, by_require);
}

void loader::hold(module& m, JSC::AbstractModuleRecord* record) {
  m.record = record;
  m.held_record.set(vm_, record);
  if (m.provider) m.provider->set_module(&m);
  m.status = module::status_type::unlinked;
}

bool loader::make_builtin_record(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const auto key = JSC::Identifier::fromString(vm_, to_wtf(m.key));
  WTF::Vector<JSC::Identifier, 4> names;
  JSC::MarkedArgumentBuffer values;
  objects_->builtin_exports(m.key, names, values);
  RETURN_IF_EXCEPTION(scope, false);
  auto* record = JSC::SyntheticModuleRecord::tryCreateWithExportNamesAndValues(global_, key, names, values);
  RETURN_IF_EXCEPTION(scope, false);
  hold(m, record);
  return true;
}

bool loader::make_source_record(module& m) {
  if (!compile_source(m, false)) return false;
  return m.kind != module::kind_type::common_js || make_common_js_record(m);
}

// Reads a module's text and makes of it what it is: a record, or the function around a CommonJS module.
bool loader::compile_source(module& m, bool by_require) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  auto answer = modules_.format_of(m.key, by_require);
  if (collect_) keep_facts(std::move(answer.facts));
  auto fetched = answer.error ? fetched_module{} : modules_.fetch(m.key);
  if (answer.error || fetched.error) {
    throw_error(answer.error ? answer.error : fetched.error);
    return false;
  }
  fetched_bytes_ += fetched.text.size();
  use_huge_pages(weight(fetched_bytes_, ++fetched_modules_));
  auto text = decode_source(fetched.text);
  if (text.isNull()) text = WTF::emptyString();
  m.source = fetched.identity;
  m.is_typescript = answer.language != source_language::java_script;
  if (m.is_typescript && !erase_types(m, text, answer.language)) return false;
  m.source_length = text.length();
  if (collect_) m.text = std::move(fetched.text);
  if (answer.format != module_format::json) {
    if (compile_by_text(m, text, answer.format)) return true;
    if (answer.language == source_language::typescript_jsx) explain_jsx(m, text);
    return false;
  }
  m.kind = module::kind_type::json;
  // What was imported may be required later.
  common_js_of(m).json = text;
  if (by_require) {
    m.common_js->is_prepared = true;
    return true;
  }
  auto* record = json_record(global_, JSC::Identifier::fromString(vm_, to_wtf(m.key)), text);
  RETURN_IF_EXCEPTION(scope, false);
  hold(m, record);
  return true;
}

// What is kept is the text as it is on the disk, and what was erased of it.
bool loader::erase_types(module& m, WTF::String& text, source_language language) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  auto erased = type_eraser_of(vm_).erase(text, language);
  RETURN_IF_EXCEPTION(scope, false);
  if (erased.text.isNull()) {
    m.was_parsed = true;
    JSC::throwException(global_, scope, error_of(global_, erased, to_wtf(m.key)));
    return false;
  }
  if (collect_) m.erasure = describe_erasure(text, erased.text);
  text = std::move(erased.text);
  return true;
}

// In the place of the engine's syntax error, where that is about JSX, which is no type and is not erased.
void loader::explain_jsx(module& m, const WTF::String& text) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  auto* const exception = scope.exception();
  if (!exception || !exception->value().inherits<JSC::ErrorInstance>()) return;
  JSC::ParserError found;
  JSC::checkModuleSyntax(global_, JSC::makeSource(text, {}, JSC::SourceTaintedOrigin::Untainted), found);
  if (!found.isValid()) return;
  const unsigned at = found.token().m_location.startOffset;
  if (at >= text.length() || text[at] != '<' || !take_exception()) return;
  const auto [line, column] = place_of(found);
  const type_eraser::answer error{{}, "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX"_s, "JSX is not supported: types are erased, and nothing is made of JSX"_s,
                                  line, column};
  JSC::throwException(global_, scope, error_of(global_, error, to_wtf(m.key)));
}

bool loader::compile_by_text(module& m, const WTF::String& text, module_format format) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  m.was_parsed = true;
  const auto key = JSC::Identifier::fromString(vm_, to_wtf(m.key));
  const auto provide = [&](code_kind kind) {
    const bool is_module = kind == code_kind::module;
    m.kind = is_module ? module::kind_type::java_script : module::kind_type::common_js;
    m.provider = module_provider::create(runtime_of(vm_).code, key.string(), code_identity(m.source, m.is_typescript),
                                         is_module ? text : wrapped_common_js(text), kind);
    if (collect_) m.provider->collect();
    auto known = known_code(m.provider->identity(), kind);
    if (m.is_typescript) known = split_payload(known).bytecode;
    if (!known.empty()) m.provider->use(known);
  };
  JSC::JSValue error;
  if (format != module_format::java_script) {
    provide(code_kind::common_js);
    common_js_of(m);
    if (function_of(m)) {
      m.common_js->is_prepared = true;
      return true;
    }
    m.common_js = nullptr;
    if (format == module_format::common_js) return false;
    error = take_exception();
    if (!error) return false;
  }
  // It is an ES module if it can be one; else the error is that of the other.
  const JSC::Strong<JSC::Unknown> first(vm_, error);
  provide(code_kind::module);
  auto* record = parse_module(global_, key, m.provider->source_code());
  if (!record) mark_syntax_error(m.provider->source_code(), code_kind::module);
  if (scope.exception() && first) {
    take_exception();
    JSC::throwException(global_, scope, first.get());
  }
  RETURN_IF_EXCEPTION(scope, false);
  hold(m, record);
  return true;
}

// What a program imports after it began to run is looked at again: the program may have changed it.
bool loader::may_use_graph(const module& m) {
  if (!graph_ || m.in_graph == external || apart_[m.in_graph]) return false;
  const uncacheable reason = graph_->module_at(m.in_graph).reason();
  if (reason != uncacheable::none && reason != uncacheable::not_java_script) return false;
  return (!looks_again() || modules_.is_fresh(m.in_graph)) && (edges_hold_ || is_of_known_kind(m));
}

// What a module is depends on files beside it, and these are not what they were.
bool loader::is_of_known_kind(const module& m) {
  auto now = modules_.format_of(m.key, false);
  if (collect_) keep_facts(std::move(now.facts));
  const auto view = graph_->module_at(m.in_graph);
  if (now.error) return false;
  if (view.reason() == uncacheable::not_java_script) return now.format == module_format::json;
  return now.format == (has(view.flags(), module_flags::strict) ? module_format::java_script : module_format::common_js);
}

byte_view loader::payload_of(const v4::module_view& m) const { return graph_engine_ ? m.payload_for(*graph_engine_) : byte_view(); }

/// The graph's code for a text, whichever module's it is: the engine shares code among modules of the same text.
byte_view loader::known_code(const source_identity& identity, code_kind kind) {
  if (!graph_engine_) return {};
  if (!by_text_) {
    by_text_.emplace();
    for (const v4::module_view m : graph_->modules()) {
      if (payload_of(m).empty()) continue;
      const auto code = code_identity(m.source(), has(m.flags(), module_flags::type_script));
      by_text_->try_emplace({code.hash, !has(m.flags(), module_flags::strict)}, m.index());
    }
  }
  const auto at = by_text_->find({identity.hash, kind == code_kind::common_js});
  return at == by_text_->end() ? byte_view() : payload_of(graph_->module_at(at->second));
}

WTF::String loader::text_of(std::uint32_t index) {
  const auto text = modules_.text_of(index);
  auto decoded = text ? decode_source(*text) : WTF::emptyString();
  const auto view = graph_->module_at(index);
  if (!has(view.flags(), module_flags::type_script) || decoded.isEmpty()) return decoded;
  decoded = apply_erasure(decoded, split_payload(payload_of(view)).erasure);
  return decoded.isNull() ? WTF::emptyString() : decoded;
}

bool loader::make_graph_record(module& m) {
  const std::uint32_t index = m.in_graph;
  const auto view = graph_->module_at(index);
  const JSC::Identifier& key = (*identifiers_)[view.row().url];
  // What a module is depends on its name, whatever the graph says.
  if (is_json(m.key) != (view.reason() == uncacheable::not_java_script)) return false;
  if (view.reason() == uncacheable::not_java_script) {
    m.kind = module::kind_type::json;
    m.record = json_record(global_, key, text_of(index));
    if (!m.record) take_exception();
    return m.record != nullptr;
  }
  if (!names_only_its_requests(view)) return false;
  byte_view bytecode = payload_of(view);
  // With code of others alone, the record is another engine's, which may have told less of it.
  if (bytecode.empty() && !view.payload_rows().empty()) return false;
  m.is_typescript = has(view.flags(), module_flags::type_script);
  if (m.is_typescript) {
    bytecode = split_payload(bytecode).bytecode;
    // What was erased is told with the code alone.
    if (bytecode.empty()) return false;
  }
  m.source = view.source();
  const source_identity identity = code_identity(m.source, m.is_typescript);
  m.source_length = view.source_length();
  // Code that is not strict is no ES module's.
  if (!has(view.flags(), module_flags::strict)) {
    m.kind = module::kind_type::common_js;
    m.provider = module_provider::create(runtime_of(vm_).code, key.string(), identity, m.source_length + common_js_wrapper_length(), bytecode,
                                         [this, index] { return wrapped_common_js(text_of(index)); }, code_kind::common_js);
    if (collect_) m.provider->collect();
    common_js_module& c = common_js_of(m);
    for (const v4::export_row e : view.export_rows()) {
      const auto name = graph_->text(e.export_name);
      if (name == "default") {
        c.has_names = true;
      } else {
        c.names.emplace_back(name);
      }
    }
    return true;
  }
  m.kind = module::kind_type::java_script;
  m.provider =
      module_provider::create(runtime_of(vm_).code, key.string(), identity, m.source_length, bytecode, [this, index] { return text_of(index); });
  if (collect_) m.provider->collect();
  m.has_import_meta = has(view.flags(), module_flags::import_meta);
  m.record = make_module_record(global_, *identifiers_, view, key, *m.provider);
  return true;
}

// The engine looks a specifier up among the module's requests and relies on finding it, once (format, section 5.3).
bool loader::names_only_its_requests(const v4::module_view& view) {
  for (const v4::request_row r : view.request_rows())
    if (std::exchange(requested_by_[static_cast<std::uint32_t>(r.specifier)], view.index()) == view.index()) return false;
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

// As far as the graph's edges are known to hold; the rest has to be resolved.
void loader::add_known_requests(module& m) {
  if (!m.from_graph || looks_again() || !edges_hold_ || !m.requested_modules.empty()) return;
  if (m.kind != module::kind_type::java_script) return;
  const auto rows = graph_->module_at(m.in_graph).request_rows();
  if (rows.empty()) return;
  m.requested_modules.reserve(rows.size());
  for (const v4::request_row r : rows) {
    const auto to = static_cast<std::uint32_t>(r.resolved);
    module* const target = to == external ? builtin(graph_->text(r.specifier)) : apart_[to] ? nullptr : &graph_modules_[to];
    if (!target) return;
    m.requested_modules.push_back(target);
  }
}

module* loader::add_next_request(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const std::size_t index = m.requested_modules.size();
  const auto& request = m.record->requestedModules()[index];
  const auto type = request.m_attributes ? request.m_attributes->type() : module_type::JavaScript;
  module* const to = resolve(m.key, WTF::String(request.m_specifier.get()), type);
  RETURN_IF_EXCEPTION(scope, nullptr);
  if (m.from_graph) {
    const auto known = static_cast<std::uint32_t>(graph_->module_at(m.in_graph).request_rows()[index].resolved);
    if (to->in_graph != known) set_apart(m);
    // What the edges rest on is known again, even where they lead where they led.
    m.edges_changed = m.edges_changed || to->in_graph != known || !edges_hold_;
  }
  m.requested_modules.push_back(to);
  return to;
}

module* loader::builtin(std::string_view specifier) {
  const auto name = whose_ == modules_of::program ? host::canonical_name(specifier) : host::native_name(specifier);
  if (name.empty()) return nullptr;
  const auto [at, is_new] = named_.try_emplace(std::string(name));
  at->second.key = at->first;
  at->second.kind = module::kind_type::builtin;
  return &at->second;
}

// Where two answers of one run rest on different states of a path, no fact can stand for both.
void loader::keep_facts(std::vector<observed_fact> facts) {
  for (observed_fact& f : facts) {
    auto path = f.path;
    const auto [at, is_new] = facts_.try_emplace(std::move(path), std::move(f));
    if (!is_new && (at->second.kind != f.kind || at->second.identity.hash != f.identity.hash)) facts_contradict_ = true;
  }
}

module* loader::resolve(std::string_view referrer, const WTF::String& specifier, module_type type) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const auto utf8 = to_utf8(specifier);
  if (!utf8) {
    throw_error({"ERR_INVALID_MODULE_SPECIFIER", "A module specifier has to be well-formed Unicode", true});
    return nullptr;
  }
  module* const to = resolve({*utf8, referrer});
  RETURN_IF_EXCEPTION(scope, nullptr);
  RELEASE_AND_RETURN(scope, check_type(*to, type) ? to : nullptr);
}

module* loader::resolve(const resolution_request& request) {
  if (module* const known = builtin(request.specifier)) return known;
  auto answer = modules_.resolve(request);
  if (collect_) keep_facts(std::move(answer.facts));
  if (answer.error) {
    request.by_require ? throw_require_error(module_of(request.referrer), answer.error) : throw_error(answer.error);
    return nullptr;
  }
  // `imports` of a package may name a module of the host.
  module* const named = builtin(answer.url);
  return named ? named : &module_of(answer.url);
}

// What a module is depends on its name; the attribute has to agree.
bool loader::check_type(const module& m, module_type type) {
  const bool json = !m.is_builtin() && is_json(m.key);
  if (type == module_type::WebAssembly) {
    throw_error({"ERR_IMPORT_ATTRIBUTE_UNSUPPORTED", "Import attribute \"type\" with value \"webassembly\" is not supported", true});
  } else if (json != (type == module_type::JSON)) {
    const auto url = to_utf8(url_of_key(to_wtf(m.key)).string()).value_or("");
    throw_error(json ? module_error{"ERR_IMPORT_ATTRIBUTE_MISSING", "Module \"" + url + "\" needs an import attribute of \"type: json\"", true}
                     : module_error{"ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE", "Module \"" + url + "\" is not of type \"json\"", true});
  } else {
    return true;
  }
  return false;
}

}  // namespace bmes::jsc
