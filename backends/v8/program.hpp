// One program of Node's and its file: what was there before, and what is kept afterwards.
#pragma once

#include "modules.hpp"
#include "session.hpp"

#include <bmes/cache.hpp>
#include <map>
#include <optional>

namespace bmes::v8_backend {

enum class cache_mode { automatic, off, readonly, refresh };

/// Which build of Node this is, with what decides whether its code can be loaded.
struct engine_name {
  hash128 fingerprint{};
  std::string description;
};
[[nodiscard]] engine_name name_this_engine();

struct program_settings {
  std::string folder;
  std::string entry;               ///< an absolute path
  std::vector<std::string> flags;  ///< what leads specifiers elsewhere
  cache_mode mode = cache_mode::automatic;
};

struct program_trace {
  std::string_view result = name_of(cache_result::off);
  std::string reason;
  std::string detail;
  std::string file;
  std::uint64_t written_bytes = 0;
  fleet::session_trace remote;
};

class program {
 public:
  program(v8::Isolate* isolate, engine_name engine) : modules(isolate), engine_(std::move(engine)) {}

  registry modules;
  program_trace trace;

  /// Looks for the file, proves it, and compares it with the disk.
  void open(program_settings settings);
  [[nodiscard]] bool is_fresh() const noexcept { return fresh_; }

  /// Makes what `key` and all it requests need of the file, and gives its index; external where the file can't give all of it,
  /// with an exception pending if one was thrown.
  [[nodiscard]] std::uint32_t load(std::string_view key, v8::Local<v8::Context> context);
  void forget(std::uint32_t count);
  /// Whether the sources of `key` and all it requests, and what the edges rest on, are still what the file says.
  [[nodiscard]] bool is_still_fresh(std::string_view key);
  /// Whether the file at `path` is the one that the edges rest on.
  [[nodiscard]] bool is_fact_unchanged(std::string_view path) const;
  /// Whether what led requests into the package in `folder` is there still: its package.json, and files that were looked for in it.
  [[nodiscard]] bool is_package_unchanged(const std::string& folder) const;

  struct known_module {
    std::uint32_t index = external;
    payload_parts parts;
  };
  /// What the file has of the source at `key` with this identity, for this engine.
  [[nodiscard]] std::optional<known_module> known(std::string_view key, const source_identity&) const;
  [[nodiscard]] std::optional<known_module> known_fresh(std::string_view key) const;

  /// Whether the source of this module of the file is still what the file says.
  [[nodiscard]] bool is_unchanged(std::uint32_t in_file) const;
  [[nodiscard]] bool has_text(const known_module& known) const { return !known.parts.text.empty() || !file_.module_at(known.index).text().empty(); }
  /// Gives `e` the text that the file has of its source; false where it has none.
  bool take_text(module_entry& e, const known_module& known) const;
  /// Makes the entry at `index` in the registry the module of the file.
  void take(std::uint32_t index, const known_module& known);

  /// What is at `path`; it becomes one of the facts that the edges rest on.
  fact_kind observe(const std::string& path);
  /// What Node calls the module with this key.
  [[nodiscard]] std::string url_of(std::string_view key);

  /// Whether there is something to write. Cheap.
  [[nodiscard]] bool learned();
  [[nodiscard]] bool may_write() const { return cache_ && is_complete && settings_.mode != cache_mode::readonly; }
  /// Says others that the file is about to be written.
  [[nodiscard]] std::unique_ptr<write_turn> take_turn(std::chrono::milliseconds patience);
  /// Makes code of what ran, by V8.
  void collect();
  /// Writes what was collected. Knows nothing of V8: its heap is not there in a fork of Node.
  void write();
  /// After the run: completes the trace.
  void conclude();
  /// Once, before write() or where there is nothing to write.
  void count_start();
  [[nodiscard]] run_counts counts() const;
  bool is_complete = true;  ///< whether all modules of the program were understood

 private:
  [[nodiscard]] hash128 key_of(bool is_plain) const;
  void ask_remotes();
  [[nodiscard]] std::optional<known_module> payload_at(std::uint32_t index) const;
  [[nodiscard]] bool closure(std::uint32_t root, std::vector<known_module>& out) const;
  [[nodiscard]] std::uint32_t entry_for(const known_module& known);
  void pack_stripped();

  engine_name engine_;
  program_settings settings_;
  check_mode check_ = check_mode::stat;
  std::unique_ptr<cache_store> store_;
  std::unique_ptr<compression> packing_;
  std::optional<cached_program> cache_;
  std::optional<cached_program> elsewhere_;
  std::optional<fleet::session> remotes_;
  v4::file file_;
  harvest learned_;
  std::vector<std::pair<std::uint32_t, std::string>> stripped_;  // texts that the payloads of these modules are to have
  bool is_plain_ = false;
  bool fresh_ = false;
  bool is_concluded_ = false;
  std::uint32_t engine_index_ = external;
  std::map<std::string, observed_fact, std::less<>> facts_;
  std::vector<std::uint32_t> made_;  // by index in the file
};

}  // namespace bmes::v8_backend
