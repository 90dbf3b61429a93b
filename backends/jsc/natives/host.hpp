// What a program sees besides the language: console, process, timers, files and the built-in modules.
// Include prelude.hpp first.
#pragma once

#include "jsc.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bmes::jsc {

class host_state;

/// The text that is carried under this key: what is evaluated elsewhere, or is no JavaScript.
std::optional<std::string> carried_text(const host_graph&, std::string_view key);

struct host_options {
  /// process.argv: the executable, the entry module, then the program's own arguments.
  std::vector<std::string> argv;
  /// process.versions.bmes; process.version is the same after a "v".
  std::string version;
  /// The modules of the host that are JavaScript.
  host_graph modules;
};

/// What the module "bun:internal-for-testing" needs of the engine.
struct bytecode_functions {
  /// False: nothing to generate, because of a syntax error say. It leaves no exception behind.
  std::function<bool(JSC::JSGlobalObject*, const WTF::String& url, const WTF::String& source, std::vector<std::byte>& out)> generate;
  bool (*validate)(std::span<const std::byte>) = nullptr;
};

/// The host objects of one global object, which it installs, and the event loop. Outlives the last JavaScript run on that global
/// object, and is destroyed before it, under the VM's lock as all else here.
class host {
 public:
  host(JSC::JSGlobalObject*, host_options, bytecode_functions);
  ~host();
  host(const host&) = delete;
  host& operator=(const host&) = delete;

  /// "fs", "node:fs", "bun:internal-for-testing": a module that is part of the host.
  static bool is_builtin(std::string_view specifier) { return !canonical_name(specifier).empty(); }
  /// The module key: "node:fs" and "fs" are one module. Empty where there is no such module.
  static std::string_view canonical_name(std::string_view specifier);
  /// "native:fs": what the host's own modules may import besides.
  static std::string_view native_name(std::string_view specifier);
  /// The object of a module by its key: what `import x from "fs"` gives. Null with an exception pending.
  JSC::JSObject* builtin_object(std::string_view key);
  /// The names and values that it exports. False with an exception pending.
  bool builtin_exports(std::string_view key, WTF::Vector<JSC::Identifier, 4>& names, JSC::MarkedArgumentBuffer& values);

  /// Runs promise jobs, timers and the rest until nothing is left or the program stopped, then the program's "exit" listeners.
  /// `program` is the promise of its entry module. Returns the exit code. What goes uncaught is described on stderr.
  int run(JSC::JSPromise* program);
  /// The program's promise was rejected with `error`: nobody catches it.
  void report_program_error(JSC::JSValue error);
  /// Ends run() at the end of the task that is under way, without "exit" listeners. Safe in a signal handler.
  void interrupt() noexcept;
  /// Runs what is due now without waiting; false once there is nothing that could become due.
  bool run_pending();
  /// Set when process.exit was called or an uncaught error stopped the program. JavaScript runs no more after that.
  std::optional<int> exit_code() const;

  /// For GlobalObjectMethodTable, where null would do too: promiseRejectionTracker and reportUncaughtExceptionAtEventLoop.
  static void track_rejection(JSC::JSGlobalObject*, JSC::JSPromise*, JSC::JSPromiseRejectionOperation);
  static void report_uncaught(JSC::JSGlobalObject*, JSC::Exception*);

 private:
  std::unique_ptr<host_state> state_;
};

/// Notes where the engine found a syntax error, which says so once nobody catches it.
void mark_syntax_error(JSC::JSGlobalObject*, JSC::JSObject* error, unsigned line, unsigned column);

/// What is written to stderr for an uncaught error: its message and stack, its further properties and causes; with the line of the source
/// on a terminal, or where it is a syntax error.
std::string describe_error(JSC::JSGlobalObject*, JSC::JSValue error);

}  // namespace bmes::jsc
