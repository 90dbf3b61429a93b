// The commands that are about the cache, and what they are asked.
#pragma once

#include "run.hpp"

#include <functional>

namespace CLI {
class App;
class Option;
}

namespace bmes::tools {

/// What was asked for is left in `chosen`: it gives the process's exit code.
void add_cache_commands(CLI::App& app, std::function<int()>& chosen);

/// What changes where specifiers lead; only with `needed`, if that is given.
void add_resolution_options(CLI::App* command, resolution_rules&, CLI::Option* needed = nullptr);

}  // namespace bmes::tools
