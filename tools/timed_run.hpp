// Runs that are measured: a program as `bmes run` runs it, with what each of its modules took.
#pragma once

#include "run.hpp"

#include <map>
#include <string>

namespace bmes::tools {

/// Milliseconds that were spent for one module.
struct module_times {
  double load = 0;              ///< reading, parsing, resolving, linking
  double evaluation = 0;        ///< its own code
  double total_evaluation = 0;  ///< with what it imported or required meanwhile; waiting for promises is left out
};

struct timed_run {
  run_report report;
  std::map<std::string, module_times, std::less<>> modules;
};

/// Runs the program in a process of its own. What it prints to stdout goes to stderr, and it has nothing to read. Without an answer, after
/// saying why, where the program ended in a way that leaves none.
[[nodiscard]] std::optional<timed_run> run_and_measure(const run_settings&);

/// Times by module.
[[nodiscard]] std::map<std::string, module_times, std::less<>> sums_of(const std::vector<module_span>&);

}  // namespace bmes::tools
