// Completions for shells and the manual page, of the one description of the command line.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace bmes::tools {

/// For bash, zsh or fish; or the page for man(1).
[[nodiscard]] std::string completion_of(const CLI::App&, std::string_view form);

}  // namespace bmes::tools
