#include "module_files.hpp"

#include "compression.hpp"
#include "files.hpp"
#include "require_rules.hpp"

#include <array>
#include <bmes/checksum.hpp>
#include <cerrno>
#include <cstring>

namespace bmes::filesystem {
namespace {

// What is tried in turn; the last two only where there is such a folder.
constexpr std::array<std::string_view, 6> candidates{"", ".js", ".mjs", ".json", "/index.js", "/index.mjs"};
constexpr std::size_t first_index_file = 4;

module_error folder_error(const std::string& path, std::string_view imported) {
  return {"ERR_UNSUPPORTED_DIR_IMPORT", "Directory import '" + path + "' is not supported resolving ES modules" + std::string(imported)};
}

// An error of the system in Node's words.
module_error read_error(const std::string& path, int number) {
  std::string_view code = "ERR_MODULE_NOT_FOUND";
  switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return {code, "Cannot find module '" + path + "'"};
    case EISDIR:
      return folder_error(path, {});
    case EACCES:
      code = "EACCES";
      break;
    case EPERM:
      code = "EPERM";
      break;
    case EMFILE:
      code = "EMFILE";
      break;
    case ENFILE:
      code = "ENFILE";
      break;
    default:
      code = "EIO";
  }
  std::string sentence = std::strerror(number);
  if (!sentence.empty() && sentence[0] >= 'A' && sentence[0] <= 'Z') sentence[0] = static_cast<char>(sentence[0] | 0x20);
  return {code, std::string(code) + ": " + sentence + ", open '" + path + "'"};
}

}  // namespace

resolution module_files::resolve(const resolution_request& request) {
  return request.by_require ? require(request.specifier, request.referrer) : import(request.specifier, request.referrer);
}

// The file is there; its key is where it really lies.
void module_files::finish(resolution& out, file_reference to) {
  if (!options_.preserve_symlinks) to.path = disk_.real_path(to.path, out.facts);
  out.url = key_of(std::move(to.path), to.suffix);
}

resolution module_files::import(std::string_view specifier, std::string_view referrer) {
  resolution out;
  const std::string base = path_of(referrer);
  file_reference to;
  const bool is_path = kind_of(specifier) == specifier_kind::path;
  if (options_.is_builtin && options_.is_builtin(specifier)) {
    out.url = specifier;
    return out;
  }
  if (is_path || kind_of(specifier) == specifier_kind::url) {
    to = parse_specifier(specifier, referrer);
    if (to.error) {
      out.error = std::move(to.error);
      return out;
    }
  } else {
    package_rules packages(disk_, options_, false, out);
    const bool is_internal = specifier.starts_with('#') && base.starts_with('/');
    auto found = is_internal ? packages.resolve_imports(std::string(specifier), base) : packages.resolve(specifier, base);
    if (!found) {
      if (out.error.code == "ERR_MODULE_NOT_FOUND") add_hint(out, specifier, base);
      return out;
    }
    to = *std::move(found);
  }
  if (!to.url.empty()) {
    out.url = std::move(to.url);
    return out;
  }
  std::string& path = to.path;
  const auto base_size = path.size();
  bool is_folder = to.is_folder;
  for (std::size_t i = is_folder ? first_index_file : 0; i < candidates.size(); ++i) {
    if (i == first_index_file && !is_folder) break;
    if (i != 0 && !is_path) break;
    path.resize(base_size);
    path += candidates[i];
    const fact_kind kind = disk_.look_once(path, false).kind;
    if (kind == fact_kind::file) {
      finish(out, std::move(to));
      return out;
    }
    if (i == 0) is_folder = kind == fact_kind::directory;
    out.facts.push_back({path, kind, {}});
  }
  path.resize(base_size);
  const auto imported = " imported from " + base;
  if (is_folder) {
    out.error = folder_error(to.is_folder ? path + '/' : path, imported);
  } else {
    out.error = {"ERR_MODULE_NOT_FOUND", "Cannot find module '" + path + "'" + imported};
  }
  add_hint(out, specifier, base);
  return out;
}

// What require() would have found.
void module_files::add_hint(resolution& out, std::string_view specifier, const std::string& base) {
  if (kind_of(specifier) != specifier_kind::bare || !base.starts_with('/')) return;
  resolution other;
  const auto found = require_rules(disk_, options_, other).resolve(std::string(specifier), base);
  if (!found || found->path.empty()) return;
  std::string there = disk_.real_path(found->path, other.facts);
  if (const auto at = there.find(specifier.substr(0, specifier.find('/'))); at != std::string::npos) there.erase(0, at);
  if (there == specifier) there = url_of(found->path);
  out.error.message += "\nDid you mean to import \"" + there + "\"?";
}

resolution module_files::require(std::string_view specifier, std::string_view referrer) {
  resolution out;
  auto found = require_rules(disk_, options_, out).resolve(std::string(specifier), path_of(referrer));
  if (!found) return out;
  if (!found->url.empty()) {
    out.url = std::move(found->url);
  } else {
    finish(out, *std::move(found));
  }
  return out;
}

std::string module_files::entry_key(std::string_view path) {
  resolution ignored;
  const bool is_folder = path.ends_with('/');
  std::string asked = absolute_path(path);
  while (asked.size() > 1 && asked.ends_with('/')) asked.pop_back();
  const auto found = require_rules(disk_, options_, ignored).find(asked, is_folder);
  if (!found) return asked;
  return options_.preserve_symlinks ? *found : disk_.real_path(*found, ignored.facts);
}

format_answer module_files::format_of(std::string_view url, bool by_require) {
  format_answer out;
  if (url.starts_with("data:")) {
    const auto type = media_type_of(url);
    if (type == "application/json") {
      out.format = module_format::json;
    } else if (type != "text/javascript") {
      out.error = {"ERR_UNKNOWN_MODULE_FORMAT", "Unknown module format: " + type + " for URL " + std::string(url)};
    }
    return out;
  }
  const std::string path = path_of(url);
  const auto extension = extension_of(path);
  out.language = language_of(path);
  if (out.language != source_language::java_script && path.find("/node_modules/") != std::string::npos) {
    out.error = {"ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING",
                 "Stripping types is currently unsupported for files under node_modules, for \"" + path + "\""};
    return out;
  }
  if (extension == ".mjs" || extension == ".mts") return out;
  if (extension == ".cjs" || extension == ".cts") {
    out.format = module_format::common_js;
    return out;
  }
  if (extension == ".json") {
    out.format = module_format::json;
    return out;
  }
  const package_json* package = disk_.scope_of(path, out.facts);
  if (package && !package->is_valid) {
    out.error = {"ERR_INVALID_PACKAGE_CONFIG", "Invalid package config " + package->path + "."};
    return out;
  }
  using type = package_json::type_field;
  const type declared = package ? package->type : type::none;
  const bool is_script = extension == ".js" || extension == ".ts" || extension == ".tsx" || extension.empty();
  if (!is_script && (!by_require || extension == ".node")) {
    out.error = {"ERR_UNKNOWN_FILE_EXTENSION", "Unknown file extension \"" + std::string(extension) + "\" for " + path, true};
  } else if (is_script && declared == type::module) {
    out.format = module_format::java_script;
  } else {
    out.format = is_script && declared == type::none ? module_format::by_text : module_format::common_js;
  }
  return out;
}

fetched_module module_files::fetch(std::string_view url) {
  file_text file = read_file(url);
  if (file.error != 0) return {{}, {}, read_error(path_of(url), file.error)};
  return {std::move(file.text), file.identity, {}};
}

std::optional<std::string> module_files::text_of(std::uint32_t index) {
  if (!graph_) return std::nullopt;
  const auto view = graph_->module_at(index);
  const auto frame = graph_->payload_bytes(view.row().text.value);
  const auto known = view.source();
  if (frame)
    if (auto text = packing::unpack_text(*frame, known.size); text && checksum128(as_bytes(*text)) == known.hash) return text;
  file_text file = read_file(view.url());
  if (file.error == 0 && file.identity.hash == known.hash) return std::move(file.text);
  return std::nullopt;
}

bool module_files::is_fresh(std::uint32_t index) {
  if (!graph_) return false;
  const auto view = graph_->module_at(index);
  const auto look = [&](std::string_view key, bool with_hash) { return disk_.look_once(key.starts_with("data:") ? key : path_of(key), with_hash); };
  return check_file(view.source(), view.url(), look, check_).holds;
}

}  // namespace bmes::filesystem
