// What the package's JavaScript calls.
#include "state.hpp"

#include "background.hpp"
#include "files.hpp"
#include "trace.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace bmes::v8_backend {
namespace {

using v8::Array;
using v8::Context;
using v8::Function;
using v8::HandleScope;
using v8::Integer;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::ScriptCompiler;
using v8::String;
using v8::Value;

using call = call_info;

constexpr auto longest_wait_for_others = std::chrono::seconds(2);

Local<v8::External> data_of(state& s) {
  return v8::External::New(s.isolate, &s
#if V8_MAJOR_VERSION >= 14
                           ,
                           v8::kExternalPointerTypeTagDefault
#endif
  );
}

std::uint32_t number_at(const call& c, int i) { return c[i].As<v8::Uint32>()->Value(); }
Local<Context> context_of(const call& c) { return c.GetIsolate()->GetCurrentContext(); }
Local<Value> index_value(Isolate* isolate, std::uint32_t index) {
  return index == external ? Integer::New(isolate, -1) : Integer::NewFromUnsigned(isolate, index);
}
module_entry& entry_of(const call& c) { return of(c).running.modules.entries()[number_at(c, 0)]; }

// load(key): the index of a module that came, with all it requests, from the file; or -1
void load(const call& c) { c.GetReturnValue().Set(index_value(c.GetIsolate(), of(c).running.load(text_at(c, 0), context_of(c)))); }
void is_still_fresh(const call& c) { c.GetReturnValue().Set(of(c).running.is_still_fresh(text_at(c, 0))); }
// find(url): the index of the ES module, or of what stands for one; -1 without
void find(const call& c) {
  const auto& modules = of(c).running.modules;
  const auto index = modules.find(text_at(c, 0));
  const bool is_there = index != external && !modules.entries()[index].module.IsEmpty();
  c.GetReturnValue().Set(index_value(c.GetIsolate(), is_there ? index : external));
}
// entry(url): the index of whatever is known of the module, -1 without
void entry(const call& c) { c.GetReturnValue().Set(index_value(c.GetIsolate(), of(c).running.modules.find(text_at(c, 0)))); }
// builtin(url): the index of a builtin, -1 where there is none
void builtin(const call& c) { c.GetReturnValue().Set(index_value(c.GetIsolate(), of(c).running.modules.builtin(text_at(c, 0), context_of(c)))); }

// compile(url, key, path, text or undefined, name or undefined): the index of a module compiled from its source, the text or the file
// at `path`, which as TypeScript is called `name`. Throws what V8 throws; undefined when there is no such source, or none that is UTF-8.
void compile(const call& c) {
  auto& s = of(c);
  module_entry e;
  e.url = text_at(c, 0);
  e.key = text_at(c, 1);
  std::optional<program::known_module> known;
  if (c[3]->IsUndefined()) {
    const auto path = text_at(c, 2);
    auto file = filesystem::read_file(path);
    if (file.error != 0) return;
    e.source = file.identity;
    // The file has the texts of those that are called by their URLs.
    if (!c[4]->IsString()) known = s.running.known(e.key, e.source);
    if (known && known->parts.kind != module_kind::source) known.reset();
    if (!take_source(s, e, std::move(file.text), path, c[4]->IsString() ? text_at(c, 4) : e.url, known)) return;
  } else {
    // A module of the package's own has no key, and no place in the file.
    e.kind = module_kind::builtin;
    if (!take_source(s, e, text_at(c, 3), {}, {}, known)) return;
  }
  byte_view code;
  if (known) {
    code = known->parts.code;
    e.notes = module_notes::decode(e.key, known->parts.notes);
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
      for (const auto& [key, value] : r.attributes) set(context_of(c), object, key, word(isolate, value));
      out.push_back(object);
    }
    out.push_back(Integer::New(isolate, static_cast<int>(r.phase)));
  }
  c.GetReturnValue().Set(Array::New(isolate, out.data(), out.size()));
}

// synthetic(url, path, kind, names): the index of JSON or of a CommonJS module, whose exports have these names
void synthetic(const call& c) {
  auto& s = of(c);
  auto& modules = s.running.modules;
  const auto url = text_at(c, 0);
  // It may be there already, for whoever requires it.
  auto index = modules.find(url);
  if (index == external) {
    module_entry e;
    e.url = url;
    e.key = text_at(c, 1);
    e.kind = static_cast<module_kind>(number_at(c, 2));
    auto file = filesystem::read_file(e.key);
    if (file.error != 0) return;
    e.source = file.identity;
    if (const auto known = s.running.known(e.key, e.source); known && known->parts.kind == e.kind) {
      e.in_file = known->index;
      e.was_hit = true;
      e.notes = module_notes::decode(e.key, known->parts.notes);
    }
    index = modules.add(std::move(e));
  }
  auto& e = modules.entries()[index];
  if (e.kind == module_kind::common_js) {
    const auto given = c[3].As<Array>();
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < given->Length(); ++i) names.push_back(to_utf8(s.isolate, given->Get(context_of(c), i).ToLocalChecked()));
    if (e.notes.names != names) e.notes_changed = true;
    e.notes.names = std::move(names);
  }
  if (modules.make_synthetic(index, context_of(c))) c.GetReturnValue().Set(index);
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
  if (s.running.modules.evaluate(number_at(c, 0), context_of(c)).ToLocal(&promise)) c.GetReturnValue().Set(promise);
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
void count(const call& c) { c.GetReturnValue().Set(static_cast<std::uint32_t>(of(c).running.modules.entries().size())); }
// forget(count): modules made since there were that many are not found any more
void forget(const call& c) { of(c).running.forget(number_at(c, 0)); }
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
// dynamicEdge(index, specifier): [url, format] of where import() led, undefined without
void dynamic_edge(const call& c) {
  const auto& known = entry_of(c).notes.dynamic;
  const auto at = known.find(text_at(c, 1));
  if (at == known.end()) return;
  Local<Value> out[] = {word(c.GetIsolate(), at->second.url), word(c.GetIsolate(), at->second.format)};
  c.GetReturnValue().Set(Array::New(c.GetIsolate(), out, 2));
}
// noteDynamic(index, specifier, url, format)
void note_dynamic(const call& c) {
  auto& e = entry_of(c);
  const module_notes::edge edge{text_at(c, 2), text_at(c, 3)};
  auto& known = e.notes.dynamic[text_at(c, 1)];
  e.notes_changed = e.notes_changed || known != edge;
  known = edge;
}
// noteRequest(index, request, path, whether by a name that the package.json in charge gives)
void note_request(const call& c) {
  auto& e = entry_of(c);
  e.notes.requests[text_at(c, 1)] = {text_at(c, 2), c[3]->IsTrue()};
  e.notes_changed = true;
}
// giveUp(reason, detail)
void give_up(const call& c) { of(c).give_up(text_at(c, 0), c.Length() > 1 ? text_at(c, 1) : std::string()); }
// asksNode(whether hooks that are registered are the package's own)
void asks_node(const call& c) { of(c).asks_node = c[0]->IsTrue(); }
// setHooked(): somebody else registers hooks
void set_hooked(const call& c) {
  of(c).is_hooked = true;
  of(c).give_up("other_loader");
}
// isHooked(): whether somebody else has registered hooks
void is_hooked(const call& c) { c.GetReturnValue().Set(of(c).is_hooked); }
void entry_url(const call& c) { c.GetReturnValue().Set(word(c.GetIsolate(), of(c).entry_url)); }

// A function that leaves no frame in stacks. before(this, arguments) may answer with a function to be called in its place;
// otherwise `original` is called.
void run_hook(const call& c) {
  const auto context = context_of(c);
  const auto pair = c.Data().As<Array>();
  std::vector<Local<Value>> arguments;
  for (int i = 0; i < c.Length(); ++i) arguments.push_back(c[i]);
  const auto called = [&](Local<Value> function, Local<Value>& out) { return function.As<Function>()->Call(context, c.This(), c.Length(), arguments.data()).ToLocal(&out); };
  Local<Value> answer;
  if (!called(pair->Get(context, 1).ToLocalChecked(), answer)) return;
  if (!answer->IsFunction()) answer = pair->Get(context, 0).ToLocalChecked();
  if (called(answer, answer)) c.GetReturnValue().Set(answer);
}
// hook(original, before)
void hook(const call& c) {
  Local<Value> pair[] = {c[0], c[1]};
  const auto original = c[0].As<Function>();
  const auto length = get(context_of(c), original, "length")->Int32Value(context_of(c)).FromMaybe(0);
  const auto made = Function::New(context_of(c), run_hook, Array::New(c.GetIsolate(), pair, 2), length, v8::ConstructorBehavior::kThrow).ToLocalChecked();
  made->SetName(original->GetName().As<String>());
  c.GetReturnValue().Set(made);
}
// compileAt(text, name, line, like): what the text evaluates to, its first line being `line` of `name`; import() means in it what
// it means in the function `like`
void compile_at(const call& c) {
  const auto options = c[3]->IsFunction() ? c[3].As<Function>()->GetScriptOrigin().GetHostDefinedOptions() : Local<v8::Data>();
  Local<Value> value;
  if (v8_backend::compile_at(c.GetIsolate(), c[0].As<String>(), c[1], static_cast<int>(number_at(c, 2)), options).ToLocal(&value)) c.GetReturnValue().Set(value);
}

// scriptName(function): what stacks call the script that it is of
void script_name(const call& c) { c.GetReturnValue().Set(c[0].As<Function>()->GetScriptOrigin().ResourceName()); }

void print_trace(state& s) {
  if (!s.is_traced) return;
  s.is_traced = false;
  if (!s.stands_aside) s.running.conclude();
  const auto& t = s.running.trace;
  tools::run_trace out{t.result, t.reason, t.detail, t.file, s.running.counts(), t.written_bytes, 0, t.remote};
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

// loader(): what loader.js exports
void loader(const call& c) {
  Local<Object> out;
  if (of(c).loader().ToLocal(&out)) c.GetReturnValue().Set(out);
}

// status(): {active, reason}
void status_of(const call& c) {
  auto& s = of(c);
  const auto out = Object::New(s.isolate);
  set(context_of(c), out, "active", v8::Boolean::New(s.isolate, s.is_started && !s.stands_aside && s.running.is_complete));
  set(context_of(c), out, "reason", word(s.isolate, s.running.trace.reason));
  c.GetReturnValue().Set(out);
}

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
  // The main thread's goes with the process, which need not tidy up.
  if (last_state() != s) delete s;
}

}  // namespace

state::state(Isolate* i) : isolate(i), running(i, name_this_engine()) {
  waits = std::getenv("BMES_CACHE_WAIT") != nullptr || ::getpid() == 1;
}

state& of(const call& c) { return *static_cast<state*>(c.Data().As<v8::External>()->Value(
#if V8_MAJOR_VERSION >= 14
    v8::kExternalPointerTypeTagDefault
#endif
    )); }

std::string text_at(const call& c, int i) { return to_utf8(c.GetIsolate(), c[i]); }

Local<Value> get(Local<Context> context, Local<Object> object, std::string_view name) {
  Local<Value> out;
  return object->Get(context, word(v8::Isolate::GetCurrent(), name)).ToLocal(&out) ? out : v8::Undefined(v8::Isolate::GetCurrent()).As<Value>();
}

void set(Local<Context> context, Local<Object> object, std::string_view name, Local<Value> value) {
  (void)object->Set(context, word(v8::Isolate::GetCurrent(), name), value);
}

Local<Function> function_of(state& s, v8::FunctionCallback callback, Local<String> name, int length) {
  const auto made = Function::New(s.isolate->GetCurrentContext(), callback, data_of(s), length, v8::ConstructorBehavior::kThrow).ToLocalChecked();
  made->SetName(name);
  return made;
}

v8::MaybeLocal<Value> compile_at(Isolate* isolate, Local<String> text, Local<Value> name, int line, Local<v8::Data> options) {
  const v8::ScriptOrigin origin(
#if V8_MAJOR_VERSION < 13
      isolate,
#endif
      name, line - 1, 0, true, -1, Local<Value>(), false, false, false, options);
  ScriptCompiler::Source input(text, origin);
  Local<v8::Script> script;
  const auto context = isolate->GetCurrentContext();
  if (!ScriptCompiler::Compile(context, &input).ToLocal(&script)) return {};
  return script->Run(context);
}

v8::MaybeLocal<Object> state::loader() {
  if (package.IsEmpty()) {
    const auto context = isolate->GetCurrentContext();
    Local<Value> given = functions_for_package(*this, context);
    Local<Value> made;
    if (!load_package.Get(isolate)->Call(context, v8::Undefined(isolate), 1, &given).ToLocal(&made)) return {};
    package.Reset(isolate, made.As<Object>());
  }
  return package.Get(isolate);
}

v8::MaybeLocal<Value> state::call(std::string_view name, std::vector<Local<Value>> arguments) {
  const auto context = isolate->GetCurrentContext();
  Local<Object> from;
  if (!loader().ToLocal(&from)) return {};
  return get(context, from, name).As<Function>()->Call(context, v8::Undefined(isolate), static_cast<int>(arguments.size()), arguments.data());
}

void state::stand_aside(std::string_view reason, std::string_view detail) {
  stands_aside = true;
  running.trace.reason = reason;
  running.trace.detail = detail;
}

void state::give_up(std::string_view reason, std::string_view detail) {
  running.is_complete = false;
  running.trace.reason = reason;
  running.trace.detail = detail;
}

bool may_import(std::string_view text) {
  for (std::size_t at = text.find("import"); at != std::string_view::npos; at = text.find("import", at + 6)) {
    const std::size_t next = text.find_first_not_of(" \t\r\n", at + 6);
    if (next == std::string_view::npos) continue;
    if (text[next] == '.' && text.substr(next).starts_with(".meta")) continue;
    // After a blank that is not ASCII, too.
    if (text[next] == '(' || text[next] == '.' || text[next] == '/' || static_cast<unsigned char>(text[next]) >= 0x80) return true;
  }
  return false;
}

void keep(state& s) {
  if (!s.is_kept && s.running.learned()) {
    {
      const HandleScope scope(s.isolate);
      s.running.collect();
    }
    if (s.is_traced || s.waits) {
      const auto turn = s.running.take_turn(longest_wait_for_others);
      s.running.count_start();
      s.running.write();
    } else {
      auto turn = s.running.take_turn({});
      const int lock = turn ? turn->descriptor() : -1;
      in_background(
          [&] {
            s.running.count_start();
            s.running.write();
            turn.reset();
          },
          lock, s.lives_on);
      // It's the child's now.
      if (turn) ::close(turn->descriptor());
      (void)turn.release();
    }
  } else if (!s.is_kept) {
    s.running.count_start();
  }
  s.is_kept = true;
}

void end(state& s) {
  keep(s);
  print_trace(s);
}
// finish(): the process is about to end
void finish(const call& c) { end(of(c)); }

Local<Object> functions_for_package(state& s, Local<Context> context) {
  const auto out = Object::New(s.isolate);
  const auto add = [&](std::string_view name, v8::FunctionCallback function) { set(context, out, name, function_of(s, function, word(s.isolate, name))); };
  add("load", load);
  add("isStillFresh", is_still_fresh);
  add("find", find);
  add("entry", entry);
  add("builtin", builtin);
  add("compile", compile);
  add("requests", requests);
  add("running", running);
  add("synthetic", synthetic);
  add("connect", connect);
  add("instantiate", instantiate);
  add("evaluate", evaluate);
  add("status", status);
  add("exception", exception);
  add("isAsync", is_async);
  add("namespaceOf", namespace_of);
  add("stalled", stalled);
  add("observe", observe);
  add("imported", imported);
  add("levels", levels);
  add("count", count);
  add("forget", forget);
  add("dynamicEdge", dynamic_edge);
  add("noteDynamic", note_dynamic);
  add("noteRequest", note_request);
  add("giveUp", give_up);
  add("asksNode", asks_node);
  add("setHooked", set_hooked);
  add("isHooked", is_hooked);
  add("entryUrl", entry_url);
  add("hook", hook);
  add("compileAt", compile_at);
  add("scriptName", script_name);
  return out;
}

void initialize(Local<Object> exports, Local<Context> context) {
  // Loaded once more: there is one state.
  auto* s = last_state();
  if (!s || s->isolate != v8::Isolate::GetCurrent()) {
    s = new state(v8::Isolate::GetCurrent());
    if (!last_state()) last_state() = s;
    node::AddEnvironmentCleanupHook(s->isolate, destroy, s);
  }
  static const bool is_hooked = std::atexit(at_exit) == 0;
  (void)is_hooked;
  const auto add = [&](std::string_view name, v8::FunctionCallback function) { set(context, exports, name, function_of(*s, function, word(s->isolate, name))); };
  add("start", start);
  add("loader", loader);
  add("status", status_of);
  add("become", become);
}

}  // namespace bmes::v8_backend

NODE_MODULE_INIT() {
  (void)module;
  bmes::v8_backend::initialize(exports, context);
}
