#include "module_files.hpp"

#include "compression.hpp"
#include "files.hpp"

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

disk_state module_files::look_once(std::string_view path, bool with_hash) {
  auto at = looks_.find(path);
  if (at == looks_.end()) {
    at = looks_.emplace(path, disk_state{}).first;
  } else if (!with_hash || at->second.identity.hash != hash128{}) {
    return at->second;
  }
  return at->second = look(path, with_hash);
}

resolution module_files::resolve(std::string_view specifier, std::string_view referrer) {
  auto to = parse_specifier(specifier, referrer);
  if (to.error) return {{}, {}, std::move(to.error)};
  resolution out;
  std::string& path = to.path;
  const auto base_size = path.size();
  bool is_folder = to.is_folder;
  for (std::size_t i = is_folder ? first_index_file : 0; i < candidates.size(); ++i) {
    if (i == first_index_file && !is_folder) break;
    path.resize(base_size);
    path += candidates[i];
    const fact_kind kind = look_once(path, false).kind;
    if (kind == fact_kind::file) {
      out.url = key_of(std::move(path), to.suffix);
      return out;
    }
    if (i == 0) is_folder = kind == fact_kind::directory;
    out.facts.push_back({path, kind, {}});
  }
  path.resize(base_size);
  const auto imported = " imported from " + path_of(referrer);
  if (is_folder) {
    out.error = folder_error(to.is_folder ? path + '/' : path, imported);
  } else {
    out.error = {"ERR_MODULE_NOT_FOUND", "Cannot find module '" + path + "'" + imported};
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
  return check_file(view.source(), view.url(), [&](std::string_view key, bool with_hash) { return look_once(path_of(key), with_hash); }, check_).holds;
}

}  // namespace bmes::filesystem
