// Files that the commands write: whole or not at all, and over nothing that only their user can make again.
#pragma once

#include <bmes/bytes.hpp>
#include <span>
#include <string>

namespace bmes::tools {

/// The path that means standard input, or standard output.
inline constexpr std::string_view standard_stream = "-";

/// Why nothing may be written to `path` without being forced to: it is one of `sources`, or a file with something else
/// than BMES in it. Empty when it may. What is no regular file, a pipe or a device, has nothing to lose.
[[nodiscard]] std::string why_keep(const std::string& path, std::span<const std::string> sources);

/// Puts the bytes in the place of what is at `path`; gives the system's word for why that failed, or nothing.
[[nodiscard]] std::string write_output(const std::string& path, byte_view bytes);

}  // namespace bmes::tools
