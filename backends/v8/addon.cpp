// What the package's JavaScript calls.
#include "program.hpp"

#include "background.hpp"
#include "files.hpp"
#include "trace.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <node.h>
#include <unistd.h>
#include <uv.h>

namespace bmes::v8_backend {
namespace {

using v8::Array;
using v8::Context;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::HandleScope;
using v8::Integer;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::ScriptCompiler;
using v8::String;
using v8::Value;

using call = FunctionCallbackInfo<Value>;
using clock = std::chrono::steady_clock;

constexpr auto longest_wait_for_others = std::chrono::seconds(2);

/// What lives as long as Node's environment.
struct state {
  explicit state(Isolate* i) : isolate(i), running(i, name_this_engine()) {}
  Isolate* isolate;
  program running;
  bool is_kept = false;
  bool is_traced = false;
  bool waits = std::getenv("BMES_CACHE_WAIT") != nullptr || ::getpid() == 1;
  clock::time_point begun = clock::now();
  double load_ms = 0;
};

state& of(const call& c) { return *static_cast<state*>(c.Data().As<v8::External>()->Value(
#if V8_MAJOR_VERSION >= 14
    v8::kExternalPointerTypeTagDefault
#endif
    )); }
std::string text_at(const call& c, int i) { return to_utf8(c.GetIsolate(), c[i]); }
std::uint32_t number_at(const call& c, int i) { return c[i].As<v8::Uint32>()->Value(); }
Local<Context> context_of(const call& c) { return c.GetIsolate()->GetCurrentContext(); }
Local<String> word(Isolate* isolate, std::string_view text) { return to_string(isolate, text); }
void set(Isolate* isolate, Local<Object> object, std::string_view name, Local<Value> value) {
  object->Set(isolate->GetCurrentContext(), word(isolate, name), value).Check();
}
Local<Value> index_value(Isolate* isolate, std::uint32_t index) {
  return index == external ? Integer::New(isolate, -1) : Integer::NewFromUnsigned(isolate, index);
}

void is_main_thread(const call& c) { c.GetReturnValue().Set(node::GetCurrentEventLoop(c.GetIsolate()) == uv_default_loop()); }

// begin({makeSource, namesOf, valuesOf, plain, pathToUrl}, Module)
void begin(const call& c) {
  auto& s = of(c);
  const auto given = c[0].As<Object>();
  const auto function = [&](std::string_view name) { return given->Get(context_of(c), word(s.isolate, name)).ToLocalChecked().As<Function>(); };
  auto& callbacks = s.running.modules.callbacks;
  callbacks.make_source.Reset(s.isolate, function("makeSource"));
  callbacks.names_of.Reset(s.isolate, function("namesOf"));
  callbacks.values_of.Reset(s.isolate, function("valuesOf"));
  callbacks.plain.Reset(s.isolate, function("plain"));
  s.running.path_to_url.Reset(s.isolate, function("pathToUrl"));
  callbacks.module_class.Reset(s.isolate, c[1].As<Object>());
}

// open(folder, entry, mode, flags): whether all of the file holds
void open(const call& c) {
  program_settings settings{text_at(c, 0), text_at(c, 1), {}, cache_mode::automatic};
  const auto mode = text_at(c, 2);
  settings.mode = mode == "off" ? cache_mode::off : mode == "readonly" ? cache_mode::readonly : mode == "refresh" ? cache_mode::refresh : cache_mode::automatic;
  const auto flags = c[3].As<Array>();
  for (std::uint32_t i = 0; i < flags->Length(); ++i) settings.flags.push_back(to_utf8(c.GetIsolate(), flags->Get(context_of(c), i).ToLocalChecked()));
  auto& p = of(c).running;
  p.open(std::move(settings));
  c.GetReturnValue().Set(p.is_fresh());
}

// load(key): the index of a module that came, with all it requests, from the file; or -1
void load(const call& c) { c.GetReturnValue().Set(index_value(c.GetIsolate(), of(c).running.load(text_at(c, 0), context_of(c)))); }
void is_still_fresh(const call& c) { c.GetReturnValue().Set(of(c).running.is_still_fresh(text_at(c, 0))); }
// find(url): the index of what can be imported there, or -1
void find(const call& c) {
  const auto& modules = of(c).running.modules;
  const std::uint32_t index = modules.find(text_at(c, 0));
  // CommonJS that was required has no module until somebody imports it.
  c.GetReturnValue().Set(index_value(c.GetIsolate(), index != external && modules.entries()[index].module.IsEmpty() ? external : index));
}

bool may_use_host(std::string_view text) {
  for (std::size_t at = text.find("import"); at != std::string_view::npos; at = text.find("import", at + 6)) {
    const std::size_t next = text.find_first_not_of(" \t\r\n", at + 6);
    if (next == std::string_view::npos) continue;
    // After a blank that is not ASCII, too.
    if (text[next] == '(' || text[next] == '.' || text[next] == '/' || static_cast<unsigned char>(text[next]) >= 0x80) return true;
  }
  return false;
}

// compile(url, key, path, text or undefined): the index of a module compiled from its source, the text or the file at `path`.
// Throws what V8 throws; undefined when there is no such source, or none that is UTF-8.
void compile(const call& c) {
  auto& s = of(c);
  module_entry e;
  e.url = text_at(c, 0);
  e.key = text_at(c, 1);
  if (c[3]->IsUndefined()) {
    auto file = filesystem::read_file(text_at(c, 2));
    if (file.error != 0) return;
    e.source = file.identity;
    e.bytes = std::move(file.text);
  } else {
    e.bytes = text_at(c, 3);
    // A module of the package's own has no key, and no place in the file.
    e.kind = module_kind::builtin;
  }
  auto text = decode(e.bytes);
  if (!text) return;
  e.text = std::make_shared<source_text>(*std::move(text));
  byte_view code;
  if (const auto known = s.running.known(e.key, e.source); known && known->parts.kind == module_kind::source) {
    e.uses_host = known->parts.uses_host;
    code = known->parts.code;
    e.in_file = known->index;
    e.notes = known->parts.notes;
  } else {
    e.uses_host = may_use_host(e.bytes);
  }
  const auto index = s.running.modules.add(std::move(e));
  if (!s.running.modules.compile(index, code, context_of(c))) return;
  s.running.modules.read_requests(index, context_of(c));
  c.GetReturnValue().Set(index);
}

// requests(index): [specifier, attributes or undefined, phase, ...]
void requests(const call& c) {
  Isolate* isolate = c.GetIsolate();
  const auto& e = of(c).running.modules.entries()[number_at(c, 0)];
  std::vector<Local<Value>> out;
  for (const request& r : e.requests) {
    out.push_back(word(isolate, r.specifier));
    if (r.attributes.empty()) {
      out.push_back(v8::Undefined(isolate));
    } else {
      const auto object = Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0);
      for (const auto& [key, value] : r.attributes) set(isolate, object, key, word(isolate, value));
      out.push_back(object);
    }
    out.push_back(Integer::New(isolate, static_cast<int>(r.phase)));
  }
  c.GetReturnValue().Set(Array::New(isolate, out.data(), out.size()));
}

// synthetic(url, path, kind, names, notes): the index of a module whose values the package gives
void synthetic(const call& c) {
  auto& s = of(c);
  if (const std::uint32_t required = s.running.modules.find(text_at(c, 0)); required != external) {
    auto& e = s.running.modules.entries()[required];
    const auto notes = text_at(c, 4);
    e.notes_changed = e.notes_changed || notes != e.notes;
    e.notes = notes;
    if (s.running.modules.make_synthetic(required, c[3].As<Array>(), context_of(c))) c.GetReturnValue().Set(required);
    return;
  }
  module_entry e;
  e.url = text_at(c, 0);
  e.kind = static_cast<module_kind>(number_at(c, 2));
  e.key = e.kind == module_kind::builtin ? e.url : text_at(c, 1);
  e.notes = text_at(c, 4);
  if (e.kind != module_kind::builtin) {
    const auto file = filesystem::read_file(e.key);
    if (file.error != 0) return;
    e.source = file.identity;
    if (const auto known = s.running.known(e.key, e.source); known && known->parts.kind == e.kind) {
      e.in_file = known->index;
      e.was_hit = true;
      e.notes_changed = e.notes != known->parts.notes;
    }
  }
  const auto index = s.running.modules.add(std::move(e));
  if (s.running.modules.make_synthetic(index, c[3].As<Array>(), context_of(c))) c.GetReturnValue().Set(index);
}

// connect(index, [index of each request], [whether paths alone lead there])
void connect(const call& c) {
  auto& e = of(c).running.modules.entries()[number_at(c, 0)];
  const auto to = c[1].As<Array>();
  for (std::uint32_t i = 0; i < to->Length(); ++i) e.requests[i].to = to->Get(context_of(c), i).ToLocalChecked().As<v8::Uint32>()->Value();
  e.is_plain = c[2]->IsTrue();
}

void instantiate(const call& c) { (void)of(c).running.modules.instantiate(number_at(c, 0), context_of(c)); }
void evaluate(const call& c) {
  Local<Value> promise;
  auto& s = of(c);
  if (s.load_ms == 0) s.load_ms = std::chrono::duration<double, std::milli>(clock::now() - s.begun).count();
  if (s.running.modules.evaluate(number_at(c, 0), context_of(c)).ToLocal(&promise)) c.GetReturnValue().Set(promise);
}
// imported(index): evaluates, and gives a promise of the namespace that settles as many turns later as Node's
void imported(const call& c) {
  auto& modules = of(c).running.modules;
  const auto context = context_of(c);
  const std::uint32_t index = number_at(c, 0);
  Local<Value> value;
  if (!modules.evaluate(index, context).ToLocal(&value)) return;
  const auto promise = value.As<v8::Promise>();
  c.GetReturnValue().Set(promise);
  if (promise->State() == v8::Promise::kRejected) return;
  const auto space = modules.entries()[index].module.Get(c.GetIsolate())->GetModuleNamespace();
  if (promise->State() == v8::Promise::kFulfilled) {
    const auto done = v8::Promise::Resolver::New(context).ToLocalChecked();
    if (done->Resolve(context, space).FromMaybe(false)) c.GetReturnValue().Set(done->GetPromise());
    return;
  }
  const auto give = Function::New(context, [](const call& inner) { inner.GetReturnValue().Set(inner.Data()); }, space).ToLocalChecked();
  if (Local<v8::Promise> then; promise->Then(context, give).ToLocal(&then)) c.GetReturnValue().Set(then);
}
void status(const call& c) { c.GetReturnValue().Set(static_cast<int>(of(c).running.modules.entries()[number_at(c, 0)].module.Get(c.GetIsolate())->GetStatus())); }
void exception(const call& c) { c.GetReturnValue().Set(of(c).running.modules.entries()[number_at(c, 0)].module.Get(c.GetIsolate())->GetException()); }
void is_async(const call& c) { c.GetReturnValue().Set(of(c).running.modules.entries()[number_at(c, 0)].module.Get(c.GetIsolate())->IsGraphAsync()); }
void namespace_of(const call& c) { c.GetReturnValue().Set(of(c).running.modules.entries()[number_at(c, 0)].module.Get(c.GetIsolate())->GetModuleNamespace()); }

// stalled(index): for each top-level await that never settled [file, line, source line, first column, last column]
void stalled(const call& c) {
  Isolate* isolate = c.GetIsolate();
  const auto module = of(c).running.modules.entries()[number_at(c, 0)].module.Get(isolate);
  const auto [modules, messages] = module->GetStalledTopLevelAwaitMessages(isolate);
  std::vector<Local<Value>> out;
  for (const auto& m : messages) {
    out.push_back(m->GetScriptOrigin().ResourceName());
    out.push_back(Integer::New(isolate, m->GetLineNumber(context_of(c)).FromMaybe(0)));
    out.push_back(m->GetSourceLine(context_of(c)).FromMaybe(String::Empty(isolate)));
    out.push_back(Integer::New(isolate, m->GetStartColumn(context_of(c)).FromMaybe(0)));
    out.push_back(Integer::New(isolate, m->GetEndColumn(context_of(c)).FromMaybe(0)));
  }
  c.GetReturnValue().Set(Array::New(isolate, out.data(), out.size()));
}

// levels(index): of the tree of requests from `index` on, in which each module stands where it is first met; 0 if Node would have
// linked it by now. For its loader does so when it evaluates, and here it is done before.
void levels(const call& c) {
  auto& entries = of(c).running.modules.entries();
  const auto status_of = [&](std::uint32_t i) { return entries[i].module.Get(c.GetIsolate())->GetStatus(); };
  const auto status = status_of(number_at(c, 0));
  if (status > v8::Module::kInstantiated || (status == v8::Module::kInstantiated && !entries[number_at(c, 0)].linked_early)) return c.GetReturnValue().Set(0);
  struct place {
    std::uint32_t index;
    std::size_t next = 0;
  };
  std::vector<bool> seen(entries.size());
  std::vector<place> path{{number_at(c, 0)}};
  seen[path[0].index] = true;
  std::size_t highest = 1;
  while (!path.empty()) {
    const std::uint32_t at = path.back().index;
    if (path.back().next == 0 && status_of(at) < v8::Module::kInstantiated) entries[at].linked_early = true;
    const auto& requests = entries[at].requests;
    if (path.back().next == requests.size()) {
      path.pop_back();
      continue;
    }
    const std::uint32_t to = requests[path.back().next++].to;
    if (to >= entries.size() || seen[to]) continue;
    seen[to] = true;
    path.push_back({to});
    highest = std::max(highest, path.size());
  }
  c.GetReturnValue().Set(static_cast<std::uint32_t>(highest));
}
// setValues(index, values): the exports of a module that the package evaluates, anew
void set_values(const call& c) { of(c).running.modules.set_values(number_at(c, 0), c[1].As<Array>(), context_of(c)); }
void count(const call& c) { c.GetReturnValue().Set(static_cast<std::uint32_t>(of(c).running.modules.entries().size())); }
// forget(count): modules made since there were that many are not found any more
void forget(const call& c) { of(c).running.forget(number_at(c, 0)); }
// kindOf(key): of a module of the file, -1 without
void kind_of(const call& c) {
  const auto known = of(c).running.known_fresh(text_at(c, 0));
  c.GetReturnValue().Set(known ? static_cast<int>(known->parts.kind) : -1);
}
void trace_at_exit(const call& c) { of(c).is_traced = c[0]->IsTrue(); }

// become(path, [argument, ...]): this process runs that program; throws when it can't
void become(const call& c) {
  const auto path = text_at(c, 0);
  const auto given = c[1].As<Array>();
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < given->Length(); ++i) texts.push_back(to_utf8(c.GetIsolate(), given->Get(context_of(c), i).ToLocalChecked()));
  std::vector<char*> arguments;
  for (auto& t : texts) arguments.push_back(t.data());
  arguments.push_back(nullptr);
  // Node has changed what a new process expects to find as its parent left it.
  for (const int fd : {0, 1, 2}) {
    ::fcntl(fd, F_SETFD, 0);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  }
  ::sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::execv(path.c_str(), arguments.data());
  c.GetIsolate()->ThrowException(v8::Exception::Error(word(c.GetIsolate(), std::strerror(errno))));
}

// observe(path): 0 absent, 1 file, 2 directory
void observe(const call& c) { c.GetReturnValue().Set(static_cast<int>(of(c).running.observe(text_at(c, 0)))); }
void notes(const call& c) { c.GetReturnValue().Set(word(c.GetIsolate(), of(c).running.modules.entries()[number_at(c, 0)].notes)); }
// note(index, notes)
void note(const call& c) {
  auto& e = of(c).running.modules.entries()[number_at(c, 0)];
  auto text = text_at(c, 1);
  e.notes_changed = e.notes_changed || text != e.notes;
  e.notes = std::move(text);
}
// knownNotes(key): the notes of a module of the file, undefined without
void known_notes(const call& c) {
  const auto known = of(c).running.known_fresh(text_at(c, 0));
  if (known) c.GetReturnValue().Set(word(c.GetIsolate(), known->parts.notes));
}
// wanting(): the program is not understood as a whole: nothing is kept
void give_up(const call& c) {
  auto& p = of(c).running;
  p.is_complete = false;
  if (c.Length() == 0 || c[0]->IsUndefined()) return;
  p.trace.reason = text_at(c, 0);
  if (c.Length() > 1) p.trace.detail = text_at(c, 1);
}

// compileFunction(content, path, like): a function of Node's five parameters from the text of a CommonJS module, or undefined.
// `like` is a function whose import() means what this one's is to mean.
void compile_function(const call& c) {
  auto& s = of(c);
  Isolate* isolate = s.isolate;
  const auto context = context_of(c);
  const auto content = c[0].As<String>();
  const auto path = text_at(c, 1);
  const auto utf8 = to_utf8(isolate, content);
  source_identity source;
  source.size = utf8.size();
  source.hash = checksum128(as_bytes(utf8));
  byte_view code;
  std::uint32_t in_file = external;
  std::string notes;
  if (const auto known = s.running.known(path, source); known && known->parts.kind == module_kind::common_js) {
    code = known->parts.code;
    in_file = known->index;
    notes = known->parts.notes;
  }
  const v8::TryCatch quiet(isolate);
  const v8::ScriptOrigin origin(
#if V8_MAJOR_VERSION < 13
      isolate,
#endif
      c[1], 0, 0, true, -1, Local<Value>(), false, false, false, c[2].As<Function>()->GetScriptOrigin().GetHostDefinedOptions());
  const auto* data = static_cast<const std::uint8_t*>(static_cast<const void*>(code.data()));
  auto* cached = code.empty() ? nullptr : new ScriptCompiler::CachedData(data, static_cast<int>(code.size()), ScriptCompiler::CachedData::BufferNotOwned);
  ScriptCompiler::Source input(content, origin, cached);
  Local<String> parameters[] = {word(isolate, "exports"), word(isolate, "require"), word(isolate, "module"), word(isolate, "__filename"), word(isolate, "__dirname")};
  Local<Function> made;
  if (!ScriptCompiler::CompileFunction(context, &input, 5, parameters, 0, nullptr, cached ? ScriptCompiler::kConsumeCodeCache : ScriptCompiler::kNoCompileOptions)
           .ToLocal(&made))
    return;
  const bool refused = cached && cached->rejected;
  // The module may be there already, for an ES module that imports it.
  auto& modules = s.running.modules;
  const auto url = to_utf8(isolate, s.running.url_of(path, context));
  std::uint32_t index = modules.find(url);
  if (index == external) {
    module_entry e;
    e.url = url;
    e.key = path;
    e.kind = module_kind::common_js;
    e.notes = notes;
    index = modules.add(std::move(e));
  }
  auto& e = modules.entries()[index];
  e.function.Reset(isolate, made);
  if (in_file != external) {
    // What Node read is what the file was made from.
    e.in_file = in_file;
    e.source = s.running.source_of(in_file);
  } else if (e.source.hash != source.hash) {
    e.source = filesystem::look(path, true).identity;
    // Something has changed the text on the way.
    if (e.source.hash != source.hash) s.running.is_complete = false;
  }
  e.was_hit = cached && !refused;
  e.was_refused = refused;
  e.code_size = e.was_hit ? code.size() : 0;
  c.GetReturnValue().Set(made);
}

// A function that leaves no frame in stacks. before(this, arguments) may answer [value], or
// [function, argument, ...] or a function to be called in its place; otherwise `original` is called.
void run_hook(const call& c) {
  Isolate* isolate = c.GetIsolate();
  const auto context = isolate->GetCurrentContext();
  const auto pair = c.Data().As<Array>();
  const auto original = pair->Get(context, 0).ToLocalChecked().As<Function>();
  const auto before = pair->Get(context, 1).ToLocalChecked().As<Function>();
  std::vector<Local<Value>> arguments;
  for (int i = 0; i < c.Length(); ++i) arguments.push_back(c[i]);
  Local<Value> answer;
  if (!before->Call(context, c.This(), c.Length(), arguments.data()).ToLocal(&answer)) return;
  if (answer->IsArray()) {
    const auto parts = answer.As<Array>();
    const auto first = parts->Get(context, 0).ToLocalChecked();
    if (parts->Length() == 1) return c.GetReturnValue().Set(first);
    arguments.clear();
    for (std::uint32_t i = 1; i < parts->Length(); ++i) arguments.push_back(parts->Get(context, i).ToLocalChecked());
    if (first.As<Function>()->Call(context, c.This(), static_cast<int>(arguments.size()), arguments.data()).ToLocal(&answer)) c.GetReturnValue().Set(answer);
    return;
  }
  if (answer->IsFunction()) {
    // To be called in this one's place, with the same receiver and arguments.
    if (answer.As<Function>()->Call(context, c.This(), c.Length(), arguments.data()).ToLocal(&answer)) c.GetReturnValue().Set(answer);
    return;
  }
  if (original->Call(context, c.This(), c.Length(), arguments.data()).ToLocal(&answer)) c.GetReturnValue().Set(answer);
}
// hook(original, before)
void hook(const call& c) {
  Isolate* isolate = c.GetIsolate();
  Local<Value> pair[] = {c[0], c[1]};
  const auto original = c[0].As<Function>();
  const auto length = original->Get(context_of(c), word(isolate, "length")).ToLocalChecked()->Int32Value(context_of(c)).FromMaybe(0);
  const auto made = Function::New(context_of(c), run_hook, Array::New(isolate, pair, 2), length, v8::ConstructorBehavior::kThrow).ToLocalChecked();
  made->SetName(original->GetName().As<String>());
  c.GetReturnValue().Set(made);
}
// compileAt(text, name, line, like): what the text evaluates to, its first line being `line` of `name`; import() means in it what
// it means in the function `like`
void compile_at(const call& c) {
  const v8::ScriptOrigin origin(
#if V8_MAJOR_VERSION < 13
      c.GetIsolate(),
#endif
      c[1], static_cast<int>(number_at(c, 2)) - 1, 0, true, -1, Local<Value>(), false, false, false,
      c[3]->IsFunction() ? c[3].As<Function>()->GetScriptOrigin().GetHostDefinedOptions() : Local<v8::Data>());
  ScriptCompiler::Source input(c[0].As<String>(), origin);
  Local<v8::Script> script;
  Local<Value> value;
  if (ScriptCompiler::Compile(context_of(c), &input).ToLocal(&script) && script->Run(context_of(c)).ToLocal(&value)) c.GetReturnValue().Set(value);
}

void print_trace(state& s) {
  if (!s.is_traced) return;
  s.is_traced = false;
  s.running.conclude();
  const auto& t = s.running.trace;
  tools::run_trace out{t.result, t.reason, t.detail, t.file, s.running.counts(), t.written_bytes};
  out.counts.load_ms = s.load_ms;
  out.total_ms = std::chrono::duration<double, std::milli>(clock::now() - s.begun).count();
  const auto line = tools::to_json(out) + "\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto n = ::write(2, rest.data(), rest.size());
    if (n <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Keeps what was learned: in another process, unless somebody waits for it.
void end(state& s) {
  if (!s.is_kept && s.running.learned()) {
    {
      const HandleScope scope(s.isolate);
      s.running.collect();
    }
    if (s.is_traced || s.waits) {
      const auto turn = s.running.take_turn(longest_wait_for_others);
      s.running.write();
    } else {
      auto turn = s.running.take_turn({});
      in_background([&] { s.running.write(); }, turn ? turn->descriptor() : -1);
      // It's the child's now.
      (void)turn.release();
    }
  }
  s.is_kept = true;
  print_trace(s);
}
// finish(): the process is about to end
void finish(const call& c) { end(of(c)); }

// Where neither of the two other ways leads, e.g. after an uncaught error.
state*& last_state() {
  static state* last = nullptr;
  return last;
}
void at_exit() {
  if (state* s = last_state()) print_trace(*s);
}

void destroy(void* data) {
  auto* s = static_cast<state*>(data);
  {
    const HandleScope scope(s->isolate);
    end(*s);
  }
  last_state() = nullptr;
  delete s;
}

}  // namespace

void initialize(Local<Object> exports, Local<Context> context) {
  Isolate* isolate = v8::Isolate::GetCurrent();
  auto* s = new state(isolate);
  last_state() = s;
  std::atexit(at_exit);
  node::AddEnvironmentCleanupHook(isolate, destroy, s);
  const auto data = v8::External::New(isolate, s
#if V8_MAJOR_VERSION >= 14
                                      ,
                                      v8::kExternalPointerTypeTagDefault
#endif
  );
  const auto add = [&](std::string_view name, v8::FunctionCallback function) {
    exports->Set(context, word(isolate, name), Function::New(context, function, data).ToLocalChecked()).Check();
  };
  add("isMainThread", is_main_thread);
  add("begin", begin);
  add("open", open);
  add("load", load);
  add("isStillFresh", is_still_fresh);
  add("find", find);
  add("compile", compile);
  add("requests", requests);
  add("synthetic", synthetic);
  add("connect", connect);
  add("instantiate", instantiate);
  add("evaluate", evaluate);
  add("imported", imported);
  add("status", status);
  add("exception", exception);
  add("isAsync", is_async);
  add("namespaceOf", namespace_of);
  add("stalled", stalled);
  add("observe", observe);
  add("levels", levels);
  add("setValues", set_values);
  add("count", count);
  add("forget", forget);
  add("kindOf", kind_of);
  add("traceAtExit", trace_at_exit);
  add("become", become);
  add("notes", notes);
  add("note", note);
  add("knownNotes", known_notes);
  add("giveUp", give_up);
  add("compileFunction", compile_function);
  add("hook", hook);
  add("compileAt", compile_at);
  add("finish", finish);
}

}  // namespace bmes::v8_backend

NODE_MODULE_INIT() { bmes::v8_backend::initialize(exports, context); }
