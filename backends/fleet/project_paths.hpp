// A project's files by names that hold on every machine, wherever the project lies there.
#pragma once

#include <bmes/bytes.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bmes::fleet {

/// Where a program's project begins: the nearest folder above it with a lock file, but not above one with a .git; without such, the
/// nearest with a package.json; without that, the program's own.
struct project {
  std::string root;                ///< absolute; "/" or without a slash at its end
  std::string lock_file, package;  ///< paths of the nearest lock file and package.json; empty without

  [[nodiscard]] static project of(const std::string& entry);
};

/// Keys of modules and paths of facts, here and as the fleet has them: "/./src/a.mjs" is in the root, "/../b.mjs" beside it. What is
/// no file (`node:fs`, `data:…`) has the same name everywhere.
class project_paths {
 public:
  explicit project_paths(std::string root);

  [[nodiscard]] std::string to_portable(std::string_view key) const;
  /// Nothing where no machine has such a file: above "/".
  [[nodiscard]] std::optional<std::string> to_local(std::string_view portable) const;
  /// The most bytes by which to_local() makes a name longer.
  [[nodiscard]] std::size_t most_growth() const noexcept { return root_url_.size(); }
  /// How many folders the root lies below "/".
  [[nodiscard]] std::uint32_t depth() const noexcept { return static_cast<std::uint32_t>(parents_.size()); }

  /// Whether a portable name is that of something outside of the root. Between such names and files there is one way only where
  /// the roots are equally deep: whoever looks upwards for a package looks in each folder on the way.
  [[nodiscard]] static bool is_outside(std::string_view portable) noexcept;

 private:
  [[nodiscard]] std::string path_to_portable(std::string_view path) const;

  std::string root_, root_url_;
  std::vector<std::string> parents_;  // of the root, the nearest first; "/" is empty
};

}  // namespace bmes::fleet
