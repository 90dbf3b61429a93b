#include "project_paths.hpp"

#include "files.hpp"
#include "module_urls.hpp"

#include <array>

namespace bmes::fleet {
namespace {

constexpr std::string_view file_scheme = "file://", here = "/.", above = "/..";
constexpr std::array<std::string_view, 7> lock_names{"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml",
                                                     "bun.lock",          "bun.lockb",           "deno.lock"};

std::string parent_of(const std::string& folder) { return folder.substr(0, folder.rfind('/')); }

bool exists(const std::string& path, fact_kind kind) { return filesystem::look(path, false).kind == kind; }

// What follows `folder` in a path that is in it, or is it.
std::optional<std::string_view> rest_in(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (!path.empty() && path[0] != '/') return std::nullopt;
  return path;
}

}  // namespace

project project::of(const std::string& entry) {
  project out;
  std::string package_root;
  const std::string first = parent_of(filesystem::path_of(entry));
  for (std::string folder = first;; folder = parent_of(folder)) {
    // A package that was installed is no project.
    if ((folder + "/").find("/node_modules/") == std::string::npos) {
      if (out.package.empty() && exists(folder + "/package.json", fact_kind::file)) out.package = folder + "/package.json", package_root = folder;
      for (const std::string_view name : lock_names) {
        auto path = folder + "/";
        path += name;
        if (!exists(path, fact_kind::file)) continue;
        out.lock_file = std::move(path);
        out.root = folder.empty() ? "/" : folder;
        return out;
      }
      if (filesystem::look(folder + "/.git", false).kind != fact_kind::absent) break;
    }
    if (folder.empty()) break;
  }
  out.root = out.package.empty() ? first : package_root;
  if (out.root.empty()) out.root = "/";
  return out;
}

project_paths::project_paths(std::string root) : root_(root == "/" ? std::string() : std::move(root)), root_url_(filesystem::url_of(root_ + "/")) {
  root_url_.pop_back();
  for (std::string folder = root_; !folder.empty();) {
    folder = parent_of(folder);
    parents_.push_back(folder);
  }
}

std::string project_paths::path_to_portable(std::string_view path) const {
  std::string out(here);
  if (const auto rest = rest_in(path, root_)) return out += *rest;
  out = above;
  for (const std::string& folder : parents_) {
    if (const auto rest = rest_in(path, folder)) return out += *rest;
    out += "/..";
  }
  return out;
}

std::string project_paths::to_portable(std::string_view key) const {
  if (key.starts_with('/')) return path_to_portable(key);
  if (!key.starts_with(file_scheme)) return std::string(key);
  std::string out(file_scheme);
  if (const auto rest = rest_in(key, root_url_)) return out.append(here).append(*rest);
  // Only what is named by a path can lie elsewhere.
  return std::string(key);
}

std::optional<std::string> project_paths::to_local(std::string_view portable) const {
  const bool is_url = portable.starts_with(file_scheme);
  std::string_view rest = portable;
  if (is_url) rest.remove_prefix(file_scheme.size());
  if (!rest.starts_with('/')) return std::string(portable);
  if (const auto in_root = rest_in(rest, here)) return std::string(is_url ? root_url_ : root_).append(*in_root);
  if (is_url) return std::nullopt;
  for (const std::string& folder : parents_) {
    const auto in_parent = rest_in(rest, above);
    if (!in_parent) return std::nullopt;
    rest = *in_parent;
    if (!rest_in(rest, above)) return folder + std::string(rest);
  }
  return std::nullopt;
}

bool project_paths::is_outside(std::string_view portable) noexcept {
  return rest_in(portable, above).has_value() || (portable.starts_with(file_scheme) && !rest_in(portable.substr(file_scheme.size()), here));
}

}  // namespace bmes::fleet
