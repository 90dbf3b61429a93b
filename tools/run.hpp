// `bmes run`: a program, from the cache when there is one that fits, and into it otherwise.
#pragma once

#include "session.hpp"

#include <bmes/engine.hpp>
#include <bmes/freshness.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bmes::tools {

enum class cache_mode { automatic, off, readonly, refresh };

enum class trace_form { none, json, text };

/// What a run says of itself that is measured.
struct run_report {
  std::string result;
  double load_ms = 0, total_ms = 0;
  int code = 0;
  std::vector<module_span> spans;
};

/// What, beside the disk, decides where a program's specifiers lead.
struct resolution_rules {
  std::vector<std::string> conditions;  ///< of packages' exports and imports, beyond those of every program
  bool preserve_symlinks = false;
};

struct run_settings : resolution_rules {
  std::string executable;
  std::string entry;
  std::optional<std::string> text;  ///< of an entry that is no file; nothing of it is kept
  std::vector<std::string> arguments;
  cache_mode mode = cache_mode::automatic;
  std::string folder;  ///< empty: BMES_CACHE_DIR, XDG_CACHE_HOME/bmes/esm or ~/.bun-cache/esm
  check_mode check = check_mode::stat;
  trace_form trace = trace_form::none;
  std::function<void(const run_report&)> report;  ///< the run is measured where there is somebody to be told
};

/// The program's exit code. Ends the process itself when there is a program to end.
int run(const run_settings&);

/// The key of the entry of the program that begins with the module `entry`; with `is_for_node`, of what is so for Node alone.
[[nodiscard]] hash128 program_key(const std::string& entry, const resolution_rules&, bool is_for_node = false);

/// The same for those who ask a fleet.
[[nodiscard]] fleet::program_rules fleet_rules(const resolution_rules&);

/// The folder of the cache; empty when there is none to be had.
[[nodiscard]] std::string cache_folder(const std::string& asked);

}  // namespace bmes::tools
