#pragma once
#include <bmes/module.hpp>
#include <bmes/owned.hpp>
#include <bmes/resolution.hpp>
#include <bmes/v4.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What an engine backend implements, and what it asks of the program that embeds it. An engine knows
// nothing of files; the host knows nothing of the engine's objects.

namespace bmes {

/// The text of a module.
struct fetched_module {
  std::string text;  ///< UTF-8 as read, a byte order mark included
  source_identity identity;
  module_error error;  ///< set when there is no text
};

/// Where modules come from: what an engine asks while a program runs.
class module_host {
 public:
  virtual ~module_host() = default;
  /// Looks at the disk, or remembers what it saw since the last new_turn().
  virtual resolution resolve(const resolution_request&) = 0;
  /// What the module `url` is, loaded by an import or by require().
  virtual format_answer format_of(std::string_view url, bool by_require) = 0;
  virtual fetched_module fetch(std::string_view url) = 0;
  /// The text that the module `index` of the graph being run was compiled from, whatever has become of
  /// the source since; nothing when it can't be had.
  virtual std::optional<std::string> text_of(std::uint32_t index) = 0;
  /// Whether the source of module `index` of the graph being run is now what the graph was made from. Asked for what a
  /// program imports after it began to run; what it starts with was proven before.
  virtual bool is_fresh(std::uint32_t index) = 0;
  /// The program's code has run: what was looked at before may have changed.
  virtual void new_turn() = 0;
};

/// A graph to run, as far as it describes the sources.
struct program_graph {
  v4::file file;                     ///< validated; its bytes stay, unchanged, for the life of the process
  std::vector<std::uint32_t> stale;  ///< modules whose sources are not what the file was made from, ascending
  bool edges_hold = true;            ///< whether specifiers still lead where the file says
};

/// Why a source could not be compiled. Lines and columns count from 1, 0 when not known.
struct compile_error {
  std::string message;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// A record with the engine's bytecode, or why there is none.
struct compiled_module {
  owned_record record;
  std::vector<std::byte> bytecode;
  std::optional<compile_error> error;
};

/// What a run did, for the trace and the tests.
struct run_counts {
  std::uint32_t modules = 0;  ///< modules of the program that came from sources or from the graph
  std::uint32_t hits = 0;     ///< of them, linked and evaluated from the graph without a look at their text
  std::uint32_t parsed = 0;   ///< of them, whose text the engine parsed, for analysis or for code
  std::uint32_t refused = 0;  ///< of them, whose payload the engine did not take, compiled from source
  std::uint32_t from_source = 0;  ///< of them, that came from their source, as the graph had none, or one that could not be used
  bool complete = false;      ///< whether the entry and all it requests statically was loaded
  double load_ms = 0;         ///< from the start of loading to the start of evaluation
};

/// A stretch of a run in which something was done for one module. Those of one run lie within each other or apart.
struct module_span {
  std::string url;
  bool is_evaluation = false;       ///< else loading, linking included
  double begin_ms = 0, end_ms = 0;  ///< since the engine was started
  std::uint32_t parent = external;  ///< the span that it lies in, as its index
};

/// What a run learned that its graph did not have: modules, or code of known ones. It is what merge() takes together with
/// the graph's file: edges and engines count on into that.
struct harvest {
  owned_graph graph;
  std::deque<std::vector<std::byte>> storage;                ///< what its payloads point to
  std::vector<observed_fact> facts;                          ///< what its edges rest on, beside graph.facts
  std::vector<std::pair<std::uint32_t, std::string>> texts;  ///< sources of modules that have no `text` yet
  bool requests_only = false;  ///< whether the engine tells nothing of a module but its requests: a fuller record of the same text stays
  bool complete = false;  ///< whether the entry and all it requests statically was loaded
  bool changed = false;   ///< whether it holds more than the graph the run started from
};

struct program_options {
  std::vector<std::string> argv;  ///< the executable, the entry, the program's arguments
  bool collect = false;           ///< whether collect() will be asked for
  bool is_large = false;          ///< whether it is known beforehand to need megabytes
  bool measure = false;           ///< whether spans() will be asked for
};

/// One engine with one program. Not for use by several threads.
class engine {
 public:
  virtual ~engine() = default;

  /// Identifies bytecode that this engine can load. Cheap: known before the engine has started.
  [[nodiscard]] virtual engine_identity identity() const = 0;

  /// Compiles one module, all of its functions included, to bytecode that run() can load.
  [[nodiscard]] virtual compiled_module compile(std::string_view url, std::string_view source, source_language) = 0;

  /// Starts the engine, which needs nothing of the program's modules yet.
  virtual void prepare(const program_options&) = 0;

  /// Runs the program that starts with module `entry` until nothing is left to do, and gives its exit
  /// code. With a graph, modules come from it as far as they are not stale; all others come from their sources.
  virtual int run(std::string_view entry, const program_graph* graph) = 0;

  [[nodiscard]] virtual run_counts counts() const = 0;
  /// Whether collect() may have something that the graph did not. Cheap.
  [[nodiscard]] virtual bool learned() const = 0;
  /// What is worth keeping of the run; ask once, after it.
  [[nodiscard]] virtual harvest collect() = 0;

  // What not every engine has.

  /// Makes what run() needs of `graph`, a file that was validated, and shows none of it to a program: its sources need
  /// not be known to be unchanged. run() follows, with the same file or with none.
  virtual void read(std::string_view, const v4::file&) {}
  /// What was done when for which module, in the order of its beginnings.
  [[nodiscard]] virtual std::vector<module_span> spans() const { return {}; }
  /// Whether `specifier` names a module that the engine's host has within it.
  [[nodiscard]] virtual bool has_module(std::string_view) const { return false; }
  /// Bytecode that needs nothing beside it, as files of version 1 hold it.
  [[nodiscard]] virtual compiled_module compile_self_contained(std::string_view, std::string_view, source_language) {
    return {{}, {}, compile_error{"this engine has no bytecode for files of version 1"}};
  }
  /// fork(2) so that collect() can be called in the child; -1 when that is not possible soon. The program is over.
  [[nodiscard]] virtual int fork() { return -1; }
  /// Ends run() between two tasks of the program, as soon as there is such a moment. Safe in a signal handler, from
  /// prepare() on.
  virtual void interrupt() noexcept {}
};

}  // namespace bmes
