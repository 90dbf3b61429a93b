#include "module_files.hpp"

#include "compression.hpp"
#include "files.hpp"

#include <array>
#include <bmes/checksum.hpp>
#include <filesystem>

namespace bmes::filesystem {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> candidates{"", ".js", ".mjs", ".json", "/index.js", "/index.mjs"};

std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string absolute_path(std::string_view path) {
  std::error_code ignored;
  return fs::absolute(fs::path(path), ignored).lexically_normal().string();
}

resolution module_files::resolve(std::string_view specifier, std::string_view referrer) {
  const auto missing = [&](std::string_view what) {
    return resolution{{}, {}, {"ERR_MODULE_NOT_FOUND", "Cannot find " + std::string(what) + " '" + std::string(specifier) + "' imported from " + std::string(referrer)}};
  };
  fs::path path;
  if (specifier.starts_with("file://")) {
    path = percent_decoded(specifier.substr(7));
  } else if (specifier.starts_with("/")) {
    path = percent_decoded(specifier);
  } else if (specifier.starts_with("./") || specifier.starts_with("../") || specifier == "." || specifier == "..") {
    path = fs::path(referrer).parent_path() / percent_decoded(specifier);
  } else {
    return missing("package");
  }
  std::string base = path.lexically_normal().string();
  if (const auto known = found_.find(base); known != found_.end()) return {known->second, {}, {}};
  for (const std::string_view suffix : candidates) {
    std::string candidate = base + std::string(suffix);
    if (look(candidate, false).kind == fact_kind::file) {
      found_.emplace(std::move(base), candidate);
      return {std::move(candidate), {}, {}};
    }
  }
  return missing("module");
}

fetched_module module_files::fetch(std::string_view url) {
  file_text file = read_file(std::string(url));
  if (!file.error.empty()) return {{}, {}, {"ERR_MODULE_NOT_FOUND", "Cannot read module '" + std::string(url) + "': " + file.error}};
  return {std::move(file.text), file.identity, {}};
}

std::optional<std::string> module_files::text_of(std::uint32_t index) {
  if (!graph_) return std::nullopt;
  const auto view = graph_->module_at(index);
  const auto frame = graph_->payload_bytes(view.row().text.value);
  const auto known = view.source();
  if (frame)
    if (auto text = packing::unpack_text(*frame, known.size); text && checksum128(as_bytes(*text)) == known.hash) return text;
  file_text file = read_file(std::string(view.url()));
  if (file.error.empty() && file.identity.hash == known.hash) return std::move(file.text);
  return std::nullopt;
}

bool module_files::is_fresh(std::uint32_t) { return true; }

void module_files::new_turn() {}

std::vector<std::string> module_files::absent_candidates() const {
  // Only what stands before a file that was found decides; folders in the way of an index file do not.
  std::vector<std::string> out;
  for (const auto& [base, found] : found_)
    for (const std::string_view suffix : candidates) {
      const std::string candidate = base + std::string(suffix);
      if (candidate == found) break;
      if (look(candidate, false).kind == fact_kind::absent) out.push_back(candidate);
    }
  return out;
}

}  // namespace bmes::filesystem
