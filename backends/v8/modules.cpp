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

std::uint32_t registry::index_of(Local<Module> module) const {
  const auto [begin, end] = by_identity_.equal_range(module->GetIdentityHash());
  for (auto at = begin; at != end; ++at)
    if (entries_[at->second].module == module) return at->second;
  return external;
}

bool registry::compile(std::uint32_t index, byte_view code, Local<Context> context) {
  module_entry& e = entries_[index];
  Local<String> source;
  if (!source_text::string(isolate_, e.text).ToLocal(&source)) return false;
  const auto url = String::NewFromUtf8(isolate_, e.url.data(), v8::NewStringType::kInternalized, static_cast<int>(e.url.size())).ToLocalChecked();
  // V8 reads the data and neither keeps nor changes it.
  const auto* data = static_cast<const std::uint8_t*>(static_cast<const void*>(code.data()));
  if (e.uses_host) {
    Local<Value> buffer = v8::Undefined(isolate_);
    if (!code.empty()) {
      auto store = v8::ArrayBuffer::NewBackingStore(const_cast<std::uint8_t*>(data), code.size(), v8::BackingStore::EmptyDeleter, nullptr);
      buffer = v8::Uint8Array::New(v8::ArrayBuffer::New(isolate_, std::move(store)), 0, code.size());
    }
    Local<Value> arguments[] = {url, source, buffer};
    Local<Value> made;
    if (!callbacks.make_source.Get(isolate_)->Call(context, v8::Undefined(isolate_), 3, arguments).ToLocal(&made)) return false;
    // [the wrapper, whether the code was refused]
    const auto pair = made.As<v8::Array>();
    const auto wrapper = pair->Get(context, 0).ToLocalChecked().As<v8::Object>();
    entries_[index].was_refused = pair->Get(context, 1).ToLocalChecked()->IsTrue();
    for (int field = 0; field < wrapper->InternalFieldCount(); ++field) {
      const Local<v8::Data> inside = wrapper->GetInternalField(field);
      if (!inside->IsModule()) continue;
      entries_[index].wrapper.Reset(isolate_, wrapper);
      place(index, inside.As<Module>());
      break;
    }
    if (entries_[index].module.IsEmpty()) {
      isolate_->ThrowException(v8::Exception::Error(to_string(isolate_, "no module behind vm.SourceTextModule")));
      return false;
    }
  } else {
    const auto options = callbacks.plain.Get(isolate_)->GetScriptOrigin().GetHostDefinedOptions();
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
    e.was_refused = cached && cached->rejected;
    place(index, module);
  }
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

bool registry::make_synthetic(std::uint32_t index, Local<v8::Array> names, Local<Context> context) {
  std::vector<Local<String>> list;
  for (std::uint32_t i = 0; i < names->Length(); ++i) list.push_back(names->Get(context, i).ToLocalChecked().As<String>());
  module_entry& e = entries_[index];
  e.names.Reset(isolate_, names);
  place(index, Module::CreateSyntheticModule(isolate_, to_string(isolate_, e.url), v8::MemorySpan<const Local<String>>(list.data(), list.size()), evaluation_steps));
  return true;
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

void registry::set_values(std::uint32_t index, Local<v8::Array> values, Local<Context> context) {
  const auto module = entries_[index].module.Get(isolate_);
  const auto names = entries_[index].names.Get(isolate_);
  for (std::uint32_t i = 0; i < names->Length(); ++i)
    module->SetSyntheticModuleExport(isolate_, names->Get(context, i).ToLocalChecked().As<String>(), values->Get(context, i).ToLocalChecked()).Check();
}

MaybeLocal<Value> registry::evaluate_synthetic(Local<Context> context, Local<Module> module) {
  v8::EscapableHandleScope scope(isolate_);
  const std::uint32_t index = index_of(module);
  const auto undefined = v8::Undefined(isolate_);
  Local<Value> exports = undefined;
  if (entries_[index].kind == module_kind::common_js) {
    // Called from here, nothing of the package stands in the stacks that the module sees.
    const auto module_class = callbacks.module_class.Get(isolate_);
    Local<Value> load;
    Local<Value> arguments[] = {to_string(isolate_, entries_[index].key), undefined, v8::False(isolate_)};
    if (!module_class->Get(context, to_string(isolate_, "_load")).ToLocal(&load) || !load->IsFunction()) return {};
    if (!load.As<v8::Function>()->Call(context, module_class, 3, arguments).ToLocal(&exports)) return {};
  }
  const auto names = entries_[index].names.Get(isolate_);
  Local<Value> arguments[] = {v8::Integer::NewFromUnsigned(isolate_, index), to_string(isolate_, entries_[index].url),
                              v8::Integer::New(isolate_, static_cast<int>(entries_[index].kind)), names, exports};
  Local<Value> given;
  if (!callbacks.values_of.Get(isolate_)->Call(context, undefined, 5, arguments).ToLocal(&given)) return {};
  set_values(index, given.As<v8::Array>(), context);
  const auto done = v8::Promise::Resolver::New(context).ToLocalChecked();
  done->Resolve(context, v8::Undefined(isolate_)).Check();
  return scope.Escape(done->GetPromise().As<Value>());
}

}  // namespace bmes::v8_backend
