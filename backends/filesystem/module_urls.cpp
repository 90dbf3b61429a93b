#include "module_urls.hpp"

#include <algorithm>
#include <bmes/utf8.hpp>
#include <filesystem>
#include <utility>

namespace bmes::filesystem {
namespace {

constexpr std::string_view file_scheme = "file:", data_scheme = "data:";
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

// The same, but a "%" that means nothing stands for itself.
void decode_leniently(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto at = text.find('%');
    out += text.substr(0, at);
    if (at == std::string_view::npos) return;
    text.remove_prefix(at);
    const bool encoded = text.size() >= 3 && hex_value(text[1]) >= 0 && hex_value(text[2]) >= 0;
    out += encoded ? static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2])) : '%';
    text.remove_prefix(encoded ? 3 : 1);
  }
}

void encode(std::string& out, std::string_view text, std::string_view special, char first = '!') {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= static_cast<unsigned char>(first) && byte < 0x7F && special.find(c) == std::string_view::npos) {
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

module_error scheme_error(const std::string& specifier, std::string_view scheme) {
  if (scheme == "node:") return {"ERR_UNKNOWN_BUILTIN_MODULE", "No such built-in module: " + specifier};
  const bool is_network = equal_ignoring_case(scheme, "http:") || equal_ignoring_case(scheme, "https:");
  return {"ERR_UNSUPPORTED_ESM_URL_SCHEME", std::string("Only URLs with a scheme in: file") + (is_network ? " and data" : ", data, and node") +
                                                " are supported by the default ESM loader. Received protocol '" + std::string(scheme) + "'"};
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

/// Decoded as the URL Standard does it: what is no base64 at all gives nothing.
std::string decode_base64(std::string_view text) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0, held = 0;
  for (const char c : text) {
    const auto value = letters.find(c);
    if (value == std::string_view::npos) {
      if (c == '=' || c == ' ') continue;
      return {};
    }
    held = held << 6 | static_cast<unsigned>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(held >> bits & 0xFF);
  }
  return out;
}

/// The key of a data: URL, whose text has no spaces at its ends.
std::string data_key(std::string_view text) {
  std::string out = "data:";
  encode(out, text, {}, ' ');
  return out;
}

// What is between "data:" and the data.
std::string_view data_head(std::string_view key) {
  key.remove_prefix(data_scheme.size());
  return key.substr(0, key.find(','));
}

}  // namespace

std::string decoded_leniently(std::string_view text) {
  std::string out;
  decode_leniently(out, text);
  return out;
}

std::optional<std::string> data_of(std::string_view key) {
  if (!key.starts_with(data_scheme)) return std::nullopt;
  const auto head = data_head(key);
  auto body = key.substr(std::min(key.size(), data_scheme.size() + head.size() + 1));
  body = body.substr(0, body.find('#'));
  std::string out;
  decode_leniently(out, body);
  if (head.ends_with(";base64")) out = decode_base64(out);
  return out;
}

std::string media_type_of(std::string_view key) {
  auto head = data_head(key);
  std::string out(head.substr(0, head.find(';')));
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return out;
}

std::string path_of(std::string_view key) {
  if (!key.starts_with("file://")) return std::string(key);
  std::string out;
  const auto path = key.substr(7, key.find_first_of("?#") - 7);
  return decode(out, path) ? out : std::string(key);
}

std::string url_of(std::string_view path) {
  if (!path.starts_with('/')) return std::string(path);
  std::string out = "file://";
  encode(out, path, encoded_in_path);
  return out;
}

std::string key_of(std::string path, std::string_view suffix) { return suffix.empty() ? path : url_of(path).append(suffix); }

namespace {

bool is_relative(std::string_view s) { return s.starts_with("./") || s.starts_with("../") || s == "." || s == ".."; }

bool is_ignored(char c) { return static_cast<unsigned char>(c) <= ' '; }

// URLs have no spaces and controls at their ends, and no tabs and line ends in them.
std::string_view stripped(std::string_view text, std::string& storage) {
  if (std::ranges::none_of(text, is_ignored)) return text;
  storage = text;
  std::erase_if(storage, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  text = storage;
  while (!text.empty() && is_ignored(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_ignored(text.front())) text.remove_prefix(1);
  return text;
}

}  // namespace

specifier_kind kind_of(std::string_view specifier) {
  if (specifier.starts_with('/') || is_relative(specifier)) return specifier_kind::path;
  std::string storage;
  return scheme_length(stripped(specifier, storage)) != 0 ? specifier_kind::url : specifier_kind::bare;
}

file_reference parse_specifier(std::string_view specifier, std::string_view referrer) {
  file_reference out;
  std::string storage;
  std::string_view rest = stripped(specifier, storage);
  const auto from = [&] { return path_of(referrer); };
  const bool is_from_folder = is_relative(specifier);
  bool has_authority = specifier.starts_with('/') && rest.size() > 1 && (rest[1] == '/' || rest[1] == '\\');
  if (kind_of(specifier) == specifier_kind::path) {
    if (referrer.starts_with(data_scheme)) {
      out.error = {"ERR_UNSUPPORTED_RESOLVE_REQUEST",
                   "Failed to resolve module specifier \"" + std::string(specifier) + "\" from \"" + std::string(referrer) +
                       "\": Invalid relative URL or base scheme is not hierarchical.",
                   true};
      return out;
    }
  } else {
    const auto scheme = rest.substr(0, scheme_length(rest));
    if (equal_ignoring_case(scheme, data_scheme)) {
      out.url = data_key(rest.substr(scheme.size()));
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
  if (is_from_folder) {
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

std::string_view extension_of(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot);
}

source_language language_of(std::string_view path) {
  const auto extension = extension_of(path);
  if (extension == ".tsx") return source_language::typescript_jsx;
  return extension == ".ts" || extension == ".mts" || extension == ".cts" ? source_language::typescript : source_language::java_script;
}

std::string absolute_path(std::string_view path) {
  std::error_code ignored;
  return std::filesystem::absolute(std::filesystem::path(path), ignored).lexically_normal().string();
}

}  // namespace bmes::filesystem
