// Files of any version as one model, and that model as a file of any version.
#pragma once

#include <bmes/format.hpp>
#include <optional>
#include <string>
#include <vector>

namespace bmes::tools {

/// The engine that nobody has: versions 1 and 3 don't say whose their bytecode is.
inline constexpr engine_identity unknown_engine{{}, "unknown"};

/// A valid file of any version as one graph. A file of version 1 or 3 is a graph of one module without a URL,
/// and its bytecode a payload of the unknown engine.
struct any_graph {
  std::uint32_t version = 0;
  owned_graph graph;
  std::optional<std::uint32_t> code_features;  ///< of version 3
};
[[nodiscard]] result<any_graph> read_graph(byte_view bytes);

/// Why a file of `version` can't be made of the graph at all; empty when it may be.
[[nodiscard]] std::string too_much_for(const any_graph& from, unsigned version);

/// What of the graph has no place in `version`, for which it is not too much.
[[nodiscard]] std::vector<std::string_view> lost_in(const any_graph& from, unsigned version);

/// The graph, for which `version` is not too much, as a file of it. Names that versions before 4 wrote as text
/// become what they stand for.
[[nodiscard]] result<std::vector<std::byte>> write_graph(any_graph& from, unsigned version);

}  // namespace bmes::tools
