// What V8's payloads hold: how Node took the module, and V8's own code cache.
#pragma once

#include "module_urls.hpp"

#include <bmes/bytes.hpp>
#include <bmes/checksum.hpp>
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bmes::v8_backend {

/// What a module is for Node.
enum class module_kind : std::uint8_t { source = 0, common_js = 1, json = 2, builtin = 3 };

/// Files as payloads name them: from the module's own folder on, so that a payload is the same wherever the project lies.
namespace relative {

inline constexpr char mark = '\x01';
inline constexpr std::string_view file_scheme = "file://";

/// `target`, an absolute path or a file: URL, as seen from the module `key`; anything else is as it is.
[[nodiscard]] inline std::string name(std::string_view key, std::string_view target) {
  const bool is_url = target.starts_with(file_scheme);
  if (!is_url && !target.starts_with('/')) return std::string(target);
  const std::string from = is_url == key.starts_with(file_scheme) ? std::string(key) : is_url ? filesystem::url_of(key) : filesystem::path_of(key);
  std::size_t common = 0;
  for (std::size_t i = 0; i < std::min(from.size(), target.size()) && from[i] == target[i]; ++i)
    if (from[i] == '/') common = i + 1;
  std::string out{mark};
  out += is_url ? 'u' : 'p';
  out += std::to_string(std::count(from.begin() + static_cast<std::ptrdiff_t>(common), from.end(), '/'));
  out += '/';
  return out += target.substr(common);
}

/// The other way. A name that leads above "/" stays as it is, and is no file's.
[[nodiscard]] inline std::string resolve(std::string_view key, std::string_view named) {
  if (named.size() < 3 || named[0] != mark) return std::string(named);
  const bool is_url = named[1] == 'u';
  std::string from = is_url == key.starts_with(file_scheme) ? std::string(key) : is_url ? filesystem::url_of(key) : filesystem::path_of(key);
  std::size_t up = 0, at = 2;
  for (; at < named.size() && named[at] >= '0' && named[at] <= '9' && up < from.size(); ++at) up = up * 10 + static_cast<std::size_t>(named[at] - '0');
  if (at == named.size() || named[at] != '/') return std::string(named);
  from.resize(from.rfind('/') + 1);
  for (; up != 0 && from.size() > (is_url ? file_scheme.size() + 1 : 1); --up) from.resize(from.rfind('/', from.size() - 2) + 1);
  if (up != 0) return std::string(named);
  return from += named.substr(at + 1);
}

/// Whether a specifier names the same file wherever the module lies.
[[nodiscard]] inline bool is_absolute(std::string_view specifier) { return specifier.starts_with('/') || specifier.starts_with("file:"); }

}  // namespace relative

/// What Node found out about a module, beside its code: in the file a sequence of texts, each with a zero behind it, where files are named
/// from the module `key` on.
struct module_notes {
  struct target {
    std::string path;
    bool is_in_scope = false;  ///< by a name that the package.json in charge of the module gives, and not by a path or node_modules
    friend bool operator==(const target&, const target&) = default;
  };
  struct edge {
    std::string url, format;
    friend bool operator==(const edge&, const edge&) = default;
  };
  std::optional<std::vector<std::string>> names;            ///< of the exports of a CommonJS module, where an ES module imports it
  std::map<std::string, edge, std::less<>> dynamic;         ///< where import() of a specifier led
  std::map<std::string, target, std::less<>> requests;      ///< where require() of a specifier led

  friend bool operator==(const module_notes&, const module_notes&) = default;

  [[nodiscard]] std::string encode(std::string_view key) const {
    std::string out;
    const auto seen = [&](std::string_view specifier, std::string_view target) {
      return relative::is_absolute(specifier) ? std::string(target) : relative::name(key, target);
    };
    const auto put = [&](std::string_view text) { (out += text) += '\0'; };
    if (names) put("n"), put(std::to_string(names->size()));
    if (names)
      for (const auto& name : *names) put(name);
    for (const auto& [specifier, to] : dynamic) put("d"), put(specifier), put(seen(specifier, to.url)), put(to.format);
    for (const auto& [specifier, to] : requests) put(to.is_in_scope ? "s" : "r"), put(specifier), put(seen(specifier, to.path));
    return out;
  }

  [[nodiscard]] static module_notes decode(std::string_view key, std::string_view text) {
    module_notes out;
    const auto next = [&] {
      const auto field = text.substr(0, text.find('\0'));
      text.remove_prefix(std::min(text.size(), field.size() + 1));
      return field;
    };
    while (!text.empty()) {
      const auto kind = next();
      const auto first = next();
      if (kind == "n") {
        std::size_t count = 0;
        for (const char c : first) count = count * 10 + static_cast<std::size_t>(c - '0');
        out.names.emplace();
        while (out.names->size() < count && !text.empty()) out.names->emplace_back(next());
      } else if (kind == "d") {
        const auto url = next();
        out.dynamic[std::string(first)] = {relative::resolve(key, url), std::string(next())};
      } else {
        out.requests[std::string(first)] = {relative::resolve(key, next()), kind == "s"};
      }
    }
    return out;
  }
};

/// A payload is 32 bytes, V8's code, the notes, and of TypeScript the text without its types. V8 wants its data at a multiple of
/// 8, which 32 bytes after the start of a blob is.
struct payload_parts {
  static constexpr std::uint32_t layout = 4;
  static constexpr std::size_t head = 32;

  module_kind kind = module_kind::source;
  bool is_one_byte = false;    ///< whether the text has no character above U+00FF
  bool uses_import = false;    ///< whether the text may use import()
  bool is_plain = false;       ///< whether all specifiers lead where paths alone lead
  std::uint8_t renewals = 0;   ///< how often the code was made again
  std::uint64_t edges = 0;     ///< digest_of() the edges that Node's resolution gave
  byte_view code;
  std::string_view notes;      ///< module_notes
  byte_view text;              ///< what Node made of TypeScript, a zstd frame; empty where the source itself is the text
  std::uint32_t text_length = 0;  ///< of it, in UTF-16 code units

  /// Gives the payload, which has none yet, its text.
  static void append_text(std::vector<std::byte>& payload, byte_view frame) {
    wire_rep<std::uint32_t>::store(std::span(payload).subspan(24).first<4>(), static_cast<std::uint32_t>(frame.size()));
    payload.insert(payload.end(), frame.begin(), frame.end());
  }

  [[nodiscard]] std::vector<std::byte> encode() const {
    std::vector<std::byte> out(head);
    const auto put = [&]<class T>(std::size_t at, T value) { wire_rep<T>::store(std::span(out).subspan(at).template first<sizeof(T)>(), value); };
    put(0, layout);
    put(4, static_cast<std::uint8_t>(kind));
    put(5, static_cast<std::uint8_t>((is_one_byte ? 1 : 0) | (uses_import ? 2 : 0) | (is_plain ? 4 : 0)));
    put(6, renewals);
    put(8, edges);
    put(16, static_cast<std::uint32_t>(code.size()));
    put(20, static_cast<std::uint32_t>(notes.size()));
    put(28, text_length);
    out.insert(out.end(), code.begin(), code.end());
    const auto note_bytes = as_bytes(notes);
    out.insert(out.end(), note_bytes.begin(), note_bytes.end());
    if (!text.empty()) append_text(out, text);
    return out;
  }

  [[nodiscard]] static std::optional<payload_parts> decode(byte_view bytes) {
    if (bytes.size() < head) return std::nullopt;
    const auto get = [&]<class T>(std::size_t at, T) { return wire_rep<T>::load(bytes.subspan(at).template first<sizeof(T)>()); };
    const auto kind = get(4, std::uint8_t{}), flags = get(5, std::uint8_t{});
    if (get(0, std::uint32_t{}) != layout || kind > static_cast<std::uint8_t>(module_kind::json)) return std::nullopt;
    payload_parts p;
    p.kind = static_cast<module_kind>(kind);
    p.is_one_byte = (flags & 1) != 0;
    p.uses_import = (flags & 2) != 0;
    p.is_plain = (flags & 4) != 0;
    p.renewals = get(6, std::uint8_t{});
    p.edges = get(8, std::uint64_t{});
    const std::size_t code_size = get(16, std::uint32_t{}), notes_size = get(20, std::uint32_t{}), text_size = get(24, std::uint32_t{});
    if (!fits(head, code_size, bytes.size()) || !fits(head + code_size, notes_size, bytes.size())) return std::nullopt;
    if (bytes.size() - head - code_size - notes_size != text_size) return std::nullopt;
    p.code = bytes.subspan(head, code_size);
    p.notes = as_text(bytes.subspan(head + code_size, notes_size));
    p.text = bytes.subspan(head + code_size + notes_size);
    p.text_length = get(28, std::uint32_t{});
    return p;
  }
};

/// A digest of where a module's requests lead, in their order.
class edge_digest {
 public:
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }
  /// Where a request of the module `key` leads: to a file, or to what its specifier names.
  void add(std::string_view key, std::string_view target) { add(relative::name(key, target)); }

 private:
  void add(std::string_view url) { value_ = XXH3_64bits_withSeed(url.data(), url.size(), value_ + 1); }
  std::uint64_t value_ = 0;
};

}  // namespace bmes::v8_backend
