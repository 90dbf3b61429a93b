// The commands that are about the cache, and what they are asked.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace bmes::tools {

/// What was asked for is left in `chosen`: it gives the process's exit code.
void add_cache_commands(CLI::App& app, std::function<int()>& chosen);

}  // namespace bmes::tools
