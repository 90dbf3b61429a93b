// What bare specifiers mean: the package resolution of Node's ESM specification (docs/api/esm.md, "Resolution algorithm").
#pragma once

#include "disk_view.hpp"
#include "module_urls.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bmes::filesystem {

/// What decides where packages lead, beside the disk.
struct package_options {
  std::function<bool(std::string_view)> is_builtin;  ///< whether a module of the host has this name, with or without "node:"
  std::vector<std::string> conditions;               ///< of `exports` and `imports`, beyond those that every program has
  bool preserve_symlinks = false;
};

/// One specifier's way through packages. What was looked at is added to the facts of `out`, and what is wrong is its error.
class package_rules {
 public:
  package_rules(disk_view& disk, const package_options& options, bool by_require, resolution& out)
      : disk_(disk), options_(options), by_require_(by_require), out_(out) {}

  /// PACKAGE_RESOLVE: a file, or a module of the host as `url`. `base` is the path of the module that asks, or its URL.
  std::optional<file_reference> resolve(std::string_view specifier, const std::string& base);
  /// PACKAGE_IMPORTS_RESOLVE, of a specifier that begins with "#".
  std::optional<file_reference> resolve_imports(const std::string& specifier, const std::string& base);
  /// PACKAGE_EXPORTS_RESOLVE, of a package that has `exports`; `subpath` begins with ".". Without a base, errors name none.
  std::optional<file_reference> resolve_exports(const package_json&, const std::string& subpath, const std::string& base);

 private:
  struct lookup;
  enum class outcome : std::uint8_t { found, nothing, refused, failed };

  std::nullopt_t fail(std::string_view code, std::string message, bool is_type_error = false);
  std::nullopt_t invalid_package(const package_json&, const std::string& when);
  outcome find(lookup&, const json_value& map, const std::string& key, file_reference& to);
  outcome target(lookup&, const json_value& value, std::string_view subpath, const std::string& key, bool is_pattern, file_reference& to);
  outcome first_target(lookup&, const json_value& list, std::string_view subpath, const std::string& key, bool is_pattern, file_reference& to);
  outcome text_target(lookup&, const std::string& text, std::string_view subpath, const std::string& key, bool is_pattern, file_reference& to);
  outcome invalid_target(lookup&, const std::string& text, const std::string& key);
  std::optional<file_reference> main_of(const package_json&, const std::string& base);

  disk_view& disk_;
  const package_options& options_;
  bool by_require_;
  resolution& out_;
};

}  // namespace bmes::filesystem
