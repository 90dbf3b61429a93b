// "Did you mean": the known word that a mistyped one is nearest to.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bmes::tools {

/// ` (did you mean NAME?)`, or nothing where no name is near. Dashes at the start don't count: `help` is near to `--help`.
[[nodiscard]] std::string did_you_mean(std::string_view typed, std::span<const std::string> names);

}  // namespace bmes::tools
