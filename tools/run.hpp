// `bmes run`: a program, from the cache when there is one that fits, and into it otherwise.
#pragma once

#include <bmes/freshness.hpp>
#include <optional>
#include <string>
#include <vector>

namespace bmes::tools {

enum class cache_mode { automatic, off, readonly, refresh };

enum class trace_form { none, json, text };

struct run_settings {
  std::string executable;
  std::string entry;
  std::optional<std::string> text;  ///< of an entry that is no file; nothing of it is kept
  std::vector<std::string> arguments;
  std::vector<std::string> conditions;  ///< of packages' exports and imports, beyond those of every program
  bool preserve_symlinks = false;
  cache_mode mode = cache_mode::automatic;
  std::string folder;  ///< empty: BMES_CACHE_DIR, XDG_CACHE_HOME/bmes/esm or ~/.bun-cache/esm
  check_mode check = check_mode::stat;
  trace_form trace = trace_form::none;
};

/// The program's exit code. Ends the process itself when there is a program to end.
int run(const run_settings&);

/// The folder of the cache; empty when there is none to be had.
[[nodiscard]] std::string cache_folder(const std::string& asked);

}  // namespace bmes::tools
