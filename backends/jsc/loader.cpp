#include "prelude.hpp"

#include "huge_pages.hpp"
#include "loader.hpp"
#include "strings.hpp"

#include <chrono>

namespace bmes::jsc {

loader* loader::current = nullptr;

const JSC::GlobalObjectMethodTable loader::method_table = {
    &JSC::JSGlobalObject::supportsRichSourceInfo,
    &JSC::JSGlobalObject::shouldInterruptScript,
    &JSC::JSGlobalObject::javaScriptRuntimeFlags,
    nullptr,  // queueMicrotaskToEventLoop
    &JSC::JSGlobalObject::shouldInterruptScriptBeforeTimeout,
    &loader::import_hook,
    &loader::resolve_hook,
    &loader::fetch_hook,
    &loader::import_meta_hook,
    nullptr,  // moduleLoaderEvaluate
    &host::track_rejection,
    &host::report_uncaught,
    [](JSC::JSGlobalObject* global) -> JSC::JSObject* { return global; },
    [](JSC::JSGlobalObject*, JSC::JSObject*) { return JSC::ScriptExecutionStatus::Running; },
    [](JSC::JSGlobalObject*, JSC::JSString*) {},
    nullptr,  // defaultLanguage
    nullptr,  // compileStreaming
    nullptr,  // instantiateStreaming
    nullptr,  // deriveShadowRealmGlobalObject
};

loader::loader(JSC::JSGlobalObject* global, module_host& modules, const hash128& fingerprint, bool collect)
    : global_(global), vm_(global->vm()), modules_(modules), fingerprint_(fingerprint), collect_(collect), registry_(global) {
  current = this;
  // The engine's loader calls this as an ordinary property of itself; here it tells what the module's own
  // record doesn't: whether it awaits at its top level.
  const auto name = JSC::Identifier::fromString(vm_, "moduleDeclarationInstantiation"_s);
  global->moduleLoader()->putDirect(vm_, name,
                                    JSC::JSFunction::create(vm_, global, 2, name.string(), &loader::link_hook, JSC::ImplementationVisibility::Private));
}

loader::~loader() {
  for (auto& [key, m] : sources_)
    if (m.provider) m.provider->clear_collected();
  for (auto& m : graph_modules_)
    if (m.provider) m.provider->clear_collected();
  current = nullptr;
}

JSC::JSInternalPromise* rejected_with_exception(JSC::JSGlobalObject* global) {
  JSC::VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto* promise = JSC::JSInternalPromise::create(vm, global->internalPromiseStructure());
  RELEASE_AND_RETURN(scope, promise->rejectWithCaughtException(global, scope));
}

WTF::String loader::resolve(const WTF::String& specifier, const WTF::String& referrer, std::string& error) {
  const auto utf8 = to_utf8(specifier);
  if (!utf8) {
    error = "Cannot resolve a module specifier that is not well-formed Unicode";
    return {};
  }
  if (host::is_builtin(*utf8)) return to_wtf(host::canonical_name(*utf8));
  auto resolved = modules_.resolve(*utf8, to_utf8(referrer).value_or(""));
  if (collect_ && !resolved.error) std::ranges::move(resolved.facts, std::back_inserter(facts_));
  error = std::move(resolved.error.message);
  return error.empty() ? to_wtf(resolved.url) : WTF::String();
}

JSC::Identifier loader::resolve_hook(JSC::JSGlobalObject* global, JSC::JSModuleLoader*, JSC::JSValue specifier, JSC::JSValue referrer, JSC::JSValue) {
  JSC::VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  const auto specifier_text = specifier.toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  const auto referrer_text = referrer.isString() ? referrer.toWTFString(global) : WTF::String();
  RETURN_IF_EXCEPTION(scope, {});
  std::string error;
  const auto key = current->resolve(specifier_text, referrer_text, error);
  if (!error.empty()) {
    JSC::throwException(global, scope, JSC::createTypeError(global, to_wtf(error)));
    return {};
  }
  return JSC::Identifier::fromString(vm, key);
}

JSC::JSInternalPromise* loader::import_hook(JSC::JSGlobalObject* global, JSC::JSModuleLoader*, JSC::JSString* specifier, JSC::JSValue options, const JSC::SourceOrigin& origin) {
  JSC::VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  const auto fail = [&] { RELEASE_AND_RETURN(scope, rejected_with_exception(global)); };
  const auto specifier_text = specifier->value(global);
  if (scope.exception()) return fail();
  const auto attributes = JSC::retrieveImportAttributesFromDynamicImportOptions(global, options, {vm.propertyNames->type.impl()});
  if (scope.exception()) return fail();
  const auto type = JSC::retrieveTypeImportAttribute(global, attributes);
  if (scope.exception()) return fail();
  const auto referrer = origin.url().protocolIsFile() ? origin.url().fileSystemPath() : origin.string();
  std::string error;
  const auto key = current->resolve(specifier_text, referrer, error);
  if (!error.empty()) {
    JSC::throwException(global, scope, JSC::createTypeError(global, to_wtf(error)));
    return fail();
  }
  if (const auto* graph = current->graph_) {
    const auto index = graph->find_module(to_utf8(key).value_or(""));
    if (index && current->fill(*index)) current->link(*index);
    if (scope.exception()) return fail();
  }
  const JSC::JSValue parameters = type ? JSC::JSValue(JSC::JSScriptFetchParameters::create(vm, JSC::ScriptFetchParameters::create(*type))) : JSC::jsUndefined();
  RELEASE_AND_RETURN(scope, JSC::importModule(global, JSC::Identifier::fromString(vm, key), JSC::jsString(vm, referrer), parameters, JSC::jsUndefined()));
}

JSC::JSSourceCode* loader::fetch(const WTF::String& key, JSC::JSValue parameters, std::string& error) {
  const auto path = to_utf8(key).value_or("");
  if (host::is_builtin(path)) return JSC::JSSourceCode::create(vm_, JSC::SourceCode(objects_->builtin_source(path).releaseNonNull()));
  auto* fetch_parameters = JSC::jsDynamicCast<JSC::JSScriptFetchParameters*>(parameters);
  const bool as_json = fetch_parameters && fetch_parameters->parameters().type() == JSC::ScriptFetchParameters::Type::JSON;
  if (!as_json && path.ends_with(".json")) {
    error = "Module '" + path + "' needs an import attribute of type: json";
    return nullptr;
  }
  auto fetched = modules_.fetch(path);
  if (fetched.error) {
    error = std::move(fetched.error.message);
    return nullptr;
  }
  fetched_bytes_ += fetched.text.size();
  use_huge_pages(weight(fetched_bytes_, sources_.size()));
  auto text = decode_source(fetched.text);
  if (text.isNull()) text = WTF::emptyString();
  source_module& m = sources_[path];
  m.identity = fetched.identity;
  m.length = text.length();
  if (collect_) m.text = std::move(fetched.text);
  if (as_json) {
    auto provider = JSC::StringSourceProvider::create(text, JSC::SourceOrigin(url_of_key(key)), key, JSC::SourceTaintedOrigin::Untainted,
                                                      WTF::TextPosition(), JSC::SourceProviderSourceType::JSON);
    return JSC::JSSourceCode::create(vm_, JSC::SourceCode(WTFMove(provider)));
  }
  m.provider = module_provider::create(key, m.identity, WTFMove(text));
  if (collect_) m.provider->collect();
  return JSC::JSSourceCode::create(vm_, m.provider->source_code());
}

JSC::JSInternalPromise* loader::fetch_hook(JSC::JSGlobalObject* global, JSC::JSModuleLoader*, JSC::JSValue key, JSC::JSValue parameters, JSC::JSValue) {
  JSC::VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto* promise = JSC::JSInternalPromise::create(vm, global->internalPromiseStructure());
  const auto key_text = key.toWTFString(global);
  RETURN_IF_EXCEPTION(scope, promise->rejectWithCaughtException(global, scope));
  std::string error;
  auto* source = current->fetch(key_text, parameters, error);
  scope.release();
  if (source) {
    promise->resolve(global, source);
  } else {
    promise->reject(global, JSC::createTypeError(global, to_wtf(error)));
  }
  return promise;
}

JSC::JSObject* loader::import_meta_hook(JSC::JSGlobalObject* global, JSC::JSModuleLoader*, JSC::JSValue key, JSC::JSModuleRecord*, JSC::JSValue) {
  JSC::VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto* meta = JSC::constructEmptyObject(vm, global->nullPrototypeObjectStructure());
  const auto path = key.toWTFString(global);
  RETURN_IF_EXCEPTION(scope, nullptr);
  if (const auto at = current->sources_.find(to_utf8(path).value_or("")); at != current->sources_.end()) at->second.uses_import_meta = true;
  const auto put = [&](ASCIILiteral name, const WTF::String& value) {
    meta->putDirect(vm, JSC::Identifier::fromString(vm, name), JSC::jsString(vm, value));
  };
  put("url"_s, url_of_key(path).string());
  if (path.startsWith('/')) {
    put("filename"_s, path);
    const auto slash = path.reverseFind('/');
    put("dirname"_s, slash == 0 ? WTF::String("/"_s) : path.left(slash));
  }
  return meta;
}

JSC_DEFINE_HOST_FUNCTION(loader::link_hook, (JSC::JSGlobalObject * global, JSC::CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  auto* record = JSC::jsDynamicCast<JSC::AbstractModuleRecord*>(frame->argument(0));
  if (!record) return JSC::JSValue::encode(JSC::jsUndefined());
  const auto synchronousness = record->link(global, frame->argument(1));
  RETURN_IF_EXCEPTION(scope, {});
  const bool is_async = synchronousness == JSC::Synchronousness::Async;
  if (is_async && current->collect_)
    if (const auto at = current->sources_.find(to_utf8(record->moduleKey().string()).value_or("")); at != current->sources_.end()) at->second.is_async = true;
  return JSC::JSValue::encode(JSC::jsBoolean(is_async));
}

JSC::JSPromise* loader::start(std::string_view entry) {
  auto scope = DECLARE_CATCH_SCOPE(vm_);
  entry_ = entry;
  const auto begun = std::chrono::steady_clock::now();
  const auto note_loaded = [&] { load_ms_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count(); };
  if (graph_) {
    const auto index = graph_->find_module(entry);
    if (index && fill(*index)) {
      from_graph_ = true;
      link(*index);
      note_loaded();
      if (!scope.exception()) {
        auto* program = evaluate(*index);
        // From sources a program starts inside a promise job, so its promise jobs run before its process.nextTick.
        vm_.drainMicrotasks();
        if (scope.exception()) scope.clearException();
        return program;
      }
      return rejected_with_exception(global_);
    }
    if (scope.exception()) scope.clearException();
  }
  const auto key = to_wtf(entry);
  auto* loaded = JSC::loadModule(global_, JSC::Identifier::fromString(vm_, key), JSC::jsUndefined(), JSC::jsUndefined());
  vm_.drainMicrotasks();
  note_loaded();
  // What is left of loading, if anything, and the start of the program are the engine's.
  if (loaded->status(vm_) == JSC::JSPromise::Status::Rejected) return loaded;
  return JSC::loadAndEvaluateModule(global_, key, JSC::jsUndefined(), JSC::jsUndefined());
}

run_counts loader::counts() const {
  run_counts out;
  for (const auto& [key, m] : sources_) {
    ++out.modules;
    out.parsed += m.provider != nullptr;
  }
  for (const auto& m : graph_modules_) {
    if (!m.record) continue;
    ++out.modules;
    const bool generated = m.provider && m.provider->generated_code();
    out.hits += m.hit && !generated;
    out.parsed += generated;
  }
  out.refused = refused_;
  out.from_graph = from_graph_;
  out.load_ms = load_ms_;
  return out;
}

}  // namespace bmes::jsc
