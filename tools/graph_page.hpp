// The page that `bmes graph --html` makes: one file, which asks nothing of any network.
#pragma once

#include <string_view>

namespace bmes::tools {

/// Where in the page the graph goes, as JSON.
inline constexpr std::string_view graph_page_data = "@GRAPH@";
extern const std::string_view graph_page;

}  // namespace bmes::tools
