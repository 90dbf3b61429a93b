#include "require_rules.hpp"

#include <array>

namespace bmes::filesystem {
namespace {

constexpr std::array<const char*, 3> extensions{".js", ".json", ".node"};

bool is_relative(std::string_view s) { return s == "." || s == ".." || s.starts_with("./") || s.starts_with("../"); }

bool names_folder(std::string_view s) { return s.ends_with('/') || s.ends_with("/.") || s.ends_with("/..") || s == "." || s == ".."; }

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

std::nullopt_t require_rules::not_found(const std::string& request) {
  if (!out_.error) out_.error = {"MODULE_NOT_FOUND", "Cannot find module '" + request + "'"};
  return std::nullopt;
}

std::nullopt_t require_rules::invalid_package(const package_json& package) {
  out_.error = {"ERR_INVALID_PACKAGE_CONFIG", "Invalid package config " + package.path + "."};
  return std::nullopt;
}

std::optional<std::string> require_rules::file_at(const std::string& path) {
  const fact_kind kind = disk_.look_once(path, false).kind;
  if (kind == fact_kind::file) return path;
  out_.facts.push_back({path, kind, {}});
  return std::nullopt;
}

std::optional<std::string> require_rules::with_extension(const std::string& path) {
  for (const char* extension : extensions)
    if (auto found = file_at(path + extension)) return found;
  return std::nullopt;
}

std::optional<std::string> require_rules::main_of(const std::string& folder) {
  const package_json& package = disk_.package_at(folder + "/package.json", out_.facts);
  if (!package.is_valid) return invalid_package(package);
  if (package.main && !package.main->empty()) {
    const std::string main = without_slash(absolute_path(package.main->starts_with('/') ? *package.main : folder + "/" + *package.main));
    if (auto found = file_at(main)) return found;
    if (auto found = with_extension(main)) return found;
    if (auto found = with_extension(main + "/index")) return found;
    if (auto found = with_extension(folder + "/index")) return found;
    out_.error = {"MODULE_NOT_FOUND", "Cannot find module '" + main + "'. Please verify that the package.json has a valid \"main\" entry"};
    return std::nullopt;
  }
  return with_extension(folder + "/index");
}

std::optional<std::string> require_rules::find(const std::string& path, bool is_folder) {
  if (!is_folder) {
    if (auto found = file_at(path)) return found;
    if (auto found = with_extension(path)) return found;
  } else {
    disk_.observe(path, out_.facts);
  }
  return disk_.is_folder(path) ? main_of(path) : std::nullopt;
}

// What `exports` or `imports` say has to be there as it is.
std::optional<file_reference> require_rules::exported(std::optional<file_reference> to) {
  if (!to || !to->url.empty()) return to;
  if (to->is_folder || !file_at(to->path)) return not_found(to->path);
  to->suffix.clear();
  return to;
}

std::optional<file_reference> require_rules::resolve(const std::string& request, const std::string& from) {
  file_reference to;
  if (options_.is_builtin && options_.is_builtin(request)) {
    to.url = request;
    return to;
  }
  if (request.starts_with("node:")) {
    out_.error = {"ERR_UNKNOWN_BUILTIN_MODULE", "No such built-in module: " + request};
    return std::nullopt;
  }
  const bool is_folder = names_folder(request);
  const std::string folder = from.substr(0, from.rfind('/'));
  if (is_relative(request) || request.starts_with('/')) {
    const std::string path = without_slash(absolute_path(request.starts_with('/') ? request : folder + "/" + request));
    auto found = find(path, is_folder);
    if (!found) return not_found(request);
    to.path = *std::move(found);
    return to;
  }
  package_rules packages(disk_, options_, true, out_);
  const auto named = [&](const package_json& package) -> std::optional<std::string> {
    if (!package.name || !package.exports) return std::nullopt;
    if (request == *package.name) return ".";
    if (request.starts_with(*package.name) && request[package.name->size()] == '/') return "." + request.substr(package.name->size());
    return std::nullopt;
  };
  const package_json* own = disk_.scope_of(from, out_.facts);
  if (own && !own->is_valid) return invalid_package(*own);
  if (request.starts_with('#') && own && own->imports) {
    auto imported = exported(packages.resolve_imports(request, from));
    if (!imported && out_.error.code == "ERR_MODULE_NOT_FOUND") out_.error = {};
    return imported ? imported : not_found(request);
  }
  if (own)
    if (const auto subpath = named(*own)) return exported(packages.resolve_exports(*own, *subpath, from));

  const auto scope_slash = request.starts_with('@') ? request.find('/') : std::string::npos;
  const auto slash = request.find('/', scope_slash == std::string::npos ? 0 : scope_slash + 1);
  const std::string name = request.substr(0, slash);
  const std::string rest = slash == std::string::npos ? std::string() : request.substr(slash);
  for (std::string at = folder;; at.resize(at.rfind('/'))) {
    if (!at.ends_with("/node_modules")) {
      const std::string modules = at + "/node_modules";
      if (disk_.observe(modules, out_.facts) == fact_kind::directory) {
        const std::string place = modules + "/" + name;
        const fact_kind kind = disk_.observe(place, out_.facts);
        if (kind == fact_kind::directory) {
          disk_.observe_link(place, out_.facts);
          const package_json& package = disk_.package_at(place + "/package.json", out_.facts);
          if (!package.is_valid) return invalid_package(package);
          if (package.exports) return exported(packages.resolve_exports(package, "." + rest, {}));
        }
        if (auto found = find(without_slash(absolute_path(modules + "/" + request)), is_folder)) {
          to.path = *std::move(found);
          return to;
        }
        if (out_.error) return std::nullopt;
      }
    }
    if (at.empty()) break;
  }
  return not_found(request);
}

}  // namespace bmes::filesystem
