// What a run did with its cache, for `BMES_TRACE=json` and for tests.
#pragma once

#include "session.hpp"

#include <bmes/cache.hpp>
#include <string>

namespace bmes::tools {

struct run_trace {
  std::string_view result = name_of(cache_result::off);
  std::string reason;               ///< why it was no hit, or why nothing could be written
  std::string detail;               ///< for people: the path or the system's message
  std::string file;
  run_counts counts;
  std::uint64_t written_bytes = 0;
  double total_ms = 0;
  fleet::session_trace remote;
};

/// One line of JSON, without the line's end.
[[nodiscard]] std::string to_json(const run_trace&);

/// The same for people: what came from where, why, and where the time went.
[[nodiscard]] std::string to_text(const run_trace&);

/// `text` as a JSON string, quotes included; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace bmes::tools
