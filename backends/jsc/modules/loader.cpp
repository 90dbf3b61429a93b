#include "prelude.hpp"

#include "modules/loader.hpp"
#include "modules/require_functions.hpp"
#include "strings.hpp"

namespace bmes::jsc {
namespace {

loader& loader_of(JSC::JSGlobalObject* global) { return *runtime_of(global->vm()).modules; }

}  // namespace

const JSC::GlobalObjectMethodTable loader::method_table = {
    &JSC::JSGlobalObject::supportsRichSourceInfo,
    &JSC::JSGlobalObject::shouldInterruptScript,
    &JSC::JSGlobalObject::javaScriptRuntimeFlags,
    nullptr,  // queueMicrotaskToEventLoop
    &JSC::JSGlobalObject::shouldInterruptScriptBeforeTimeout,
    &loader::import_hook,
    nullptr,  // moduleLoaderResolve: from here on, the hooks of the engine's own loader
    nullptr,  // moduleLoaderFetch
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

loader::loader(JSC::JSGlobalObject* global, module_host& modules, const hash128& fingerprint, bool collect, modules_of whose)
    : global_(global),
      vm_(global->vm()),
      modules_(modules),
      fingerprint_(fingerprint),
      collect_(collect),
      whose_(whose) {
  if (whose_ == modules_of::program) runtime_of(vm_).modules = this;
  run_job_.set(vm_, JSC::JSFunction::create(vm_, global, 0, WTF::String(), &loader::run_job, JSC::ImplementationVisibility::Private));
}

loader::~loader() {
  for_each_module([](module& m) {
    if (m.provider) m.provider->clear_collected();
  });
  if (whose_ == modules_of::program) runtime_of(vm_).modules = nullptr;
}

module& loader::module_of(std::string_view key) {
  if (graph_)
    if (const auto index = graph_->find_module(key)) return graph_modules_[*index];
  const auto [at, is_new] = named_.try_emplace(std::string(key));
  if (is_new) at->second.key = at->first;
  return at->second;
}

void loader::throw_error(const module_error& error) {
  auto scope = DECLARE_THROW_SCOPE(vm_);
  const auto message = to_wtf(error.message);
  auto* object = error.is_type_error ? JSC::createTypeError(global_, message) : JSC::createError(global_, message);
  if (!error.code.empty()) object->putDirect(vm_, JSC::Identifier::fromString(vm_, "code"_s), JSC::jsString(vm_, to_wtf(error.code)));
  JSC::throwException(global_, scope, object);
}

JSC::JSValue loader::take_exception() {
  auto scope = DECLARE_CATCH_SCOPE(vm_);
  auto* exception = scope.exception();
  if (!exception || vm_.isTerminationException(exception)) return {};
  scope.clearException();
  return exception->value();
}

void loader::after(unsigned rounds, std::function<void()> job) {
  if (rounds > 1) {
    return after(1, [this, rounds, job = std::move(job)]() mutable { after(rounds - 1, std::move(job)); });
  }
  jobs_.push_back(std::move(job));
  global_->queueMicrotask(run_job_.get(), JSC::jsUndefined(), JSC::jsUndefined(), JSC::jsUndefined(), JSC::jsUndefined());
}

JSC_DEFINE_HOST_FUNCTION(loader::run_job, (JSC::JSGlobalObject * global, JSC::CallFrame*)) {
  auto& jobs = loader_of(global).jobs_;
  auto job = std::move(jobs.front());
  jobs.pop_front();
  job();
  return JSC::JSValue::encode(JSC::jsUndefined());
}

JSC::JSObject* loader::import_meta_hook(JSC::JSGlobalObject* global, JSC::JSModuleLoader*, JSC::JSValue key, JSC::JSModuleRecord*, JSC::JSValue) {
  JSC::VM& vm = global->vm();
  auto scope = DECLARE_THROW_SCOPE(vm);
  auto* meta = JSC::constructEmptyObject(vm, global->nullPrototypeObjectStructure());
  const auto url = url_of_key(key.toWTFString(global));
  RETURN_IF_EXCEPTION(scope, nullptr);
  const auto put = [&](ASCIILiteral name, const WTF::String& value) {
    meta->putDirect(vm, JSC::Identifier::fromString(vm, name), JSC::jsString(vm, value));
  };
  if (url.protocolIsFile()) {
    const auto path = url.fileSystemPath();
    const auto slash = path.reverseFind('/');
    put("dirname"_s, slash == 0 ? WTF::String("/"_s) : path.left(slash));
    put("filename"_s, path);
  }
  meta->putDirect(vm, JSC::Identifier::fromString(vm, "resolve"_s), require_functions::resolve_of_import_meta(loader_of(global), key.toWTFString(global)));
  put("url"_s, url.string());
  return meta;
}

run_counts loader::counts() const {
  run_counts out;
  for_each_module([&](const module& m) {
    // A module that was asked for and never loaded is not of the program.
    if ((!m.is_loaded() && !m.was_parsed) || m.is_builtin()) return;
    ++out.modules;
    const bool parsed = m.was_parsed || m.was_compiled();
    out.from_source += !m.from_graph;
    out.parsed += parsed;
    out.hits += m.from_graph && !parsed;
    out.refused += m.is_refused;
  });
  out.complete = is_loaded_;
  out.load_ms = load_ms_;
  return out;
}

}  // namespace bmes::jsc
