// `bmes cache verify --audit`: whether entries say of their modules what the engine says of the sources now.
#pragma once

#include <bmes/engine.hpp>
#include <bmes/v4.hpp>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace bmes::tools {

struct audit_difference {
  std::string module;
  std::string_view what;  ///< "requests", "imports", "exports", "star exports", "variables", "flags", "length", "text", "edges", "source"
  std::string in_file, by_engine;
};

struct audit_result {
  std::size_t compared = 0;
  std::size_t changed = 0;   ///< whose source is another one now, or is gone
  std::size_t left_out = 0;  ///< of which a compilation can't say the same: CommonJS, JSON, code of other engines
  std::size_t same_code = 0;
  std::size_t other_code = 0;  ///< a run compiles the functions that it calls, and a compilation all of them
  std::vector<audit_difference> differences;
};

/// Compiles modules again, and compares. Where specifiers lead is compared if the entry was made without conditions and flags.
class auditor {
 public:
  /// `sample`: so many modules of an entry, drawn at random; 0 is all.
  explicit auditor(std::size_t sample) : sample_(sample) {}
  /// False, after it was said on stderr, where there is no engine.
  [[nodiscard]] bool has_engine();
  [[nodiscard]] audit_result audit(const v4::file& file, bool is_plain);

 private:
  std::size_t sample_;
  std::unique_ptr<module_host> files_;
  std::unique_ptr<engine> engine_;
  std::mt19937 chance_{std::random_device()()};
};

}  // namespace bmes::tools
