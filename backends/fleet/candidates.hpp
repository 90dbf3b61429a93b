// Where a program's candidates are, and which of them is what lies on this disk.
#pragma once

#include "fleet.hpp"
#include "project_paths.hpp"

#include <bmes/freshness.hpp>
#include <bmes/v4.hpp>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace bmes::fleet {

/// The key of the manifest: of the format, the engine, the rules of resolution, the entry's place in the project, and the contents of the
/// lock file and the package.json. The same on all machines that have the same commit.
[[nodiscard]] hash128 manifest_key(const question&, const project&, const project_paths&);

/// What was found on the disk, each file read once.
class looks {
 public:
  [[nodiscard]] disk_state operator()(const std::string& key, bool with_hash);
  /// What is known of a file without a look at it.
  [[nodiscard]] source_identity identity_of(const std::string& key) const;
  /// What the other one has looked at since it was a copy of this one.
  void take(looks&& other);

 private:
  std::unordered_map<std::string, disk_state> known_;
};

/// What a facts file claims of the disk: a file for each module, and its facts. Their names are the file's.
[[nodiscard]] std::vector<resolution_fact> claims_of(const v4::file& facts);
/// Whether it is of a package that was installed.
[[nodiscard]] bool is_of_package(const resolution_fact& claim) noexcept;
/// The name of something that has another size here, or is something else, than is claimed; empty without.
[[nodiscard]] std::string first_other_size(std::span<const resolution_fact> claims, const project_paths&, looks&);
/// The name of something that is not here what is claimed; empty when all is. Reads all the files, on two threads if they are many.
[[nodiscard]] std::string first_difference(std::span<const resolution_fact> claims, const project_paths&, looks&);

}  // namespace bmes::fleet
