// Where a program's candidates are, and which of them is what lies on this disk.
#pragma once

#include "fleet.hpp"
#include "project_paths.hpp"

#include <bmes/freshness.hpp>
#include <bmes/v4.hpp>
#include <string>
#include <unordered_map>

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
  [[nodiscard]] bool is_empty() const noexcept { return known_.empty(); }
  /// What the other one has looked at since it was a copy of this one.
  void take(looks&& other);

 private:
  std::unordered_map<std::string, disk_state> known_;
};

/// The name of something that has another size here, or is something else, than a candidate's facts file says; empty without.
[[nodiscard]] std::string first_other_size(const v4::file& facts, const project_paths&, looks&);
/// The name of something that is not here what a candidate's facts file says; empty when all is. Reads what the candidate was made
/// from, on two threads if that is much.
[[nodiscard]] std::string first_difference(const v4::file& facts, const project_paths&, looks&);

}  // namespace bmes::fleet
