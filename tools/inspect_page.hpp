// The page that `bmes inspect --html` makes: one file, which asks nothing of any network.
#pragma once

#include <string_view>

namespace bmes::tools {

/// Where in the page go what `inspect --json` prints, and the file's bytes in base64.
inline constexpr std::string_view inspect_page_fields = "@FIELDS@", inspect_page_bytes = "@BYTES@";
extern const std::string_view inspect_page;

}  // namespace bmes::tools
