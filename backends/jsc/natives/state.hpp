// What the host keeps for one global object. Each part belongs to the file of its name.
#pragma once

#include "host.hpp"
#include "runtime.hpp"

#include <signal.h>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace bmes::jsc {

using steady_time = std::chrono::steady_clock::time_point;

struct timer {
  std::uint64_t id = 0;
  std::chrono::nanoseconds period{};  // zero: once
  JSC::Strong<JSC::JSObject> callback;
  std::vector<JSC::Strong<JSC::Unknown>> arguments;
  JSC::Strong<JSC::Unknown> context;  // async_context() where it was set
  bool keeps_alive = true;
  std::chrono::nanoseconds delay{};
};

struct timer_queue {
  using key = std::pair<steady_time, std::uint64_t>;  // equal times run in the order they were set
  std::map<key, timer> due;
  std::unordered_map<std::uint64_t, key> by_id;
  std::map<std::uint64_t, timer> immediates;
  std::uint64_t next = 1;
  std::uint64_t running = 0;  // an interval clears itself from its own callback
  bool running_cleared = false;
  bool running_keeps_alive = true;
  std::size_t keeping_alive = 0;  // timers in `due` that the loop waits for
  JSC::Strong<JSC::JSObject> prototype;
};

struct listener {
  std::string event;
  JSC::Strong<JSC::JSObject> callback;
  bool once = false;
};

/// A call that the loop makes as soon as it can, and the context that it was asked for in.
struct tick {
  std::vector<JSC::Strong<JSC::Unknown>> call;  // the function, then its arguments
  JSC::Strong<JSC::Unknown> context;
};

/// A descriptor that the loop waits for.
struct watched_descriptor {
  JSC::Strong<JSC::JSObject> callback;
  bool wants_to_write = false;
  bool keeps_alive = true;
};

struct process_state {
  steady_time started = std::chrono::steady_clock::now();
  std::vector<listener> listeners;
  std::map<int, struct sigaction> signals_before;  // those that are listened to, and what they did before
  std::deque<tick> ticks;
  std::optional<int> exit_code;
  bool exit_emitted = false;
};

struct console_state {
  std::string indentation;
  std::unordered_map<std::string, unsigned> counts;
  std::unordered_map<std::string, steady_time> timers;
};

/// What the loop sleeps on. A file, since neither a signal handler nor another thread can do more than write to it.
class wake_up {
 public:
  wake_up();
  ~wake_up();
  wake_up(const wake_up&) = delete;
  wake_up& operator=(const wake_up&) = delete;
  void notify() const noexcept;
  /// Sleeps until notify() was called since the last time, until `end`, or until one of `watched` is ready; gives those that are.
  [[nodiscard]] std::vector<int> wait(std::optional<steady_time> end, const std::map<int, watched_descriptor>& watched) const;

 private:
  int descriptor_;
};

/// Work that other threads finish: WebAssembly compilation, Atomics.waitAsync.
struct deferred_state {
  using ticket = JSC::DeferredWorkTimer::Ticket;
  struct pending {
    std::unique_ptr<JSC::DeferredWorkTimer::TicketData> data;
    bool keeps_alive;
  };
  std::unordered_map<ticket, pending> tickets;
  std::mutex lock;  // guards `finished`
  wake_up wake;
  std::deque<std::pair<ticket, JSC::DeferredWorkTimer::Task>> finished;
};

/// The built-in modules, each an object made when it is first asked for.
enum class module_name {
  fs, fs_promises, path, url, util, os, process, perf_hooks, timers, bun, internal_for_testing, console, module, buffer, system
};
inline constexpr std::size_t module_count = 15;

class host_modules;

class host_state {
 public:
  host_state(JSC::JSGlobalObject*, host* owner, host_options, bytecode_functions);
  ~host_state();

  JSC::JSGlobalObject* const global;
  host* const owner;
  const host_options options;
  const bytecode_functions bytecode;

  std::array<JSC::Strong<JSC::JSObject>, module_count> modules;
  const JSC::PrivateName private_slot{JSC::PrivateName::PrivateSymbol, WTF::String("host"_s)};
  JSC::Strong<JSC::JSObject> run_microtask;
  std::unique_ptr<host_modules> in_javascript;  // once one of them was asked for
  JSC::Strong<JSC::JSObject> buffer_class;     // as node:buffer made it
  process_state process;
  console_state console;
  timer_queue timers;
  deferred_state deferred;
  std::map<int, watched_descriptor> watched;
  std::vector<JSC::Strong<JSC::JSPromise>> rejected;
  JSC::JSPromise* program = nullptr;  // held by host::run
  bool program_reported = false;

  std::atomic<bool> interrupted = false;

  bool stopped() const { return process.exit_code.has_value() || interrupted.load(std::memory_order_relaxed); }
};

inline host_state& state_of(JSC::JSGlobalObject* global) { return *runtime_of(global->vm()).natives; }

/// The object of a built-in module: what `import x from "…"` gives.
JSC::JSObject* module_object(host_state&, module_name);

/// The same of a module in JavaScript, by its key ("node:events"), which is loaded when it is first asked for. Null with an exception pending.
JSC::JSObject* host_exports(host_state&, std::string_view key);
/// One of its properties; empty with an exception pending.
JSC::JSValue host_export(host_state&, std::string_view module, WTF::ASCIILiteral property);

// One maker per module object; builtins.cpp has the table.
JSC::JSObject* make_fs(host_state&);
JSC::JSObject* make_fs_promises(host_state&);
JSC::JSObject* make_path(host_state&);
JSC::JSObject* make_url(host_state&);
JSC::JSObject* make_util(host_state&);
JSC::JSObject* make_os(host_state&);
JSC::JSObject* make_process(host_state&);
JSC::JSObject* make_perf_hooks(host_state&);
JSC::JSObject* make_timers(host_state&);
JSC::JSObject* make_bun(host_state&);
JSC::JSObject* make_internal_for_testing(host_state&);
JSC::JSObject* make_console(host_state&);
JSC::JSObject* make_module(host_state&);
JSC::JSObject* make_buffer(host_state&);
JSC::JSObject* make_system(host_state&);

/// Gives the global object its properties, each made when it is first read.
void install_globals(host_state&);
void install_language(host_state&);
/// Gives the object at a path ("Map", "Map.prototype") the methods that the engine lacks.
void add_language(JSC::JSGlobalObject*, JSC::JSObject*, WTF::ASCIILiteral path);
/// Errors get stack traces as Node's programs expect them.
void install_stack_traces(JSC::VM&);
void install_deferred_work(host_state&);

/// Runs process.nextTick callbacks and promise jobs until there are none, then reports rejections that nobody handles.
void drain_jobs(host_state&);
void run_ticks(host_state&);
/// Runs the timers due now, and immediates.
void run_timers(host_state&);
/// What AsyncLocalStorage keeps along calls that come later.
JSC::JSValue async_context(JSC::JSGlobalObject*);
void set_async_context(JSC::JSGlobalObject*, JSC::JSValue);
/// The same call later, from the loop.
void call_from_loop(host_state&, JSC::JSValue function, const JSC::ArgList&, JSC::JSValue context);

/// Emits the signals that came and that somebody listens to.
void run_signals(host_state&);
/// Follows what process.on and its like were asked: the signals of which there are listeners.
void watch_signals(host_state&);

/// Runs what other threads finished.
void run_deferred(host_state&);

bool has_work(host_state&);
/// Sleeps until a timer is due or another thread has finished something.
void wait_for_work(host_state&);

/// Calls a function from the loop; what it throws is reported and stops the program.
void call_from_loop(host_state&, JSC::JSValue function, const JSC::ArgList&);
/// Emits to process's listeners; false if there are none. An exception of theirs stays pending.
bool emit(host_state&, std::string_view event, const JSC::ArgList&);
/// Stops the program: "exit" listeners, and then no more JavaScript, from wherever it is called.
void stop_program(host_state&, int code);
/// For errors nobody caught: listeners of "uncaughtException" first, who are told the `origin`, else stderr and exit code 1.
void report_error(host_state&, JSC::JSValue error, WTF::ASCIILiteral origin = "uncaughtException"_s);
/// process.exitCode, or `otherwise`.
int wished_exit_code(host_state&, int otherwise);
void emit_exit(host_state&, int code);
/// False if nobody listens.
bool emit_before_exit(host_state&);
/// Drops the promise jobs that are left, also in the middle of a drain.
void forbid_jobs(JSC::VM&);

}  // namespace bmes::jsc
