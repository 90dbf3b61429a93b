// CommonJS modules: their functions from the file, with code as executed, and requests that are known.
#include "state.hpp"

#include "files.hpp"

#include <array>
#include <sys/stat.h>

namespace bmes::v8_backend {
namespace {

using v8::Context;
using v8::Function;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::ScriptCompiler;
using v8::String;
using v8::Value;

// The entry of the CommonJS module at `path`; external where something else is there.
std::uint32_t entry_at(state& s, const std::string& path) {
  auto& modules = s.running.modules;
  const auto url = s.running.url_of(path);
  const auto known = modules.find(url);
  if (known != external) return modules.entries()[known].kind == module_kind::common_js ? known : external;
  module_entry e;
  e.url = url;
  e.key = path;
  e.kind = module_kind::common_js;
  return modules.add(std::move(e));
}

v8::MaybeLocal<Function> compile_function(state& s, std::uint32_t index, byte_view code, Local<String> path, Local<Context> context) {
  Isolate* const isolate = s.isolate;
  auto& modules = s.running.modules;
  Local<String> source;
  Local<v8::Data> options;
  if (!source_text::string(isolate, modules.entries()[index].text).ToLocal(&source)) return {};
  if (!modules.import_options(modules.entries()[index], context).ToLocal(&options)) return {};
  const v8::ScriptOrigin origin(
#if V8_MAJOR_VERSION < 13
      isolate,
#endif
      path, 0, 0, true, -1, Local<Value>(), false, false, false, options);
  const auto* data = static_cast<const std::uint8_t*>(static_cast<const void*>(code.data()));
  auto* cached = code.empty() ? nullptr : new ScriptCompiler::CachedData(data, static_cast<int>(code.size()), ScriptCompiler::CachedData::BufferNotOwned);
  ScriptCompiler::Source input(source, origin, cached);
  std::array parameters{word(isolate, "exports"), word(isolate, "require"), word(isolate, "module"), word(isolate, "__filename"), word(isolate, "__dirname")};
  Local<Function> made;
  if (!ScriptCompiler::CompileFunction(context, &input, parameters.size(), parameters.data(), 0, nullptr, cached ? ScriptCompiler::kConsumeCodeCache : ScriptCompiler::kNoCompileOptions)
           .ToLocal(&made))
    return {};
  auto& e = modules.entries()[index];
  e.function.Reset(isolate, made);
  e.was_refused = cached && cached->rejected;
  e.was_hit = cached && !cached->rejected;
  e.code_size = e.was_hit ? code.size() : 0;
  e.text->forget_reads();
  return made;
}

// Calls the module's function from where Node calls it.
void run(const call_info& c, state& s, Local<Function> function, Local<Object> module, Local<Value> path, Local<Context> context) {
  Isolate* const isolate = s.isolate;
  const auto undefined = v8::Undefined(isolate);
  Local<Value> subject = module, require, out;
  if (!s.make_require.Get(isolate)->Call(context, undefined, 1, &subject).ToLocal(&require)) return;
  const auto name = to_utf8(isolate, path);
  const auto directory = word(isolate, std::string_view(name).substr(0, std::max<std::size_t>(name.rfind('/'), 1)));
  Local<Value> arguments[] = {s.apply.Get(isolate), function, get(context, module, "exports"), require, path, directory, module, s.compile_frame.Get(isolate)};
  const auto receiver = s.load_frame.Get(isolate);
  ++s.depth;
  if (get(context, receiver, ".js").As<Function>()->Call(context, receiver, 8, arguments).ToLocal(&out)) c.GetReturnValue().Set(out);
  if (--s.depth == 0) {
    s.files.clear();
    s.packages.clear();
  }
}

// The function of the module at `path`: from the file, or compiled from its source; none where Node has to see it.
v8::MaybeLocal<Function> function_for(state& s, const std::string& path, Local<String> name, const std::optional<program::known_module>& fresh, Local<Context> context) {
  const auto index = entry_at(s, path);
  if (index == external) return {};
  byte_view code;
  const v8::TryCatch failed(s.isolate);
  if (fresh && s.running.has_text(*fresh)) {
    s.running.take(index, *fresh);
    code = fresh->parts.code;
  } else {
    auto file = filesystem::read_file(path);
    // A mark at the start stays in a text that Node strips for require().
    if (file.error != 0 || (is_type_script(path) && file.text.starts_with("\xEF\xBB\xBF"))) return {};
    auto known = s.running.known(path, file.identity);
    if (known && known->parts.kind != module_kind::common_js) known.reset();
    module_entry read;
    read.source = file.identity;
    std::string type_script_name;
    if (Local<Value> called; !known && is_type_script(path)) {
      if (!s.call("requiredName", {name}).ToLocal(&called)) return {};
      type_script_name = to_utf8(s.isolate, called);
    }
    if (!take_source(s, read, std::move(file.text), path, type_script_name, known)) return {};
    if (known) code = known->parts.code;
    s.running.modules.entries()[index].take_source_of(std::move(read));
  }
  Local<Function> function;
  if (!compile_function(s, index, code, name, context).ToLocal(&function)) {
    s.running.modules.entries()[index].is_forgotten = true;
    return {};
  }
  return function;
}

// Evaluates an ES module that is required. Called from here, nothing of the package stands in the stacks that it sees.
void evaluate_required(state& s, Local<Object> module, Local<v8::Uint32> index, Local<Context> context) {
  Local<Value> promise, ignored;
  if (!s.running.modules.evaluate(index->Value(), context).ToLocal(&promise)) return;
  // Its error is thrown by require().
  const auto nothing = Function::New(context, [](const call_info&) {}).ToLocalChecked();
  if (promise->IsPromise() && promise.As<v8::Promise>()->Catch(context, nothing).IsEmpty()) return;
  (void)s.call("giveExports", {module, index}).ToLocal(&ignored);
}

// In the place of Module._extensions['.js']: (module, filename)
void load_file(const call_info& c) {
  auto& s = of(c);
  const auto original = [&] { (void)call_original(c, s.load_file.Get(s.isolate), s.extensions.Get(s.isolate)); };
  if (c.Length() < 2 || !c[0]->IsObject() || !c[1]->IsString() || s.is_hooked) return original();
  const auto context = s.isolate->GetCurrentContext();
  const auto module = c[0].As<Object>();
  const auto path = text_at(c, 1);
  if (!path.starts_with('/') || path.starts_with(s.folder) || get(context, module, "_compile") != s.compile.Get(s.isolate)) return original();
  auto known = s.running.known_fresh(path);
  if (known && !s.running.is_unchanged(known->index)) known.reset();
  auto kind = known ? known->parts.kind : module_kind::builtin;
  if (!known) {
    Local<Value> format;
    if (!s.call("formatOf", {c[1]}).ToLocal(&format)) return;
    const auto word = to_utf8(s.isolate, format);
    kind = word == "commonjs" ? module_kind::common_js : word == "module" ? module_kind::source : module_kind::builtin;
  }
  if (kind == module_kind::source) {
    Local<Value> done;
    if (!s.call("requireModule", {module, c[1]}).ToLocal(&done)) return;
    return done->IsNumber() ? evaluate_required(s, module, done.As<v8::Uint32>(), context) : done->IsTrue() ? void() : original();
  }
  Local<Function> function;
  if (kind != module_kind::common_js || !function_for(s, path, c[1].As<String>(), known, context).ToLocal(&function)) return original();
  run(c, s, function, module, c[1], context);
}

// Whether there is a file. As Node does, the disk is asked once while a module and all it requires are loaded.
bool is_file(state& st, const std::string& path) {
  const auto ask = [&] {
    struct stat s {};
    return ::stat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode);
  };
  if (st.depth == 0) return ask();
  const auto [at, is_new] = st.files.emplace(path, false);
  if (is_new) at->second = ask();
  return at->second;
}

// Whether the nearest folder of the package is one that was there at the start, and is as it was.
bool is_package_unchanged(state& s, const std::string& parent, std::string_view request) {
  using found = state::package_state;
  const auto slash = request.find('/', request.starts_with('@') ? std::min(request.find('/'), request.size() - 1) + 1 : 0);
  const auto name = request.substr(0, slash);
  const auto look = [&](const std::string& folder) {
    if (filesystem::look(folder, false).kind != fact_kind::directory) return found::absent;
    return s.running.is_package_unchanged(folder) ? found::unchanged : found::changed;
  };
  for (std::string at = parent;;) {
    at.resize(at.rfind('/'));
    if (!at.ends_with("/node_modules")) {
      const std::string folder = at + "/node_modules/" + std::string(name);
      const auto known = s.depth == 0 ? s.packages.end() : s.packages.find(folder);
      const found state = known != s.packages.end() ? known->second : look(folder);
      if (s.depth != 0) s.packages.emplace(folder, state);
      if (state != found::absent) return state == found::unchanged;
    }
    if (at.empty()) return false;
  }
}

// Whether the package.json in charge of the module is the one that was there at the start, and is as it was.
bool is_scope_unchanged(state& s, std::string_view parent) {
  using found = state::package_state;
  std::string file;
  for (auto end = parent.rfind('/');; end = parent.rfind('/', end - 1)) {
    file = std::string(parent.substr(0, end)) + "/package.json";
    if (is_file(s, file)) break;
    if (end == 0) return false;
  }
  const auto look = [&] { return s.running.is_fact_unchanged(file) ? found::unchanged : found::changed; };
  if (s.depth == 0) return look() == found::unchanged;
  const auto [at, is_new] = s.packages.emplace(file, found::absent);
  if (is_new) at->second = look();
  return at->second == found::unchanged;
}

// The facts held when the program started: whether what it has written since then leads a request elsewhere.
bool still_leads(state& s, const std::string& parent, std::string_view request, const module_notes::target& to) {
  const std::string& found = to.path;
  if (!is_file(s, found)) return false;
  if (to.is_in_scope) return is_scope_unchanged(s, parent);
  if (request.starts_with('/')) return true;
  if (!request.starts_with("./") && !request.starts_with("../")) return is_package_unchanged(s, parent, request);
  std::string base = parent.substr(0, parent.rfind('/'));
  while (!request.empty()) {
    const auto part = request.substr(0, request.find('/'));
    request.remove_prefix(std::min(request.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      base.resize(std::min(base.size(), base.rfind('/')));
      continue;
    }
    base += '/';
    base += part;
  }
  for (const std::string_view suffix : {"", ".js", ".json", ".node"}) {
    const std::string candidate = base + std::string(suffix);
    if (candidate == found) return true;
    // Another name of the same file may be met: then Node is asked.
    if (is_file(s, candidate)) return false;
  }
  return true;
}

// In the place of Module._resolveFilename: (request, parent, isMain, options)
void resolve_filename(const call_info& c) {
  auto& s = of(c);
  const bool is_ours = c.Length() >= 2 && c[0]->IsString() && c[1]->IsObject() && (c.Length() < 4 || c[3]->IsUndefined()) && !s.is_hooked && !s.asks_node;
  if (!is_ours) return (void)call_original(c, s.resolve_filename.Get(s.isolate), s.resolver.Get(s.isolate));
  const auto context = s.isolate->GetCurrentContext();
  const auto request = text_at(c, 0);
  const auto parent = to_utf8(s.isolate, get(context, c[1].As<Object>(), "filename"));
  auto& modules = s.running.modules;
  const auto from = parent.starts_with('/') ? modules.find(s.running.url_of(parent)) : external;
  if (from == external) return (void)call_original(c, s.resolve_filename.Get(s.isolate), s.resolver.Get(s.isolate));
  module_notes::target to;
  const auto& known = modules.entries()[from].notes.requests;
  if (const auto at = known.find(request); at != known.end()) to = at->second;
  if (!to.path.empty() && s.running.is_fresh() && still_leads(s, parent, request, to)) return c.GetReturnValue().Set(word(s.isolate, to.path));
  const auto found = call_original(c, s.resolve_filename.Get(s.isolate), s.resolver.Get(s.isolate));
  if (found.IsEmpty() || !found->IsString() || !s.running.may_write()) return;
  const auto now = to_utf8(s.isolate, found);
  if (!now.starts_with('/') || now == to.path) return;
  Local<Value> ignored;
  const v8::TryCatch quiet(s.isolate);
  (void)s.call("noteRequest", {v8::Integer::NewFromUnsigned(s.isolate, from), word(s.isolate, parent), c[0], found}).ToLocal(&ignored);
}

// `mod.require` has the place that it has in Node's text.
constexpr std::string_view require_text = R"((function (compile, process, Module) {
  return function makeRequireFunction(mod) {
  let node;
  const own = () => (node ??= compile.call(mod, 'return require', mod.filename, 'commonjs'));
  function resolve(request, options) { return own().resolve(request, options); }
  function paths(request) { return own().resolve.paths(request); }
  const require = function require(path) {
    return mod.require(path);
  };
  require.resolve = resolve; resolve.paths = paths; require.main = process.mainModule; require.extensions = Module._extensions; require.cache = Module._cache;
  return require;
  };
}))";
constexpr int line_of_require = 8;

}  // namespace

Local<Value> call_original(const call_info& c, Local<Function> original, Local<Value> receiver) {
  std::vector<Local<Value>> arguments;
  for (int i = 0; i < c.Length(); ++i) arguments.push_back(c[i]);
  Local<Value> out;
  if (original->Call(c.GetIsolate()->GetCurrentContext(), receiver, c.Length(), arguments.data()).ToLocal(&out)) c.GetReturnValue().Set(out);
  return out;
}

void install_common_js(state& s, Local<Context> context) {
  Isolate* const isolate = s.isolate;
  const auto& callbacks = s.running.modules.callbacks;
  const auto module_class = callbacks.module_class.Get(isolate);
  const auto extensions = get(context, module_class, "_extensions").As<Object>();
  s.load_file.Reset(isolate, get(context, extensions, ".js").As<Function>());
  s.apply.Reset(isolate, get(context, get(context, context->Global(), "Reflect").As<Object>(), "apply").As<Function>());
  const auto options = callbacks.plain.Get(isolate)->GetScriptOrigin().GetHostDefinedOptions();
  const auto at = [&](std::string text, const place& where, int line) {
    Local<Value> out;
    (void)compile_at(isolate, word(isolate, text), word(isolate, where.script), std::max(where.line - line + 1, 1), options).ToLocal(&out);
    return out;
  };
  const auto frame = [&](std::string head, const place& where, std::string_view calls, std::string_view tail) {
    return at(head + "\n" + std::string(static_cast<std::size_t>(std::max(where.column - 1, 0)), ' ') + std::string(calls) + std::string(tail), where, 2);
  };
  s.compile_frame.Reset(isolate, frame("({_compile(a,f,e,r,n,d,m){const v=", s.compile_place, "a(f,e,[e,r,m,n,d]);return v", "}})._compile").As<Function>());
  s.load_frame.Reset(isolate, frame("(Object=>(Object['.js']=function(a,f,e,r,n,d,m,c){", s.load_place, "a(c,m,[a,f,e,r,n,d,m])", "},Object))({__proto__:null})").As<Object>());
  const auto make = at(std::string(require_text), s.require_place, line_of_require).As<Function>();
  Local<Value> arguments[] = {s.compile.Get(isolate), callbacks.process.Get(isolate), module_class};
  s.make_require.Reset(isolate, make->Call(context, v8::Undefined(isolate), 3, arguments).ToLocalChecked().As<Function>());

  // Node's own are called as methods of these: stacks say whose method a function is, if it is one.
  s.extensions.Reset(isolate, at("({__proto__:null})", {}, 1).As<Object>());
  set(context, s.extensions.Get(isolate), ".js", s.load_file.Get(isolate));
  s.resolver.Reset(isolate, at("(function Module(){})", {}, 1).As<Object>());
  set(context, s.resolver.Get(isolate), "_resolveFilename", s.resolve_filename.Get(isolate));

  set(context, extensions, ".js", function_of(s, load_file, s.load_file.Get(isolate)->GetName().As<String>(), 2));
  set(context, module_class, "_resolveFilename", function_of(s, resolve_filename, s.resolve_filename.Get(isolate)->GetName().As<String>(), 4));
}

// running(index, isLinked): [specifier, path of who requests it] of what is in the middle of running and requested by the module or below it; nothing
// where all is well. Before it is linked that is CommonJS, whose exports are not all there; afterwards what V8 would crash on.
void running(const call_info& c) {
  auto& s = of(c);
  auto& entries = s.running.modules.entries();
  const auto context = s.isolate->GetCurrentContext();
  const auto root = c[0].As<v8::Uint32>()->Value();
  const bool is_linked = c[1]->IsTrue();
  const auto give = [&](std::string_view specifier, std::string_view from) {
    std::array<Local<Value>, 2> out{word(s.isolate, specifier), word(s.isolate, from)};
    c.GetReturnValue().Set(v8::Array::New(s.isolate, out.data(), out.size()));
  };
  const auto status_of = [&](std::uint32_t index) { return entries[index].module.Get(s.isolate)->GetStatus(); };
  const auto cache = get(context, s.running.modules.callbacks.module_class.Get(s.isolate), "_cache").As<Object>();
  const auto runs = [&](std::uint32_t index) {
    const auto& e = entries[index];
    if (is_linked) return status_of(index) == v8::Module::kEvaluating;
    if (e.kind != module_kind::common_js) return false;
    const auto module = get(context, cache, e.key);
    return module->IsObject() && get(context, module.As<Object>(), "loaded")->IsFalse();
  };
  if (runs(root)) return give({}, {});
  std::vector<bool> seen(entries.size());
  std::vector<std::uint32_t> pending{root};
  seen[root] = true;
  while (!pending.empty()) {
    const auto at = pending.back();
    pending.pop_back();
    for (const auto& request : entries[at].requests) {
      if (request.to >= seen.size() || seen[request.to] || (!is_linked && status_of(request.to) >= v8::Module::kInstantiated)) continue;
      seen[request.to] = true;
      if (runs(request.to)) return give(request.specifier, entries[at].key);
      pending.push_back(request.to);
    }
  }
}

void find_places(state& s, Local<Function> require) {
  // The package's own file was called from there just now.
  constexpr std::string_view loader = "node:internal/modules/cjs/loader";
  const auto stack = v8::StackTrace::CurrentStackTrace(s.isolate, 3, v8::StackTrace::kDetailed);
  const auto at = [&](int i) -> place {
    if (i >= stack->GetFrameCount()) return {};
    const auto frame = stack->GetFrame(s.isolate, static_cast<std::uint32_t>(i));
    if (to_utf8(s.isolate, frame->GetScriptName()) != loader) return {};
    return {std::string(loader), frame->GetLineNumber(), frame->GetColumn()};
  };
  s.compile_place = at(1);
  s.load_place = at(2);
  s.require_place = {to_utf8(s.isolate, require->GetScriptOrigin().ResourceName()), require->GetScriptLineNumber() + 2, 1};
}

}  // namespace bmes::v8_backend
