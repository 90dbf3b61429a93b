// The disk as one turn of a program sees it: each path is looked at once, and each package.json is read once.
#pragma once

#include "package_json.hpp"

#include <bmes/freshness.hpp>
#include <bmes/resolution.hpp>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace bmes::filesystem {

class disk_view {
 public:
  using facts = std::vector<observed_fact>;

  void new_turn();

  /// What is at `path`, links followed, as it was when first looked at in this turn.
  disk_state look_once(std::string_view path, bool with_hash);
  [[nodiscard]] bool is_file(const std::string& path) { return look_once(path, false).kind == fact_kind::file; }
  [[nodiscard]] bool is_folder(const std::string& path) { return look_once(path, false).kind == fact_kind::directory; }
  /// Adds what is at `path` to the facts of an answer.
  fact_kind observe(const std::string& path, facts& out);

  /// The package.json at `path`, which becomes a fact.
  const package_json& package_at(const std::string& path, facts& out);
  /// The package.json in charge of the file at `path`; null where there is none. The places looked at become facts.
  const package_json* scope_of(std::string_view path, facts& out);

  /// `path` without symbolic links. The links become facts.
  std::string real_path(const std::string& path, facts& out);
  /// The fact of whether there is a symbolic link at `path`.
  void observe_link(const std::string& path, facts& out);

 private:
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  template <class T>
  using by_path = std::unordered_map<std::string, T, text_hash, std::equal_to<>>;
  struct read_package {
    package_json package;
    source_identity identity;
    bool is_known = false;
  };
  struct real_folder {
    std::string path;
    facts links;
  };

  const real_folder& real_folder_of(const std::string& path, unsigned depth);
  real_folder resolve_links(const std::string& path, unsigned depth);

  by_path<disk_state> looks_;
  by_path<real_folder> folders_;
  by_path<read_package> packages_;
};

}  // namespace bmes::filesystem
