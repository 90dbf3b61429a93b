// POSIX paths as text.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bmes::jsc {

/// Without ".", ".." and doubled slashes as far as the text alone allows; keeps a slash at the end.
std::string normalize_path(std::string_view);
/// Absolute: from right to left until one is, else from the current directory.
std::string resolve_path(std::span<const std::string>);

}  // namespace bmes::jsc
