#include "modules.hpp"

#include <v8-version.h>

namespace bmes::v8_backend {
namespace {

using v8::Context;
using v8::FixedArray;
using v8::HandleScope;
using v8::Local;
using v8::MaybeLocal;
using v8::Module;
using v8::ModuleRequest;
using v8::ScriptCompiler;
using v8::String;
using v8::Value;

// Older versions of V8 want the context.
template <class Elements>
Local<v8::Data> element(Elements elements, Local<Context> context, int i) {
  if constexpr (requires { elements->Get(i); }) {
    return elements->Get(i);
  } else {
    return elements->Get(context, i);
  }
}

MaybeLocal<Value> evaluation_steps(Local<Context> context, Local<Module> module) { return current_registry()->evaluate_synthetic(context, module); }

#if V8_MAJOR_VERSION >= 14
MaybeLocal<Module> resolve_callback(Local<Context>, std::size_t request, Local<Module> referrer) { return current_registry()->resolve(request, referrer); }
#else
MaybeLocal<Module> resolve_callback(Local<Context> context, Local<String> specifier, Local<FixedArray> attributes, Local<Module> referrer) {
  return current_registry()->resolve(context, specifier, attributes, referrer);
}
#endif

import_phase phase_of([[maybe_unused]] Local<ModuleRequest> request) {
#if V8_MAJOR_VERSION >= 14
  switch (request->GetPhase()) {
    case v8::ModuleImportPhase::kSource:
      return import_phase::source;
    case v8::ModuleImportPhase::kDefer:
      return import_phase::defer;
    case v8::ModuleImportPhase::kEvaluation:
      break;
  }
#endif
  return import_phase::evaluation;
}

}  // namespace

registry*& current_registry() {
  static thread_local registry* current = nullptr;
  return current;
}

std::string to_utf8(v8::Isolate* isolate, Local<Value> value) {
  const String::Utf8Value text(isolate, value);
  return *text ? std::string(*text, static_cast<std::size_t>(text.length())) : std::string();
}

Local<String> to_string(v8::Isolate* isolate, std::string_view utf8) {
  return String::NewFromUtf8(isolate, utf8.data(), v8::NewStringType::kNormal, static_cast<int>(utf8.size())).ToLocalChecked();
}

registry::~registry() {
  if (current_registry() == this) current_registry() = nullptr;
}

std::uint32_t registry::find(std::string_view url) const {
  const auto at = by_url_.find(std::string(url));
  return at == by_url_.end() ? external : at->second;
}

std::uint32_t registry::add(module_entry entry) {
  const auto index = static_cast<std::uint32_t>(entries_.size());
  by_url_.emplace(entry.url, index);
  entries_.push_back(std::move(entry));
  return index;
}

void registry::forget(std::uint32_t count) {
  for (std::uint32_t i = count; i < entries_.size(); ++i) {
    entries_[i].is_forgotten = true;
    if (const auto at = by_url_.find(entries_[i].url); at != by_url_.end() && at->second == i) by_url_.erase(at);
  }
}

void registry::place(std::uint32_t index, Local<Module> module) {
  entries_[index].module.Reset(isolate_, module);
  by_identity_.emplace(module->GetIdentityHash(), index);
}

std::uint32_t registry::index_of(Local<Module> module) {
  if (last_referrer_ < entries_.size() && entries_[last_referrer_].module == module) return last_referrer_;
  const auto [begin, end] = by_identity_.equal_range(module->GetIdentityHash());
  for (auto at = begin; at != end; ++at)
    if (entries_[at->second].module == module) return last_referrer_ = at->second;
  return external;
}

MaybeLocal<v8::Data> registry::import_options(const module_entry& e, Local<Context> context) {
  if (!e.uses_import) return callbacks.plain.Get(isolate_)->GetScriptOrigin().GetHostDefinedOptions();
  Local<Value> argument = to_string(isolate_, e.url);
  Local<Value> like;
  if (!callbacks.importer.Get(isolate_)->Call(context, v8::Undefined(isolate_), 1, &argument).ToLocal(&like)) return {};
  return like.As<v8::Function>()->GetScriptOrigin().GetHostDefinedOptions();
}

bool registry::compile(std::uint32_t index, byte_view code, Local<Context> context) {
  module_entry& e = entries_[index];
  Local<String> source;
  if (!source_text::string(isolate_, e.text).ToLocal(&source)) return false;
  const auto url = String::NewFromUtf8(isolate_, e.url.data(), v8::NewStringType::kInternalized, static_cast<int>(e.url.size())).ToLocalChecked();
  // V8 reads the data and neither keeps nor changes it.
  const auto* data = static_cast<const std::uint8_t*>(static_cast<const void*>(code.data()));
  Local<v8::Data> options;
  if (!import_options(e, context).ToLocal(&options)) return false;
  const v8::ScriptOrigin origin(
#if V8_MAJOR_VERSION < 13
      isolate_,
#endif
      url, 0, 0, true, -1, Local<Value>(), false, false, true, options);
  auto* cached = code.empty() ? nullptr : new ScriptCompiler::CachedData(data, static_cast<int>(code.size()), ScriptCompiler::CachedData::BufferNotOwned);
  ScriptCompiler::Source input(source, origin, cached);
  Local<Module> module;
  if (!ScriptCompiler::CompileModule(isolate_, &input, cached ? ScriptCompiler::kConsumeCodeCache : ScriptCompiler::kNoCompileOptions).ToLocal(&module))
    return false;
  entries_[index].was_refused = cached && cached->rejected;
  place(index, module);
  module_entry& made = entries_[index];
  made.script.Reset(isolate_, made.module.Get(isolate_)->GetUnboundModuleScript());
  made.was_hit = !code.empty() && !made.was_refused;
  made.code_size = made.was_hit ? code.size() : 0;
  made.text->forget_reads();
  return true;
}

void registry::read_requests(std::uint32_t index, Local<Context> context) {
  module_entry& e = entries_[index];
  const auto all = e.module.Get(isolate_)->GetModuleRequests();
  for (int i = 0; i < all->Length(); ++i) {
    const HandleScope scope(isolate_);
    const auto r = element(all, context, i).As<ModuleRequest>();
    request out{to_utf8(isolate_, r->GetSpecifier()), {}, phase_of(r)};
    const auto attributes = r->GetImportAttributes();
    for (int a = 0; a + 2 < attributes->Length(); a += 3)
      out.attributes.emplace_back(to_utf8(isolate_, element(attributes, context, a).As<Value>()), to_utf8(isolate_, element(attributes, context, a + 1).As<Value>()));
    e.requests.push_back(std::move(out));
  }
}

bool registry::make_synthetic(std::uint32_t index, Local<Context> context) {
  module_entry& e = entries_[index];
  std::vector<Local<String>> list;
  if (e.kind == module_kind::builtin) {
    Local<Value> keys;
    const auto own = e.exports.Get(isolate_)->GetOwnPropertyNames(
        context, static_cast<v8::PropertyFilter>(v8::ONLY_ENUMERABLE | v8::SKIP_SYMBOLS), v8::KeyConversionMode::kConvertToString);
    if (!own.ToLocal(&keys)) return false;
    const auto all = keys.As<v8::Array>();
    for (std::uint32_t i = 0; i < all->Length(); ++i) {
      const auto name = all->Get(context, i).ToLocalChecked().As<String>();
      if (!name->StringEquals(to_string(isolate_, "default"))) list.push_back(name);
    }
    list.push_back(to_string(isolate_, "default"));
  } else if (e.kind == module_kind::json) {
    list.push_back(to_string(isolate_, "default"));
  } else {
    if (!e.notes.names) return false;
    for (const auto& name : *e.notes.names) list.push_back(to_string(isolate_, name));
  }
  e.names.clear();
  for (const auto name : list) e.names.emplace_back(isolate_, name);
  place(index, Module::CreateSyntheticModule(isolate_, to_string(isolate_, e.url), v8::MemorySpan<const Local<String>>(list.data(), list.size()), evaluation_steps));
  return true;
}

std::uint32_t registry::builtin(const std::string& url, Local<Context> context) {
  if (const auto known = find(url); known != external) return known;
  const auto process = callbacks.process.Get(isolate_);
  Local<Value> get, exports;
  Local<Value> argument = to_string(isolate_, url);
  if (!process->Get(context, to_string(isolate_, "getBuiltinModule")).ToLocal(&get) || !get->IsFunction()) return external;
  if (!get.As<v8::Function>()->Call(context, process, 1, &argument).ToLocal(&exports) || !exports->IsObject()) return external;
  module_entry e;
  e.url = e.key = url;
  e.kind = module_kind::builtin;
  e.exports.Reset(isolate_, exports.As<v8::Object>());
  const auto index = add(std::move(e));
  return make_synthetic(index, context) ? index : external;
}

void registry::sync_builtins(Local<Context> context) {
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    const auto& e = entries_[i];
    if (e.kind != module_kind::builtin || e.module.Get(isolate_)->GetStatus() != Module::kEvaluated) continue;
    if (!set_values(i, e.exports.Get(isolate_), context)) return;
  }
}

bool registry::instantiate(std::uint32_t index, Local<Context> context) {
  current_registry() = this;
  next_request_ = 0;
  return entries_[index].module.Get(isolate_)->InstantiateModule(context, resolve_callback).FromMaybe(false);
}

MaybeLocal<Value> registry::evaluate(std::uint32_t index, Local<Context> context) {
  current_registry() = this;
  return entries_[index].module.Get(isolate_)->Evaluate(context);
}

MaybeLocal<Module> registry::resolve(std::size_t request, Local<Module> referrer) {
  const std::uint32_t from = index_of(referrer);
  const std::uint32_t to = from != external && request < entries_[from].requests.size() ? entries_[from].requests[request].to : external;
  if (to == external) {
    isolate_->ThrowException(v8::Exception::Error(to_string(isolate_, "a module is not linked")));
    return {};
  }
  return entries_[to].module.Get(isolate_);
}

MaybeLocal<Module> registry::resolve(Local<Context> context, Local<String> specifier, Local<FixedArray> attributes, Local<Module> referrer) {
  // V8 asks in the order of the requests.
  const auto all = referrer->GetModuleRequests();
  const auto count = static_cast<std::size_t>(all->Length());
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t i = (next_request_ + k) % count;
    const auto r = element(all, context, static_cast<int>(i)).As<ModuleRequest>();
    if (r->GetSpecifier() != specifier || r->GetImportAttributes() != attributes) continue;
    next_request_ = i + 1;
    return resolve(i, referrer);
  }
  return resolve(count, referrer);
}

bool registry::set_values(std::uint32_t index, Local<Value> exports, Local<Context> context) {
  const auto module = entries_[index].module.Get(isolate_);
  const auto kind = entries_[index].kind;
  const std::size_t count = entries_[index].names.size();
  const auto undefined = v8::Undefined(isolate_);
  Local<v8::Object> object;
  if (!exports->IsNullOrUndefined() && !exports->ToObject(context).ToLocal(&object)) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const HandleScope scope(isolate_);
    const auto name = entries_[index].names[i].Get(isolate_);
    Local<Value> value = exports;
    const bool is_whole = name->StringEquals(to_string(isolate_, "default")) ||
                          (kind == module_kind::common_js && name->StringEquals(to_string(isolate_, "module.exports")));
    if (!is_whole) {
      value = undefined;
      v8::TryCatch failed(isolate_);
      if (!object.IsEmpty() && object->HasOwnProperty(context, name).FromMaybe(false) && !object->Get(context, name).ToLocal(&value)) value = undefined;
      if (failed.HasCaught() && kind == module_kind::builtin) {
        failed.ReThrow();
        return false;
      }
    }
    module->SetSyntheticModuleExport(isolate_, name, value).Check();
  }
  return true;
}

MaybeLocal<Value> registry::evaluate_synthetic(Local<Context> context, Local<Module> module) {
  v8::EscapableHandleScope scope(isolate_);
  const std::uint32_t index = index_of(module);
  Local<Value> exports;
  if (entries_[index].kind == module_kind::builtin) {
    exports = entries_[index].exports.Get(isolate_);
  } else if (entries_[index].kind == module_kind::json) {
    if (!callbacks.call("jsonValue", {to_string(isolate_, entries_[index].key)}).ToLocal(&exports)) return {};
  } else {
    // Called from here, nothing of the package stands in the stacks that the module sees.
    const auto module_class = callbacks.module_class.Get(isolate_);
    Local<Value> load;
    Local<Value> arguments[] = {to_string(isolate_, entries_[index].key), v8::Undefined(isolate_), v8::False(isolate_)};
    if (!module_class->Get(context, to_string(isolate_, "_load")).ToLocal(&load) || !load->IsFunction()) return {};
    if (!load.As<v8::Function>()->Call(context, module_class, 3, arguments).ToLocal(&exports)) return {};
  }
  if (!set_values(index, exports, context)) return {};
  const auto done = v8::Promise::Resolver::New(context).ToLocalChecked();
  done->Resolve(context, v8::Undefined(isolate_)).Check();
  return scope.Escape(done->GetPromise().As<Value>());
}

}  // namespace bmes::v8_backend
