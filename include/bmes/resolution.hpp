#pragma once
#include <bmes/module.hpp>
#include <string>
#include <vector>

// What resolving a specifier answers: a URL, and what was looked at to find it. A later start may use the URL without
// looking again as long as all of that still holds.

namespace bmes {

/// Why there is no such module, or none of that kind, as the program gets to see it.
struct module_error {
  std::string_view code;  ///< the property `code` of the error, in static storage; empty: none is set. The names are Node's
  std::string message;
  bool is_type_error = false;  ///< a TypeError, or else an Error

  [[nodiscard]] explicit operator bool() const noexcept { return !message.empty(); }
};

/// A resolution_fact that owns its path.
struct observed_fact {
  std::string path;
  fact_kind kind = fact_kind::absent;
  source_identity identity;  ///< of a file

  [[nodiscard]] resolution_fact view() const noexcept { return {path, kind, identity}; }
};

/// A question: what a specifier means in a module.
struct resolution_request {
  std::string_view specifier;
  std::string_view referrer;  ///< the key of the module
  bool by_require = false;    ///< asked by require(), which finds other files, and has other conditions
};

/// The answer.
struct resolution {
  /// The module's key: an absolute path; a URL where a path can't say it (`file:///a.mjs?x=1`); the name of a module of the host.
  std::string url;
  /// What the answer rests on, as it was at the moment of the look. The module itself is not among them: its own identity says as much.
  std::vector<observed_fact> facts;
  module_error error;
};

/// What the text of a module is.
enum class module_format : std::uint8_t {
  java_script,  ///< an ES module
  common_js,
  by_text,  ///< CommonJS where the text can be, and else an ES module
  json,
};

/// What has to be made of the text before an engine can take it.
enum class source_language : std::uint8_t { java_script, typescript, typescript_jsx };

/// The format of a module, and what that rests on.
struct format_answer {
  module_format format = module_format::java_script;
  source_language language = source_language::java_script;
  std::vector<observed_fact> facts;
  module_error error;
};

}  // namespace bmes
