// What require() means: Node's rules for CommonJS modules (docs/api/modules.md, "All together").
#pragma once

#include "package_rules.hpp"

namespace bmes::filesystem {

class require_rules {
 public:
  require_rules(disk_view& disk, const package_options& options, resolution& out) : disk_(disk), options_(options), out_(out) {}

  /// The path of the module, links not followed; or a module of the host. `from` is the path of the module that asks.
  std::optional<file_reference> resolve(const std::string& request, const std::string& from);
  /// A file, its path with an extension, or a folder with a main file: as a program's entry is found.
  std::optional<std::string> find(const std::string& path, bool is_folder);

 private:
  std::nullopt_t invalid_package(const package_json&);
  std::nullopt_t not_found(const std::string& request);
  std::optional<std::string> with_extension(const std::string& path);
  std::optional<std::string> file_at(const std::string& path);
  std::optional<std::string> main_of(const std::string& folder);
  std::optional<file_reference> exported(std::optional<file_reference> to);

  disk_view& disk_;
  const package_options& options_;
  resolution& out_;
};

}  // namespace bmes::filesystem
