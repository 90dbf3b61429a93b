#include "module_urls.hpp"

#include <algorithm>
#include <bmes/utf8.hpp>
#include <filesystem>
#include <utility>

namespace bmes::filesystem {
namespace {

constexpr std::string_view file_scheme = "file:";
// What the URL Standard encodes in each part of a file: URL, beside spaces, controls and what is not ASCII. A path of the disk is
// no path of a URL yet: its "%" and "\" have no meaning there.
constexpr std::string_view encoded_in_path = "\"#<>?`{}%\\", encoded_in_query = "\"#<>'", encoded_in_fragment = "\"<>`";

constexpr int hex_value(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Appends `text` decoded; false, with nothing said about `out`, where a "%" is followed by no two digits.
bool decode(std::string& out, std::string_view text) {
  for (;;) {
    const auto at = text.find('%');
    out += text.substr(0, at);
    if (at == std::string_view::npos) return true;
    text.remove_prefix(at);
    if (text.size() < 3 || hex_value(text[1]) < 0 || hex_value(text[2]) < 0) return false;
    out += static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2]));
    text.remove_prefix(3);
  }
}

void encode(std::string& out, std::string_view text, std::string_view special) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && special.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
}

// "." and ".." as URLs know them: 1 and 2; 0 for any other segment.
int dots(std::string_view segment) {
  int count = 0;
  while (!segment.empty()) {
    const bool encoded = segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' && (segment[2] | 0x20) == 'e';
    if (!encoded && segment[0] != '.') return 0;
    segment.remove_prefix(encoded ? 3 : 1);
    if (++count > 2) return 0;
  }
  return count;
}

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  return std::ranges::equal(a, lower, [](char x, char y) { return (x >= 'A' && x <= 'Z' ? static_cast<char>(x | 0x20) : x) == y; });
}

// The length of `text`'s scheme with its colon; 0 where it has none.
std::size_t scheme_length(std::string_view text) {
  const auto letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  if (text.empty() || !letter(text[0])) return 0;
  std::size_t i = 1;
  while (i < text.size() && (letter(text[i]) || (text[i] >= '0' && text[i] <= '9') || text[i] == '+' || text[i] == '-' || text[i] == '.')) ++i;
  return i < text.size() && text[i] == ':' ? i + 1 : 0;
}

// Why a specifier that is no URL leads nowhere. The names and sentences are Node's.
module_error bare_error(const std::string& specifier, const std::string& from) {
  if (specifier.starts_with('#'))
    return {"ERR_PACKAGE_IMPORT_NOT_DEFINED", "Package import specifier \"" + specifier + "\" is not defined imported from " + from, true};
  const bool scoped = specifier.starts_with('@');
  auto end = specifier.find('/');
  if (scoped && end != std::string::npos) end = specifier.find('/', end + 1);
  const auto package = specifier.substr(0, end);
  if (specifier.starts_with('.') || package.find_first_of("\\%") != std::string::npos || (scoped && package.find('/') == std::string::npos))
    return {"ERR_INVALID_MODULE_SPECIFIER", "Invalid module \"" + specifier + "\" is not a valid package name imported from " + from, true};
  return {"ERR_MODULE_NOT_FOUND", "Cannot find package '" + package + "' imported from " + from};
}

module_error scheme_error(const std::string& specifier, std::string_view scheme) {
  if (scheme == "node:") return {"ERR_UNKNOWN_BUILTIN_MODULE", "No such built-in module: " + specifier};
  return {"ERR_UNSUPPORTED_ESM_URL_SCHEME",
          "Only URLs with a scheme in: file and node are supported by the default ESM loader. Received protocol '" + std::string(scheme) + "'"};
}

// Appends a segment that needs a closer look. What is wrong with it, or nothing.
std::string_view append_decoded(std::string& out, std::string_view segment) {
  const auto begin = out.size();
  if (!decode(out, segment) || !is_utf8(std::string_view(out).substr(begin))) return "is no percent-encoded UTF-8";
  if (out.find_first_of("/\\", begin) != std::string::npos) return "must not include encoded \"/\" or \"\\\" characters";
  if (out.find('\0', begin) != std::string::npos) return "must not include null characters";
  return {};
}

// Appends the segments of `path`, the path of a URL, to the folder `out`. What is wrong with them, or nothing.
std::string_view append_segments(std::string& out, std::string_view path, bool& is_folder) {
  for (;;) {
    std::size_t end = 0;
    bool plain = true;
    for (; end < path.size() && path[end] != '/' && path[end] != '\\'; ++end) plain &= path[end] != '%' && path[end] != '\0';
    const auto segment = path.substr(0, end);
    const int up = dots(segment);
    is_folder = segment.empty() || up != 0;
    if (up == 2) out.resize(out.size() == 1 ? 1 : out.rfind('/', out.size() - 2) + 1);
    if (!is_folder) {
      const auto begin = out.size();
      if (const auto wrong = plain ? std::string_view() : append_decoded(out, segment); !wrong.empty()) {
        out.replace(begin, std::string::npos, path);
        return wrong;
      }
      if (plain) out += segment;
      out += '/';
    }
    if (end == path.size()) return {};
    path.remove_prefix(end + 1);
  }
}

}  // namespace

std::string path_of(std::string_view key) {
  if (!key.starts_with("file://")) return std::string(key);
  std::string out;
  const auto path = key.substr(7, key.find_first_of("?#") - 7);
  return decode(out, path) ? out : std::string(key);
}

std::string key_of(std::string path, std::string_view suffix) {
  if (suffix.empty()) return path;
  std::string out = "file://";
  encode(out, path, encoded_in_path);
  return out += suffix;
}

file_reference parse_specifier(std::string_view specifier, std::string_view referrer) {
  file_reference out;
  const bool is_absolute = specifier.starts_with('/');
  const bool is_relative = specifier.starts_with("./") || specifier.starts_with("../") || specifier == "." || specifier == "..";
  std::string_view rest = specifier;
  std::string stripped;
  const auto is_ignored = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  if (std::ranges::any_of(specifier, is_ignored)) {
    // URLs have no spaces and controls at their ends, and no tabs and line ends in them.
    stripped = specifier;
    std::erase_if(stripped, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
    rest = stripped;
    while (!rest.empty() && is_ignored(rest.back())) rest.remove_suffix(1);
    while (!rest.empty() && is_ignored(rest.front())) rest.remove_prefix(1);
  }
  const auto from = [&] { return path_of(referrer); };
  bool has_authority = is_absolute && rest.size() > 1 && (rest[1] == '/' || rest[1] == '\\');
  if (!is_absolute && !is_relative) {
    const auto scheme = rest.substr(0, scheme_length(rest));
    if (scheme.empty()) {
      out.error = bare_error(std::string(specifier), from());
      return out;
    }
    if (!equal_ignoring_case(scheme, file_scheme)) {
      out.error = scheme_error(std::string(specifier), scheme);
      return out;
    }
    rest.remove_prefix(scheme.size());
    has_authority = rest.size() > 1 && (rest[0] == '/' || rest[0] == '\\') && (rest[1] == '/' || rest[1] == '\\');
  }
  const auto fragment = rest.find('#');
  const auto query = rest.substr(0, fragment).find('?');
  if (query != std::string_view::npos)
    if (const auto text = rest.substr(0, fragment).substr(query + 1); !text.empty()) encode(out.suffix += '?', text, encoded_in_query);
  if (fragment != std::string_view::npos)
    if (const auto text = rest.substr(fragment + 1); !text.empty()) encode(out.suffix += '#', text, encoded_in_fragment);
  rest = rest.substr(0, std::min(query, fragment));
  if (has_authority) {
    rest.remove_prefix(2);
    const auto host = rest.substr(0, rest.find_first_of("/\\"));
    if (!host.empty() && !equal_ignoring_case(host, "localhost")) {
      out.error = {"ERR_INVALID_FILE_URL_HOST", "File URL host must be \"localhost\" or empty on linux", true};
      return out;
    }
    rest.remove_prefix(host.size());
  }

  out.path.reserve(referrer.size() + rest.size() + 16);
  if (is_relative) {
    const std::string file = referrer.starts_with('/') ? std::string() : path_of(referrer);
    const std::string_view base = file.empty() ? referrer : file;
    if (base.starts_with('/')) {
      out.path = base.substr(0, base.rfind('/'));
    } else {
      out.path = absolute_path(".");
    }
  }
  if (!out.path.ends_with('/')) out.path += '/';
  if (const auto wrong = append_segments(out.path, rest, out.is_folder); !wrong.empty()) {
    out.error = {"ERR_INVALID_MODULE_SPECIFIER", "Invalid module \"" + out.path + "\" " + std::string(wrong) + " imported from " + from(), true};
    return out;
  }
  out.path.pop_back();
  return out;
}

std::string absolute_path(std::string_view path) {
  std::error_code ignored;
  return std::filesystem::absolute(std::filesystem::path(path), ignored).lexically_normal().string();
}

}  // namespace bmes::filesystem
