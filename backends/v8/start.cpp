// The start of a program: whether it is ours, and which way it is run.
#include "state.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

namespace bmes::v8_backend {
namespace {

using v8::Array;
using v8::Context;
using v8::Function;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::Module;
using v8::Object;
using v8::Promise;
using v8::String;
using v8::Value;

bool has_word(std::string_view word, std::string_view option) {
  return word.starts_with(option) && (word.size() == option.size() || word[option.size()] == '=');
}

struct option_meaning {
  std::string_view option;
  bool is_prefix;
  std::string_view reason;
};
// What these mean is not for two loaders to decide.
constexpr std::array not_ours{
    option_meaning{"--inspect", true, "inspector"},
    option_meaning{"--debug", true, "inspector"},
    option_meaning{"--import", false, "other_loader"},
    option_meaning{"--loader", false, "other_loader"},
    option_meaning{"--experimental-loader", false, "other_loader"},
    option_meaning{"--permission", false, "permission_model"},
    option_meaning{"--experimental-permission", false, "permission_model"},
    option_meaning{"--test", false, "test_runner"},
    option_meaning{"--test-", true, "test_runner"},
    option_meaning{"--watch", true, "watch_mode"},
    option_meaning{"-c", false, "no_entry_file"},
    option_meaning{"-e", false, "no_entry_file"},
    option_meaning{"-p", false, "no_entry_file"},
    option_meaning{"-i", false, "no_entry_file"},
    option_meaning{"-pe", false, "no_entry_file"},
    option_meaning{"--eval", false, "no_entry_file"},
    option_meaning{"--print", false, "no_entry_file"},
    option_meaning{"--check", false, "no_entry_file"},
    option_meaning{"--interactive", false, "no_entry_file"},
    option_meaning{"--enable-source-maps", false, "source_maps"},
    option_meaning{"--experimental-transform-types", false, "source_maps"},
    option_meaning{"--no-addons", true, "flag"},
    option_meaning{"--jitless", true, "flag"},
    option_meaning{"--frozen-intrinsics", true, "flag"},
    option_meaning{"--snapshot-blob", true, "flag"},
    option_meaning{"--build-snapshot", true, "flag"},
    option_meaning{"--heap-prof", true, "flag"},
    option_meaning{"--prof", true, "flag"},
    option_meaning{"--no-lazy", true, "flag"},
};
// What changes nothing about where specifiers lead, or which code there is.
constexpr std::array<std::string_view, 13> harmless{"--experimental-vm-modules", "--no-warnings", "--disable-warning", "--max-old-space-size",
                                                    "--max-semi-space-size", "--stack-trace-limit", "--trace-warnings", "--title",
                                                    "--unhandled-rejections", "--use-", "--tls-", "--openssl", "--dns"};

constexpr int code_of_unsettled_main = 13;
constexpr std::uint64_t early_milliseconds = 2000;

bool is_this_package(std::string_view path) { return path.starts_with("bmes/register") || path.ends_with("/register.js"); }

std::vector<std::string> command_line(const state& s, Local<Context> context) {
  std::vector<std::string> out;
  const auto arguments = get(context, s.running.modules.callbacks.process.Get(s.isolate), "execArgv");
  if (arguments->IsArray()) {
    const auto all = arguments.As<Array>();
    for (std::uint32_t i = 0; i < all->Length(); ++i) out.push_back(to_utf8(s.isolate, all->Get(context, i).ToLocalChecked()));
  }
  const char* const inherited = std::getenv("NODE_OPTIONS");
  std::string_view rest = inherited ? inherited : "";
  while (!rest.empty()) {
    const auto size = std::min(rest.find_first_of(" \t\r\n"), rest.size());
    if (size != 0) out.emplace_back(rest.substr(0, size));
    rest.remove_prefix(std::min(size + 1, rest.size()));
  }
  return out;
}

// Whether the command line leaves the program to the package.
bool look_at_options(state& s, Local<Context> context) {
  const auto words = command_line(s, context);
  bool has_vm_modules = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& w = words[i];
    for (const auto& [option, is_prefix, reason] : not_ours) {
      if (!(is_prefix ? w.starts_with(option) : has_word(w, option))) continue;
      s.stand_aside(reason, w);
      return false;
    }
    if (w == "-r" || w == "--require") {
      if (++i == words.size() || !is_this_package(words[i])) s.has_other_preloads = true;
    } else if (w.starts_with("--require=")) {
      if (!is_this_package(std::string_view(w).substr(10))) s.has_other_preloads = true;
    } else if ((w == "-C" || w == "--conditions") && i + 1 < words.size()) {
      s.flags.push_back("--conditions=" + words[++i]);
    } else if (w == "--experimental-vm-modules") {
      has_vm_modules = true;
    } else if (!std::ranges::any_of(harmless, [&](std::string_view h) { return w.starts_with(h); })) {
      s.flags.push_back(w);
    }
  }
  std::ranges::sort(s.flags);
  if (!has_vm_modules) s.stand_aside("no_vm_modules");
  return has_vm_modules;
}

// Where entries are kept; empty if that takes Node to say.
std::string cache_folder() {
  const auto value = [](const char* name) -> std::string_view {
    const char* const v = std::getenv(name);
    return v ? v : "";
  };
  if (const auto folder = value("BMES_CACHE_DIR"); !folder.empty()) return folder.starts_with('/') ? std::string(folder) : std::string();
  std::string out;
  if (const auto folder = value("XDG_CACHE_HOME"); folder.starts_with('/')) {
    out = folder;
    out += "/bmes/esm";
  } else if (const auto home = value("HOME"); home.starts_with('/')) {
    out = home;
    out += "/.bun-cache/esm";
  }
  return out;
}

cache_mode mode_of_environment() {
  const char* const set = std::getenv("BMES_CACHE");
  const std::string_view mode = set ? set : "";
  return mode == "readonly" ? cache_mode::readonly : mode == "refresh" ? cache_mode::refresh : cache_mode::automatic;
}

// The real path of the main file, if it is named as it is.
std::string real_file(const std::string& path) {
  std::array<char, PATH_MAX> out;
  struct stat s {};
  if (!path.starts_with('/') || ::stat(path.c_str(), &s) != 0 || !S_ISREG(s.st_mode) || !::realpath(path.c_str(), out.data())) return {};
  return out.data();
}

// ---- import.meta ------------------------------------------------------------------------------

using meta_callback = void (*)(Local<Context>, Local<Module>, Local<Object>);
// Node's own answer for modules that are not ours. It has no public name: without it, the package stands aside.
meta_callback meta_of_node() {
  static const auto found = reinterpret_cast<meta_callback>(::dlsym(RTLD_DEFAULT,
      "_ZN4node6loader10ModuleWrap38HostInitializeImportMetaObjectCallbackEN2v85LocalINS2_7ContextEEENS3_INS2_6ModuleEEENS3_INS2_6ObjectEEE"));
  return found;
}

state*& state_of_meta() {
  static state* s = nullptr;
  return s;
}

void resolve_in_meta(const call_info& c) {
  auto& s = *state_of_meta();
  Local<Value> out;
  if (s.call("metaResolve", {c[0], c.Data()}).ToLocal(&out)) c.GetReturnValue().Set(out);
}

void initialize_meta(Local<Context> context, Local<Module> module, Local<Object> meta) {
  Isolate* const isolate = Isolate::GetCurrent();
  state* const s = state_of_meta();
  const auto index = s && s->isolate == isolate ? s->running.modules.index_of(module) : external;
  if (index == external) return meta_of_node()(context, module, meta);
  const module_entry& e = s->running.modules.entries()[index];
  const auto put = [&](std::string_view name, Local<Value> value) { meta->CreateDataProperty(context, word(isolate, name), value).Check(); };
  const auto url = word(isolate, e.url);
  if (e.url.starts_with("file:")) {
    std::string path = e.key;
    if (!path.starts_with('/')) {
      Local<Value> found;
      if (!s->call("toPath", {url}).ToLocal(&found)) return;
      path = to_utf8(isolate, found);
    }
    put("dirname", word(isolate, std::string_view(path).substr(0, std::max<std::size_t>(path.rfind('/'), 1))));
    put("filename", word(isolate, path));
  }
  put("main", v8::Boolean::New(isolate, e.url == s->entry_url));
  const auto resolve = Function::New(context, resolve_in_meta, url, 1, v8::ConstructorBehavior::kThrow).ToLocalChecked();
  resolve->SetName(word(isolate, "resolve"));
  put("resolve", resolve);
  put("url", url);
}

// ---- the main module --------------------------------------------------------------------------

void evaluate_main(const call_info& c) {
  auto& s = of(c);
  s.load_ms = std::chrono::duration<double, std::milli>(clock::now() - s.begun).count();
  const auto context = s.isolate->GetCurrentContext();
  const auto index = s.running.modules.find(s.entry_url);
  Local<Value> promise;
  s.is_pending = true;
  if (!s.running.modules.evaluate(index, context).ToLocal(&promise)) return;
  c.GetReturnValue().Set(promise);
  if (promise->IsPromise() && promise.As<Promise>()->State() == Promise::kPending) {
    Local<Value> ignored;
    s.is_watched = s.call("watch", {v8::Integer::NewFromUnsigned(s.isolate, index)}).ToLocal(&ignored);
  }
}

void settle(state& s) {
  s.is_pending = false;
  Local<Value> ignored;
  if (s.is_watched) (void)s.call("unwatch").ToLocal(&ignored);
}
void main_is_done(const call_info& c) { settle(of(c)); }
void main_has_failed(const call_info& c) {
  auto& s = of(c);
  settle(s);
  Local<Value> ignored;
  (void)s.call("fail", {c[0]}).ToLocal(&ignored);
}

// Whether `object`'s `name` is a function of Node's own, and not one that somebody put in its place before or after this package came.
bool is_nodes(Local<Context> context, Local<Object> object, std::string_view name) {
  const auto value = get(context, object, name);
  return value->IsFunction() && to_utf8(Isolate::GetCurrent(), value.As<Function>()->GetScriptOrigin().ResourceName()).starts_with("node:");
}

// The first of the functions by which Node's loader can be changed that is not Node's; empty without.
std::string_view foreign_function(const state& s, Local<Context> context) {
  const auto module_class = s.running.modules.callbacks.module_class.Get(s.isolate);
  const auto in = [&](Local<Object> object, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names)
      if (!is_nodes(context, object, name)) return name;
    return std::string_view();
  };
  const auto extensions = get(context, module_class, "_extensions").As<Object>();
  Local<Array> listed;
  if (!extensions->GetOwnPropertyNames(context).ToLocal(&listed) || listed->Length() != 3) return "require.extensions";
  if (const auto name = in(extensions, {".js", ".json", ".node"}); !name.empty()) return name;
  if (const auto name = in(get(context, module_class, "prototype").As<Object>(), {"_compile", "load", "require"}); !name.empty()) return name;
  return in(module_class, {"_load", "_resolveFilename", "_findPath", "_resolveLookupPaths", "_nodeModulePaths", "wrap"});
}

// Whether hooks were registered before this package came. Those of registerHooks() are numbered; register() loads a part of Node.
bool had_hooks(state& s, Local<Context> context) {
  if (!s.has_other_preloads) return false;
  Local<Value> answer;
  return s.call("hadHooks").ToLocal(&answer) && answer->IsTrue();
}

void keep_early(uv_timer_t* timer) {
  auto& s = *static_cast<state*>(timer->data);
  const HandleScope scope(s.isolate);
  s.lives_on = true;
  keep(s);
  // What runs after this is learned at the end, or by later runs.
  s.is_kept = s.lives_on = false;
}

bool opens(state& s, const std::string& path) {
  std::string folder = cache_folder();
  if (folder.empty()) {
    Local<Value> found;
    if (!s.call("cacheFolder").ToLocal(&found)) return false;
    folder = to_utf8(s.isolate, found);
  }
  s.running.open({folder, path, s.flags, mode_of_environment()});
  // A process that is ended by a signal, as servers are, has no other time to keep what it learned.
  if (s.running.may_write()) {
    ::uv_timer_init(uv_default_loop(), &s.early);
    s.early.data = &s;
    ::uv_timer_start(&s.early, keep_early, early_milliseconds, 0);
    ::uv_unref(static_cast<uv_handle_t*>(static_cast<void*>(&s.early)));
  }
  return true;
}

// In the place of Module.runMain.
void run_main(const call_info& c) {
  auto& s = of(c);
  const auto context = s.isolate->GetCurrentContext();
  auto& modules = s.running.modules;
  const auto module_class = modules.callbacks.module_class.Get(s.isolate);
  // So that stacks say where it stands.
  set(context, module_class, "runMain", s.run_main.Get(s.isolate));
  const auto node = [&] { (void)call_original(c, s.run_main.Get(s.isolate), c.This()); };
  const auto leave = [&](std::string_view reason, std::string_view detail = {}) {
    s.give_up(reason, detail);
    node();
  };
  if (s.is_hooked) return leave("other_loader");
  if (const auto name = foreign_function(s, context); !name.empty()) return leave("other_loader", name);
  if (had_hooks(s, context)) return leave("other_loader", "hooks");

  const auto process = modules.callbacks.process.Get(s.isolate);
  Local<Value> main = c.Length() > 0 && !c[0]->IsUndefined() ? c[0] : get(context, get(context, process, "argv").As<Object>(), "1");
  // Other options may say that links are not followed.
  std::string path = s.flags.empty() ? real_file(to_utf8(s.isolate, main)) : std::string();
  if (path.empty()) {
    Local<Value> found;
    if (!s.call("findMain", {main}).ToLocal(&found)) return;
    if (!found->IsString()) return node();
    path = to_utf8(s.isolate, found);
  }
  if (!opens(s, path)) return;
  const auto known = s.running.known_fresh(path);
  std::uint32_t index = external;
  if (known && known->parts.kind == module_kind::source) {
    const v8::TryCatch failed(s.isolate);
    s.entry_url = s.running.url_of(path);
    index = s.running.load(path, context);
    if (index != external && !modules.instantiate(index, context)) index = external;
    if (index == external) s.running.forget(0);
  }
  if (index == external && !(known && known->parts.kind == module_kind::common_js)) {
    // Gives the index of an ES module, -1 for CommonJS, and nothing where Node is to run it.
    Local<Value> found;
    if (!s.call("loadMain", {word(s.isolate, path)}).ToLocal(&found)) return;
    if (!found->IsNumber()) return node();
    const auto n = found.As<v8::Number>()->Value();
    if (n >= 0) index = static_cast<std::uint32_t>(n);
  }
  s.mode = index == external ? run_mode::common_js : run_mode::modules;
  install_common_js(s, context);
  if (index == external) return node();
  s.entry_url = modules.entries()[index].url;
  evaluate_entry(s, index, context);
}

// registerHooks()
void register_hooks(const call_info& c) {
  auto& s = *state_of_meta();
  if (!s.asks_node) {
    s.is_hooked = true;
    s.give_up("other_loader");
  }
  (void)call_original(c, c.Data().As<Function>(), c.This());
}
// process.setSourceMapsEnabled() and module.setSourceMapsSupport(): Node takes note of the maps of what it loads from then on.
void set_source_maps(const call_info& c) {
  auto& s = *state_of_meta();
  if (c.Length() > 0 && c[0]->IsTrue()) {
    s.is_hooked = true;
    s.give_up("source_maps");
  }
  (void)call_original(c, c.Data().As<Function>(), c.This());
}
void sync_builtins(const call_info& c) {
  auto& s = *state_of_meta();
  const auto context = s.isolate->GetCurrentContext();
  Local<Value> ignored;
  if (c.Data().As<Function>()->Call(context, c.This(), 0, nullptr).ToLocal(&ignored)) s.running.modules.sync_builtins(context);
}
// process.reallyExit(): the process ends, without what follows an ordinary end.
void really_exit(const call_info& c) {
  auto& s = *state_of_meta();
  end(s);
  (void)call_original(c, c.Data().As<Function>(), c.This());
}

template <class T>
Local<Object> prototype_of(Local<T> object) {
  if constexpr (requires { object->GetPrototypeV2(); })
    return object->GetPrototypeV2().template As<Object>();
  else
    return object->GetPrototype().template As<Object>();
}

std::size_t loaded_libraries() {
  std::size_t count = 0;
  ::dl_iterate_phdr([](dl_phdr_info*, std::size_t, void* to) { return ++*static_cast<std::size_t*>(to), 0; }, &count);
  return count;
}

// Whether what Node tidies up when a process ends by itself is memory only: process.exit() leaves it as it is, too.
bool may_end_at_once(state& s, Local<Context> context, Local<Value> code) {
  if (!s.flags.empty() || s.is_hooked || s.libraries != loaded_libraries()) return false;
  // Node calls by itself, not from JavaScript.
  if (v8::StackTrace::CurrentStackTrace(s.isolate, 1)->GetFrameCount() != 0) return false;
  if (!code->IsInt32() || code.As<v8::Int32>()->Value() == code_of_unsettled_main) return false;
  const auto module_class = s.running.modules.callbacks.module_class.Get(s.isolate);
  const auto compile_cache = get(context, module_class, "getCompileCacheDir");
  Local<Value> folder;
  return compile_cache->IsFunction() && compile_cache.As<Function>()->Call(context, module_class, 0, nullptr).ToLocal(&folder) && folder->IsUndefined();
}

// process.emit(): after the last listener of 'exit' there is nothing more to run.
void emit(const call_info& c) {
  auto& s = *state_of_meta();
  const auto context = s.isolate->GetCurrentContext();
  std::vector<Local<Value>> arguments;
  for (int i = 0; i < c.Length(); ++i) arguments.push_back(c[i]);
  Local<Value> out;
  if (!c.Data().As<Function>()->Call(context, c.This(), c.Length(), arguments.data()).ToLocal(&out)) return;
  c.GetReturnValue().Set(out);
  const auto process = s.running.modules.callbacks.process.Get(s.isolate);
  if (c.Length() < 1 || c.This() != process || !c[0]->IsString() || !c[0].As<String>()->StringEquals(word(s.isolate, "exit"))) return;
  if (!get(context, process, "_exiting")->IsTrue()) return;
  // An uncaught error leads here and nowhere else.
  keep(s);
  Local<Value> code = get(context, process, "exitCode");
  if (code->IsUndefined()) code = c[1];
  if (!may_end_at_once(s, context, code)) return;
  const auto leave = get(context, process, "reallyExit");
  Local<Value> ignored;
  if (leave->IsFunction()) (void)leave.As<Function>()->Call(context, process, 1, &code).ToLocal(&ignored);
}

// A function that leaves no frame in stacks stands for `object`'s `name`, which is its data.
void wrap(Local<Context> context, Local<Object> object, std::string_view name, v8::FunctionCallback callback) {
  const auto original = get(context, object, name);
  if (!original->IsFunction()) return;
  // What was inherited is not to be listed.
  const bool is_own = object->HasOwnProperty(context, word(Isolate::GetCurrent(), name)).FromMaybe(false);
  const auto length = get(context, original.As<Object>(), "length")->Int32Value(context).FromMaybe(0);
  const auto made = Function::New(context, callback, original, length, v8::ConstructorBehavior::kThrow).ToLocalChecked();
  made->SetName(original.As<Function>()->GetName().As<String>());
  if (is_own)
    set(context, object, name, made);
  else
    (void)object->DefineOwnProperty(context, word(Isolate::GetCurrent(), name), made, v8::DontEnum);
}

constexpr std::string_view source_maps_support = "setSourceMapsSupport";
// Node gives its Module this function when somebody requires 'module' for the first time.
void give_source_maps_support(const call_info& c) {
  const auto context = c.GetIsolate()->GetCurrentContext();
  const auto name = word(c.GetIsolate(), source_maps_support);
  if (!c.This()->Delete(context, name).FromMaybe(false)) return;
  set(context, c.This(), source_maps_support, c[0]);
  wrap(context, c.This(), source_maps_support, set_source_maps);
}

}  // namespace

void evaluate_entry(state& s, std::uint32_t, Local<Context> context) {
  // As many turns of the queue of promises as Node takes.
  const auto first = Promise::Resolver::New(context).ToLocalChecked();
  first->Resolve(context, v8::Undefined(s.isolate)).Check();
  const auto name = String::Empty(s.isolate);
  const auto second = first->GetPromise()->Then(context, function_of(s, evaluate_main, name)).ToLocalChecked();
  (void)second->Then(context, function_of(s, main_is_done, name), function_of(s, main_has_failed, name)).ToLocalChecked();
}

void start(const call_info& c) {
  auto& s = of(c);
  if (s.is_started || node::GetCurrentEventLoop(s.isolate) != uv_default_loop()) return;
  s.is_started = true;
  const char* const trace = std::getenv("BMES_TRACE");
  s.is_traced = trace && std::string_view(trace) == "json";
  const auto context = s.isolate->GetCurrentContext();
  auto& callbacks = s.running.modules.callbacks;
  const auto module_class = c[0].As<Object>();
  const auto process = get(context, context->Global(), "process").As<Object>();
  callbacks.module_class.Reset(s.isolate, module_class);
  callbacks.process.Reset(s.isolate, process);
  callbacks.plain.Reset(s.isolate, c[1].As<Function>());
  callbacks.importer.Reset(s.isolate, c[2].As<Function>());
  callbacks.call = [&s](std::string_view name, std::vector<Local<Value>> arguments) { return s.call(name, std::move(arguments)); };
  s.load_package.Reset(s.isolate, c[1].As<Function>());
  s.folder = text_at(c, 3) + "/";
  const char* const mode = std::getenv("BMES_CACHE");
  if (mode && std::string_view(mode) == "off") return s.stand_aside("");
  if (const char* const coverage = std::getenv("NODE_V8_COVERAGE"); coverage && *coverage) return s.stand_aside("coverage");
  // Who watches is told by Node's loader what a program consists of.
  if (std::getenv("WATCH_REPORT_DEPENDENCIES")) return s.stand_aside("watch_mode");
  if (!look_at_options(s, context)) return;
  if (!meta_of_node()) return s.stand_aside("unsupported_version");

  const auto prototype = get(context, module_class, "prototype").As<Object>();
  const auto original = [&](v8::Global<Function>& to, Local<Object> object, std::string_view name) { to.Reset(s.isolate, get(context, object, name).As<Function>()); };
  original(s.run_main, module_class, "runMain");
  original(s.compile, prototype, "_compile");
  original(s.resolve_filename, module_class, "_resolveFilename");
  original(s.load, module_class, "_load");
  find_places(s, c[4].As<Function>());
  state_of_meta() = &s;
  s.isolate->SetHostInitializeImportMetaObjectCallback(initialize_meta);
  set(context, module_class, "runMain", function_of(s, run_main, s.run_main.Get(s.isolate)->GetName().As<String>(), 0));
  wrap(context, module_class, "registerHooks", register_hooks);
  wrap(context, module_class, "syncBuiltinESMExports", sync_builtins);
  if (is_nodes(context, module_class, source_maps_support))
    wrap(context, module_class, source_maps_support, set_source_maps);
  else
    module_class->SetAccessorProperty(word(s.isolate, source_maps_support), Local<Function>(), function_of(s, give_source_maps_support, String::Empty(s.isolate), 1), v8::DontEnum);
  wrap(context, process, "setSourceMapsEnabled", set_source_maps);
  wrap(context, process, "reallyExit", really_exit);
  wrap(context, prototype_of(process), "emit", emit);
  s.libraries = loaded_libraries();
  const auto main = get(context, process, "mainModule");
  if (!main->IsObject()) return;
  // Started by the program itself: what it requires from now on.
  if (const auto name = foreign_function(s, context); !name.empty()) return s.give_up("other_loader", name);
  const auto path = get(context, main.As<Object>(), "filename");
  if (!path->IsString() || !opens(s, to_utf8(s.isolate, path))) return;
  s.mode = run_mode::common_js;
  install_common_js(s, context);
}

}  // namespace bmes::v8_backend
