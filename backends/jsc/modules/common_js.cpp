#include "prelude.hpp"

#include "modules/loader.hpp"
#include "modules/require_functions.hpp"
#include "strings.hpp"

#include <JavaScriptCore/JSNativeStdFunction.h>

// CommonJS modules: their code, require.cache, and what require() does. Their names and messages are Node's.

namespace bmes::jsc {
namespace {

JSC::Identifier named(JSC::VM& vm, WTF::ASCIILiteral text) { return JSC::Identifier::fromString(vm, text); }

// Empty where something is missing before it, too.
std::optional<unsigned> index_of(const JSC::JSArray* array, JSC::JSValue value) {
  for (unsigned i = 0; i < array->length() && array->canGetIndexQuickly(i); ++i)
    if (array->getIndexQuickly(i) == value) return i;
  return std::nullopt;
}

}  // namespace

common_js_module& loader::common_js_of(module& m) {
  if (!m.common_js) m.common_js = std::make_unique<common_js_module>();
  return *m.common_js;
}

// The entry is CommonJS, or JSON: it runs now, and its promise jobs when it has.
void loader::start_common_js(JSC::JSPromise* promise) {
  auto scope = DECLARE_CATCH_SCOPE(vm_);
  exports_of(*entry_, nullptr);
  is_first_turn_ = false;
  if (!scope.exception()) return settle({{vm_, promise}, nullptr, 0}, {});
  const JSC::JSValue error = take_exception();
  if (!error) return;
  promise->rejectAsHandled(global_, error);
  objects_->report_program_error(error);
}

// Compiles the module, or takes its code from the graph. Null with an exception pending.
JSC::JSFunction* loader::function_of(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  common_js_module& c = *m.common_js;
  if (c.function) return c.function.get();
  const bool had_payload = m.provider->has_payload();
  NakedPtr<JSC::Exception> thrown;
  const JSC::JSValue made = [&] {
    const stand_in_scope stand_in(runtime_of(vm_).code);
    return JSC::evaluate(global_, m.provider->source_code(), {}, thrown);
  }();
  if (had_payload && m.provider->generated_code()) {
    // The engine did not take the payload; code was generated from the text.
    m.is_refused = true;
    m.provider->drop_payload();
  }
  if (thrown) {
    JSC::throwException(global_, scope, thrown->value());
    mark_syntax_error(m.provider->source_code(), code_kind::common_js);
    return nullptr;
  }
  auto* function = JSC::jsDynamicCast<JSC::JSFunction*>(made);
  // A text that closes the function around it is no module.
  const auto is_whole = [&](const JSC::SourceCode& code) {
    return code.startOffset() < static_cast<int>(common_js_text_start()) && code.endOffset() == static_cast<int>(m.provider->length()) - 1;
  };
  if (!function || function->isHostFunction() || !is_whole(function->jsExecutable()->source())) {
    JSC::throwException(global_, scope, JSC::createSyntaxError(global_, "Unexpected token '}'"_s));
    return nullptr;
  }
  c.function.set(vm_, function);
  return function;
}

JSC::JSObject* loader::cached_module(const module& m) {
  if (!require_cache_) return nullptr;
  const JSC::JSValue found = require_cache_->getDirect(vm_, JSC::Identifier::fromString(vm_, to_wtf(m.key)));
  return found && found.isObject() ? asObject(found) : nullptr;
}

// The `module.children` of a module, unless the program made something else of it.
JSC::JSArray* loader::children_of(const module* parent) {
  if (!parent || !parent->common_js || !parent->common_js->current) return nullptr;
  const JSC::JSValue children = parent->common_js->current->getDirect(vm_, named(vm_, "children"_s));
  return children ? JSC::jsDynamicCast<JSC::JSArray*>(children) : nullptr;
}

// `parent` required `child`: it has it once.
void loader::add_child(const module* parent, JSC::JSObject* child) {
  auto* const array = children_of(parent);
  if (array && !index_of(array, child)) array->push(global_, child);
}

// `child` threw.
void loader::remove_child(const module* parent, JSC::JSObject* child) {
  auto* const array = children_of(parent);
  const auto at = array ? index_of(array, child) : std::nullopt;
  if (!at) return;
  const unsigned last = array->length() - 1;
  for (unsigned i = *at; i < last; ++i) array->putDirectIndex(global_, i, array->getIndexQuickly(i + 1));
  array->setLength(global_, last);
}

// A new `module`, which goes into require.cache.
JSC::JSObject* loader::make_module_object(module& m, module* parent, JSC::JSValue exports) {
  module_class();
  common_js_module& c = common_js_of(m);
  if (!c.parent) c.parent = parent;
  auto* object = JSC::constructEmptyObject(global_, module_prototype_.get());
  const auto key = to_wtf(m.key);
  auto* const name = JSC::jsString(vm_, key);
  const auto slash = key.reverseFind('/');
  object->putDirect(vm_, named(vm_, "id"_s), &m == entry_ ? JSC::jsNontrivialString(vm_, "."_s) : name);
  object->putDirect(vm_, named(vm_, "path"_s), JSC::jsString(vm_, slash == 0 ? WTF::String("/"_s) : key.left(slash)));
  object->putDirect(vm_, named(vm_, "exports"_s), exports);
  object->putDirect(vm_, named(vm_, "filename"_s), name);
  object->putDirect(vm_, named(vm_, "loaded"_s), JSC::jsBoolean(false));
  object->putDirect(vm_, named(vm_, "children"_s), JSC::constructEmptyArray(global_, nullptr));
  // Whether a module is the program's is asked for with `module.parent`, too.
  const JSC::JSValue by = parent && parent->common_js && parent->common_js->current ? JSC::JSValue(parent->common_js->current.get())
                          : &m == entry_                                            ? JSC::jsNull()
                                                                                    : JSC::jsUndefined();
  object->putDirect(vm_, named(vm_, "parent"_s), by, static_cast<unsigned>(JSC::PropertyAttribute::DontEnum));
  add_child(parent, object);
  c.current.set(vm_, object);
  require_cache_->putDirect(vm_, JSC::Identifier::fromString(vm_, key), object);
  return object;
}

JSC::JSValue loader::run_common_js(module& m, module* parent) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const time_scope time(times_.get(), work::evaluation, m);
  auto* const function = function_of(m);
  RETURN_IF_EXCEPTION(scope, {});
  auto* const exports = JSC::constructEmptyObject(global_);
  auto* const object = make_module_object(m, parent, exports);
  RETURN_IF_EXCEPTION(scope, {});
  JSC::MarkedArgumentBuffer arguments;
  arguments.append(exports);
  arguments.append(require_functions::require_of(*this, m));
  arguments.append(object);
  arguments.append(object->getDirect(vm_, named(vm_, "filename"_s)));
  arguments.append(object->getDirect(vm_, named(vm_, "path"_s)));
  JSC::call(global_, function, JSC::getCallData(function), exports, arguments);
  if (JSC::Exception* const thrown = scope.exception()) {
    if (!take_exception()) return {};
    // The next require() tries again.
    if (cached_module(m) == object) require_cache_->deleteProperty(global_, JSC::Identifier::fromString(vm_, to_wtf(m.key)));
    remove_child(parent, object);
    take_exception();
    JSC::throwException(global_, scope, thrown);
    return {};
  }
  object->putDirect(vm_, named(vm_, "loaded"_s), JSC::jsBoolean(true));
  RELEASE_AND_RETURN(scope, object->get(global_, named(vm_, "exports"_s)));
}

JSC::JSValue loader::json_exports(module& m, module* parent) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const JSC::JSValue value = JSC::JSONParseWithException(global_, m.common_js->json);
  if (scope.exception()) {
    const JSC::JSValue error = take_exception();
    if (!error) return {};
    if (error.isObject()) {
      const auto message = JSC::JSValue(asObject(error)->getDirect(vm_, vm_.propertyNames->message));
      const auto text = message && message.isString() ? asString(message)->value(global_) : WTF::String();
      asObject(error)->putDirect(vm_, vm_.propertyNames->message, JSC::jsString(vm_, WTF::makeString(to_wtf(m.key), ": "_s, text)),
                                 static_cast<unsigned>(JSC::PropertyAttribute::DontEnum));
    }
    JSC::throwException(global_, scope, error);
    return {};
  }
  auto* const object = make_module_object(m, parent, value);
  RETURN_IF_EXCEPTION(scope, {});
  object->putDirect(vm_, named(vm_, "loaded"_s), JSC::jsBoolean(true));
  return value;
}

JSC::JSValue loader::builtin_exports(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  if (m.status == module::status_type::fresh && !make_builtin_record(m)) return {};
  auto* const space = m.record->getModuleNamespace(global_);
  RETURN_IF_EXCEPTION(scope, {});
  RELEASE_AND_RETURN(scope, space->get(global_, vm_.propertyNames->defaultKeyword));
}

// The program took a module that was required before out of require.cache: it is read again, as in Node, and is what it is now.
bool loader::read_again(module& m) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  common_js_module& c = *m.common_js;
  modules_.new_turn();
  const auto now = modules_.fetch(m.key);
  if (now.error) {
    // Where it leads is known; only reading it fails.
    const bool is_absent = now.error.code == "ERR_MODULE_NOT_FOUND";
    throw_error(is_absent ? module_error{"ENOENT", "ENOENT: no such file or directory, open '" + std::string(m.key) + "'"} : now.error);
    return false;
  }
  const bool has_code = c.is_prepared || m.kind == module::kind_type::json;
  if (has_code && now.identity.size == m.source.size && same_hash(now.identity.hash, m.source.hash)) return true;
  // Who imported it has bound its names.
  if (m.record && m.kind == module::kind_type::common_js && modules_.format_of(m.key, true).format != module_format::common_js) return true;
  m.provider = nullptr;
  m.from_graph = false;
  set_apart(m);
  c.is_prepared = c.has_names = c.names_found = false;
  c.names.clear();
  c.json = {};
  c.function.clear();
  const JSC::Strong<JSC::JSObject> current = c.current;
  const bool is_compiled = compile_source(m, true);
  // A text that is no program leaves nothing of it: the next require() reads again.
  if (!is_compiled) common_js_of(m).current = current;
  RELEASE_AND_RETURN(scope, is_compiled);
}

// What require() gives for a module. Empty with an exception pending.
JSC::JSValue loader::exports_of(module& m, module* parent) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  if (m.is_builtin()) RELEASE_AND_RETURN(scope, builtin_exports(m));
  if (auto* const cached = cached_module(m)) {
    add_child(parent, cached);
    RETURN_IF_EXCEPTION(scope, {});
    RELEASE_AND_RETURN(scope, cached->get(global_, named(vm_, "exports"_s)));
  }
  const bool was_trusting = std::exchange(is_trusting_, is_first_turn_ && !runtime_of(vm_).disk_changed);
  const bool ran_before = m.common_js && m.common_js->current;
  const bool is_prepared = ran_before ? read_again(m) : prepare(m, true);
  is_trusting_ = was_trusting;
  if (!is_prepared) return {};
  switch (m.kind) {
    case module::kind_type::common_js:
      RELEASE_AND_RETURN(scope, run_common_js(m, parent));
    case module::kind_type::json:
      if (!m.common_js || m.common_js->json.isNull()) common_js_of(m).json = source_text_of(m);
      RELEASE_AND_RETURN(scope, json_exports(m, parent));
    case module::kind_type::java_script:
      RELEASE_AND_RETURN(scope, require_es_module(m, parent));
    case module::kind_type::builtin:
      break;
  }
  return {};
}

// Where the graph says that a call leads.
module* loader::known_edge(module& from, std::string_view specifier) {
  const auto rows = graph_->module_at(from.in_graph).request_rows();
  std::size_t& next = from.common_js->next_row;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t at = next + i < rows.size() ? next + i : next + i - rows.size();
    const v4::request_row row = rows[at];
    if (graph_->text(row.specifier) != specifier) continue;
    next = at + 1 == rows.size() ? 0 : at + 1;
    const auto to = static_cast<std::uint32_t>(row.resolved);
    return to == external || apart_[to] ? nullptr : &graph_modules_[to];
  }
  return nullptr;
}

// Null with an exception pending.
module* loader::required(module& from, const std::string& specifier) {
  common_js_module& c = common_js_of(from);
  if (const auto at = c.by_specifier.find(specifier); at != c.by_specifier.end()) return at->second;
  const bool is_known_disk = !has_started_ || (is_first_turn_ && !runtime_of(vm_).disk_changed);
  if (!is_known_disk) modules_.new_turn();
  module* to = builtin(specifier);
  if (!to && from.from_graph && is_known_disk && edges_hold_) to = known_edge(from, specifier);
  if (!to) {
    to = resolve({specifier, from.key, true});
    if (!to) return nullptr;
    c.found.push_back(to);
  }
  c.by_specifier.emplace(specifier, to);
  c.edges.emplace_back(specifier, to);
  return to;
}

void loader::throw_require_error(const module& from, const module_error& error) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  if (error.code != "MODULE_NOT_FOUND") return throw_error(error);
  module_error told = error;
  JSC::MarkedArgumentBuffer stack;
  told.message += "\nRequire stack:";
  std::size_t depth = 0;
  for (const module* at = &from; at && depth < 100; at = at->common_js ? at->common_js->parent : nullptr, ++depth) {
    told.message.append("\n- ").append(at->key);
    stack.append(JSC::jsString(vm_, to_wtf(at->key)));
  }
  auto* const object = JSC::createError(global_, to_wtf(told.message));
  object->putDirect(vm_, named(vm_, "code"_s), JSC::jsString(vm_, to_wtf(told.code)));
  object->putDirect(vm_, named(vm_, "requireStack"_s), JSC::constructArray(global_, static_cast<JSC::ArrayAllocationProfile*>(nullptr), stack));
  JSC::throwException(global_, scope, object);
}

JSC::JSValue loader::require(module& from, const std::string& specifier) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  module* const to = required(from, specifier);
  RETURN_IF_EXCEPTION(scope, {});
  RELEASE_AND_RETURN(scope, exports_of(*to, &from));
}

}  // namespace bmes::jsc
