#include "package_rules.hpp"

#include <algorithm>
#include <array>

namespace bmes::filesystem {

using kind = json_value::kind_type;

/// A walk through `exports` or `imports`.
struct package_rules::lookup {
  const package_json& package;
  const std::string& base;
  bool is_import;

  [[nodiscard]] std::string imported() const { return base.empty() ? std::string() : " imported from " + base; }
  [[nodiscard]] std::string importing() const { return base.empty() ? std::string() : " while importing " + url_of(base); }
};

namespace {

bool is_array_index(std::string_view key) {
  if (key.empty() || key.size() > 10 || (key.size() > 1 && key[0] == '0')) return false;
  std::uint64_t value = 0;
  for (const char c : key) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value < 0xFFFFFFFF;
}

/// A segment without its percent-encoding, in small letters.
std::string plain_segment(std::string_view segment) {
  std::string out = decoded_leniently(segment);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return out;
}

/// Whether there is a segment that could lead out of the package.
bool has_invalid_segment(std::string_view path) {
  for (;;) {
    const auto end = path.find_first_of("/\\");
    const auto segment = plain_segment(path.substr(0, end));
    if (segment == "." || segment == ".." || segment == "node_modules") return true;
    if (end == std::string_view::npos) return false;
    path.remove_prefix(end + 1);
  }
}

std::string with_stars(std::string text, std::string_view by) {
  for (std::size_t at = text.find('*'); at != std::string::npos; at = text.find('*', at + by.size())) text.replace(at, 1, by);
  return text;
}

/// PATTERN_KEY_COMPARE: whether `a` is the more specific of two.
bool goes_before(std::string_view a, std::string_view b) {
  const auto base = [](std::string_view key) {
    const auto star = key.find('*');
    return star == std::string_view::npos ? key.size() : star + 1;
  };
  if (base(a) != base(b)) return base(a) > base(b);
  const bool has_star = a.find('*') != std::string_view::npos;
  if (!has_star) return false;
  return b.find('*') == std::string_view::npos || a.size() > b.size();
}

struct package_name {
  std::string name, subpath;
  bool valid = true;
};

package_name parse_package_name(std::string_view specifier) {
  package_name out;
  auto slash = specifier.find('/');
  if (specifier.starts_with('@')) {
    if (slash == std::string_view::npos) {
      out.valid = false;
    } else {
      slash = specifier.find('/', slash + 1);
    }
  }
  out.name = specifier.substr(0, slash);
  if (out.name.starts_with('.') || out.name.find_first_of("\\%") != std::string::npos) out.valid = false;
  out.subpath += '.';
  if (slash != std::string_view::npos) out.subpath += specifier.substr(slash);
  return out;
}

}  // namespace

std::nullopt_t package_rules::fail(std::string_view code, std::string message, bool is_type_error) {
  out_.error = {code, std::move(message), is_type_error};
  return std::nullopt;
}

std::nullopt_t package_rules::invalid_package(const package_json& package, const std::string& when) {
  return fail("ERR_INVALID_PACKAGE_CONFIG", "Invalid package config " + package.path + when + ".");
}

std::optional<file_reference> package_rules::resolve(std::string_view specifier, const std::string& base) {
  if (options_.is_builtin && options_.is_builtin(specifier)) {
    file_reference to;
    to.url = specifier;
    return to;
  }
  const auto asked = parse_package_name(specifier);
  if (!asked.valid) {
    return fail("ERR_INVALID_MODULE_SPECIFIER",
                "Invalid module \"" + std::string(specifier) + "\" is not a valid package name imported from " + base, true);
  }
  if (base.starts_with('/')) {
    const package_json* own = disk_.scope_of(base, out_.facts);
    if (own && !own->is_valid) return invalid_package(*own, {});
    if (own && own->name == asked.name && own->exports) return resolve_exports(*own, asked.subpath, base);
  }
  std::string_view folder = base.starts_with('/') ? std::string_view(base).substr(0, base.rfind('/')) : std::string_view();
  for (;;) {
    std::string place(folder);
    place.append("/node_modules/").append(asked.name);
    if (place.ends_with('/')) place.pop_back();
    if (disk_.observe(place, out_.facts) == fact_kind::directory) {
      disk_.observe_link(place, out_.facts);
      const package_json& package = disk_.package_at(place + "/package.json", out_.facts);
      if (!package.is_valid) return invalid_package(package, " while importing \"" + std::string(specifier) + "\" from " + base);
      if (package.exports) return resolve_exports(package, asked.subpath, base);
      if (asked.subpath == ".") return main_of(package, base);
      auto to = parse_specifier(asked.subpath, package.path);
      if (to.error) {
        out_.error = std::move(to.error);
        return std::nullopt;
      }
      return to;
    }
    if (folder.empty()) break;
    folder = folder.substr(0, folder.rfind('/'));
  }
  return fail("ERR_MODULE_NOT_FOUND", "Cannot find package '" + asked.name + "' imported from " + base);
}

// LEGACY_MAIN_RESOLVE
std::optional<file_reference> package_rules::main_of(const package_json& package, const std::string& base) {
  const std::string folder = package.path.substr(0, package.path.rfind('/') + 1);
  const auto try_file = [&](const std::string& name) -> std::optional<file_reference> {
    file_reference to;
    to.path = absolute_path(folder + name);
    const fact_kind found = disk_.look_once(to.path, false).kind;
    if (found == fact_kind::file) return to;
    out_.facts.push_back({to.path, found, {}});
    return std::nullopt;
  };
  if (package.main)
    for (const char* suffix : {"", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node"})
      if (auto to = try_file("./" + *package.main + suffix)) return to;
  for (const char* name : {"index.js", "index.json", "index.node"})
    if (auto to = try_file(name)) return to;
  const std::string named = absolute_path(folder + (package.main ? *package.main : "index.js"));
  return fail("ERR_MODULE_NOT_FOUND", "Cannot find package '" + named + "' imported from " + base);
}

std::optional<file_reference> package_rules::resolve_exports(const package_json& package, const std::string& subpath, const std::string& base) {
  lookup l{package, base, false};
  const json_value& exports = *package.exports;
  // A main export alone may be written without its ".".
  bool is_main = exports.kind != kind::object;
  for (std::size_t i = 0; exports.kind == kind::object && i < exports.members.size(); ++i) {
    const bool is_condition = !exports.members[i].name.starts_with('.');
    if (i != 0 && is_condition != is_main)
      return fail("ERR_INVALID_PACKAGE_CONFIG",
                  "Invalid package config " + package.path + l.importing() +
                      ". \"exports\" cannot contain some keys starting with '.' and some not. The exports object must either be an object of "
                      "package subpath keys or an object of main entry condition name keys only.");
    is_main = is_condition;
  }
  file_reference to;
  outcome found = outcome::nothing;
  if (!is_main) {
    found = find(l, exports, subpath, to);
  } else if (subpath == ".") {
    found = target(l, exports, {}, subpath, false, to);
  }
  if (found == outcome::found) return to;
  if (found == outcome::failed) return std::nullopt;
  if (subpath == ".") return fail("ERR_PACKAGE_PATH_NOT_EXPORTED", "No \"exports\" main defined in " + package.path + l.imported());
  return fail("ERR_PACKAGE_PATH_NOT_EXPORTED", "Package subpath '" + subpath + "' is not defined by \"exports\" in " + package.path + l.imported());
}

std::optional<file_reference> package_rules::resolve_imports(const std::string& specifier, const std::string& base) {
  if (specifier == "#" || specifier.ends_with('/'))
    return fail("ERR_INVALID_MODULE_SPECIFIER",
                "Invalid module \"" + specifier + "\" is not a valid internal imports specifier name imported from " + base, true);
  const package_json* own = base.starts_with('/') ? disk_.scope_of(base, out_.facts) : nullptr;
  if (own && !own->is_valid) return invalid_package(*own, {});
  if (own && own->imports) {
    lookup l{*own, base, true};
    file_reference to;
    const outcome found = find(l, *own->imports, specifier, to);
    if (found == outcome::found) return to;
    if (found == outcome::failed) return std::nullopt;
  }
  return fail("ERR_PACKAGE_IMPORT_NOT_DEFINED",
              "Package import specifier \"" + specifier + "\" is not defined" + (own ? " in package " + own->path : "") + " imported from " + base, true);
}

// PACKAGE_IMPORTS_EXPORTS_RESOLVE
package_rules::outcome package_rules::find(lookup& l, const json_value& map, const std::string& key, file_reference& to) {
  if (key.find('*') == std::string::npos && !key.ends_with('/'))
    if (const json_value* value = map.find(key)) return target(l, *value, {}, key, false, to);
  const json_value::member* best = nullptr;
  for (const auto& m : map.members) {
    const std::string_view pattern = m.name;
    const auto star = pattern.find('*');
    if (star == std::string_view::npos || pattern.rfind('*') != star) continue;
    if (key.size() < pattern.size() || !key.starts_with(pattern.substr(0, star)) || !key.ends_with(pattern.substr(star + 1))) continue;
    if (!best || goes_before(pattern, best->name)) best = &m;
  }
  if (!best) return outcome::nothing;
  const auto matched = std::string_view(key).substr(best->name.find('*'), key.size() - best->name.size() + 1);
  return target(l, best->value, matched, best->name, true, to);
}

// PACKAGE_TARGET_RESOLVE
package_rules::outcome package_rules::target(lookup& l, const json_value& value, std::string_view subpath, const std::string& key, bool is_pattern,
                                             file_reference& to) {
  switch (value.kind) {
    case kind::null:
      return outcome::refused;
    case kind::text:
      return text_target(l, value.text, subpath, key, is_pattern, to);
    case kind::other:
      return invalid_target(l, value.text, key);
    case kind::list:
      return first_target(l, value, subpath, key, is_pattern, to);
    case kind::object:
      break;
  }
  for (const auto& [name, each] : value.members) {
    if (!is_array_index(name)) continue;
    fail("ERR_INVALID_PACKAGE_CONFIG",
         "Invalid package config " + l.package.path + l.importing() + ". \"exports\" cannot contain numeric property keys.");
    return outcome::failed;
  }
  for (const auto& [name, each] : value.members) {
    const bool holds = name == "default" || name == "node" || name == "module-sync" || name == (by_require_ ? "require" : "import") ||
                       std::ranges::find(options_.conditions, name) != options_.conditions.end();
    if (!holds) continue;
    const outcome found = target(l, each, subpath, key, is_pattern, to);
    if (found != outcome::nothing) return found;
  }
  return outcome::nothing;
}

package_rules::outcome package_rules::first_target(lookup& l, const json_value& list, std::string_view subpath, const std::string& key, bool is_pattern,
                                                   file_reference& to) {
  outcome last = list.members.empty() ? outcome::refused : outcome::nothing;
  module_error error;
  for (const auto& [none, each] : list.members) {
    const outcome found = target(l, each, subpath, key, is_pattern, to);
    if (found == outcome::found) return found;
    if (found == outcome::failed && out_.error.code != "ERR_INVALID_PACKAGE_TARGET") return found;
    if (found == outcome::failed) error = std::exchange(out_.error, {});
    if (found == outcome::refused) error = {};
    if (found != outcome::nothing) last = found;
  }
  if (error) out_.error = std::move(error);
  return last;
}

package_rules::outcome package_rules::invalid_target(lookup& l, const std::string& text, const std::string& key) {
  std::string message = "Invalid \"";
  message += l.is_import ? "imports" : "exports";
  message += key == "." ? "\" main target " + quoted_json(text) + " defined" : "\" target " + quoted_json(text) + " defined for '" + key + "'";
  message += " in the package config " + l.package.path + l.imported();
  if (!l.is_import && !text.empty() && !text.starts_with("./")) message += "; targets must start with \"./\"";
  fail("ERR_INVALID_PACKAGE_TARGET", std::move(message));
  return outcome::failed;
}

package_rules::outcome package_rules::text_target(lookup& l, const std::string& text, std::string_view subpath, const std::string& key, bool is_pattern,
                                                  file_reference& to) {
  if (!text.starts_with("./")) {
    if (!l.is_import || text.starts_with("../") || text.starts_with('/') || kind_of(text) == specifier_kind::url) return invalid_target(l, text, key);
    const auto found = resolve(is_pattern ? with_stars(text, subpath) : text, l.package.path);
    if (!found) return outcome::failed;
    to = *found;
    return outcome::found;
  }
  if (has_invalid_segment(std::string_view(text).substr(2))) return invalid_target(l, text, key);
  if (is_pattern && has_invalid_segment(subpath)) {
    fail("ERR_INVALID_MODULE_SPECIFIER",
         "Invalid module \"" + with_stars(key, subpath) + "\" request is not a valid match in pattern \"" + key + "\" for the \"" +
             (l.is_import ? "imports" : "exports") + "\" resolution of " + l.package.path + l.imported(),
         true);
    return outcome::failed;
  }
  to = parse_specifier(is_pattern ? with_stars(text, subpath) : text, l.package.path);
  if (!to.error) return outcome::found;
  // It names the package's file as the one that asks.
  std::string& message = to.error.message;
  if (const auto at = message.rfind(" imported from "); at != std::string::npos) message.replace(at, std::string::npos, l.imported());
  out_.error = std::move(to.error);
  return outcome::failed;
}

}  // namespace bmes::filesystem
