#include "disk_view.hpp"

#include "files.hpp"
#include "module_urls.hpp"

namespace bmes::filesystem {
namespace {

// As many links as Linux follows in a path.
constexpr unsigned most_links = 40;

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

}  // namespace

void disk_view::new_turn() {
  looks_.clear();
  folders_.clear();
}

disk_state disk_view::look_once(std::string_view path, bool with_hash) {
  auto at = looks_.find(path);
  if (at == looks_.end()) {
    at = looks_.emplace(path, disk_state{}).first;
  } else if (!with_hash || at->second.identity.hash != hash128{}) {
    return at->second;
  }
  return at->second = look(path, with_hash);
}

fact_kind disk_view::observe(const std::string& path, facts& out) {
  const fact_kind kind = look_once(path, false).kind;
  out.push_back({path, kind, kind == fact_kind::file ? look_once(path, true).identity : source_identity{}});
  return kind;
}

const package_json& disk_view::package_at(const std::string& path, facts& out) {
  const bool is_file = look_once(path, false).kind == fact_kind::file;
  read_package& known = packages_[path];
  const auto look = [&](std::string_view at, bool with_hash) { return look_once(at, with_hash); };
  if (!known.is_known || known.package.exists != is_file || (is_file && !check_file(known.identity, path, look).holds)) {
    known = {};
    known.is_known = true;
    known.package.path = path;
    known.package.exists = is_file;
    if (is_file) {
      const file_text file = read_file(path);
      parse_package(file.text, known.package);
      known.identity = file.identity;
      looks_[path].identity = file.identity;
    }
  }
  out.push_back({path, looks_[path].kind, known.identity});
  return known.package;
}

const package_json* disk_view::scope_of(std::string_view path, facts& out) {
  for (auto folder = folder_of(path);; folder = folder_of(folder)) {
    if (!folder.ends_with("/node_modules")) {
      std::string file(folder);
      file += file.ends_with('/') ? "package.json" : "/package.json";
      const package_json& found = package_at(file, out);
      if (found.exists) return &found;
    } else {
      return nullptr;
    }
    if (folder.size() <= 1) return nullptr;
  }
}

void disk_view::observe_link(const std::string& path, facts& out) {
  std::string named = path;
  named += '/';
  const disk_state now = look_once(named, true);
  out.push_back({std::move(named), now.kind, now.identity});
}

// `path` has no "." and "..".
disk_view::real_folder disk_view::resolve_links(const std::string& path, unsigned depth) {
  if (path.size() <= 1) return {"/", {}};
  const auto slash = path.rfind('/');
  real_folder out = slash == 0 ? real_folder{"", {}} : real_folder_of(path.substr(0, slash), depth);
  if (out.path == "/") out.path.clear();
  out.path.append(path, slash, std::string::npos);
  auto target = read_link(out.path);
  if (!target || depth >= most_links) return out;
  observe_link(out.path, out.links);
  std::string to = target->starts_with('/') ? std::move(*target) : std::string(folder_of(out.path)) + "/" + *target;
  real_folder led = real_folder_of(absolute_path(to), depth + 1);
  led.links.insert(led.links.begin(), out.links.begin(), out.links.end());
  return led;
}

const disk_view::real_folder& disk_view::real_folder_of(const std::string& path, unsigned depth) {
  if (const auto at = folders_.find(path); at != folders_.end()) return at->second;
  auto found = resolve_links(path, depth);
  return folders_.insert_or_assign(path, std::move(found)).first->second;
}

std::string disk_view::real_path(const std::string& path, facts& out) {
  real_folder found = resolve_links(path, 0);
  out.insert(out.end(), std::make_move_iterator(found.links.begin()), std::make_move_iterator(found.links.end()));
  return std::move(found.path);
}

}  // namespace bmes::filesystem
