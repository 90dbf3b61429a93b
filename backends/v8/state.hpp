// What lives as long as Node's environment, shared by the parts of the addon.
#pragma once

#include "program.hpp"

#include <chrono>
#include <node.h>
#include <uv.h>

namespace bmes::v8_backend {

using clock = std::chrono::steady_clock;
using call_info = v8::FunctionCallbackInfo<v8::Value>;

/// What runs now.
enum class run_mode : std::uint8_t { none, modules, common_js };

/// Where something stands in Node's own scripts.
struct place {
  std::string script = "node:internal";
  int line = 1;
  int column = 1;
};

struct state {
  explicit state(v8::Isolate*);

  v8::Isolate* isolate;
  program running;
  run_mode mode = run_mode::none;
  std::string entry_url;
  std::vector<std::string> flags;  ///< of the command line, what leads specifiers elsewhere
  bool is_started = false;
  bool stands_aside = false;       ///< the program runs as if the package were not there
  bool has_other_preloads = false;
  bool is_hooked = false;          ///< somebody else has a say in what modules are
  bool asks_node = false;          ///< hooks that are registered now are the package's own
  bool is_pending = false;         ///< the main module has not settled
  bool is_watched = false;         ///< ... and the package says so should the process end
  bool is_kept = false;
  bool is_traced = false;
  bool waits = false;              ///< whether the process waits until all is written
  clock::time_point begun = clock::now();
  double load_ms = 0;

  bool lives_on = false;    ///< whether the program goes on after what it learned was kept
  uv_timer_t early{};
  std::size_t libraries = 0;  ///< that were loaded before the program
  std::size_t depth = 0;  ///< of CommonJS modules that are being loaded
  std::unordered_map<std::string, bool> files;  ///< what was found on the disk meanwhile
  enum class package_state : std::uint8_t { absent, changed, unchanged };
  std::unordered_map<std::string, package_state> packages;  ///< what has become of folders of packages meanwhile

  v8::Global<v8::Function> load_package;  ///< (addon) -> what loader.js exports
  v8::Global<v8::Object> package;
  std::string folder;  ///< of the package, with a slash at its end

  // Node's own.
  v8::Global<v8::Function> run_main, load_file, compile, resolve_filename, load;
  v8::Global<v8::Object> extensions, resolver;  ///< with Node's own '.js' and _resolveFilename()
  // Functions that stand in stacks where Node's stand.
  v8::Global<v8::Object> load_frame;
  v8::Global<v8::Function> compile_frame, make_require;
  v8::Global<v8::Function> apply;
  place compile_place, load_place, require_place;

  /// What loader.js exports, which is loaded if it is not there yet.
  [[nodiscard]] v8::MaybeLocal<v8::Object> loader();
  /// Calls a function of loader.js.
  [[nodiscard]] v8::MaybeLocal<v8::Value> call(std::string_view name, std::vector<v8::Local<v8::Value>> arguments = {});
  void stand_aside(std::string_view reason, std::string_view detail = {});
  /// The program is left to Node: nothing of it is kept.
  void give_up(std::string_view reason, std::string_view detail = {});
};

[[nodiscard]] state& of(const call_info&);
[[nodiscard]] v8::Local<v8::Function> function_of(state&, v8::FunctionCallback, v8::Local<v8::String> name, int length = 0);
/// What the text evaluates to, its first line being `line` of `name`; import() means in it what it means in the script of `like`.
[[nodiscard]] v8::MaybeLocal<v8::Value> compile_at(v8::Isolate*, v8::Local<v8::String> text, v8::Local<v8::Value> name, int line, v8::Local<v8::Data> options);
[[nodiscard]] std::string text_at(const call_info&, int index);
/// Calls `original` as this was called, and returns what it returns; empty when it throws.
v8::Local<v8::Value> call_original(const call_info&, v8::Local<v8::Function> original, v8::Local<v8::Value> receiver);

inline v8::Local<v8::String> word(v8::Isolate* isolate, std::string_view text) { return to_string(isolate, text); }
[[nodiscard]] v8::Local<v8::Value> get(v8::Local<v8::Context>, v8::Local<v8::Object>, std::string_view name);
void set(v8::Local<v8::Context>, v8::Local<v8::Object>, std::string_view name, v8::Local<v8::Value>);

/// start(Module, loadPackage, importer, folder, require): the package takes over what runs from now on.
void start(const call_info&);
/// Evaluates the entry of the program as Node does.
void evaluate_entry(state&, std::uint32_t index, v8::Local<v8::Context>);

/// Where Node calls CommonJS modules from; `require` is one of Node's.
void find_places(state&, v8::Local<v8::Function> require);
/// CommonJS modules are compiled here, and requests that are known are answered.
void install_common_js(state&, v8::Local<v8::Context>);

/// running(index, isLinked): what of a module that is required cannot be evaluated yet.
void running(const call_info&);

/// The functions that loader.js is given.
[[nodiscard]] v8::Local<v8::Object> functions_for_package(state&, v8::Local<v8::Context>);
/// Keeps what was learned: in another process, unless somebody waits for it.
void keep(state&);
/// The process ends.
void end(state&);

[[nodiscard]] bool may_import(std::string_view text);

/// Whether Node takes the file for TypeScript, where it takes any.
[[nodiscard]] bool is_type_script(std::string_view path);
/// Gives `e` the text of the source at `path`, of which `bytes` were just read. Of TypeScript that is what Node makes of it, who is
/// told that it is called `name`, unless the file has that: `known` is what it has of this source, if anything. False, with an
/// exception pending if Node threw one, where there is no such text.
[[nodiscard]] bool take_source(state&, module_entry& e, std::string bytes, std::string_view path, std::string_view name, const std::optional<program::known_module>& known);

}  // namespace bmes::v8_backend
