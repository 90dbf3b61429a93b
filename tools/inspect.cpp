#include "commands.hpp"
#include "describe.hpp"
#include "formats.hpp"
#include "inspect_page.hpp"
#include "trace.hpp"

#include <fnmatch.h>
#include <algorithm>

namespace bmes::tools {
namespace {

/// Bytes of a field that are worth printing; of longer ones (bytecode, sources) the checksum is.
constexpr std::size_t printed_bytes = 64;

// The 16-byte lines around `offset`, the one with it marked.
void put_dump(buffer& out, byte_view bytes, std::uint64_t offset) {
  const std::uint64_t line = std::min<std::uint64_t>(offset, bytes.size()) / 16 * 16;
  for (std::uint64_t at = line >= 32 ? line - 32 : 0; at < std::min<std::uint64_t>(line + 48, bytes.size()); at += 16) {
    const byte_view row = bytes.subspan(static_cast<std::size_t>(at), std::min<std::size_t>(16, bytes.size() - static_cast<std::size_t>(at)));
    put(out, "{} {:08x} ", at == line ? ">" : " ", at);
    for (std::size_t i = 0; i < 16; ++i) {
      const char mark = at + i == offset ? '[' : at + i == offset + 1 && i != 0 ? ']' : ' ';
      put(out, "{}{}", mark, i < row.size() ? to_hex(row.subspan(i, 1)) : "  ");
    }
    put(out, "{} ", at + 15 == offset ? ']' : ' ');
    for (const std::byte b : row) {
      const auto c = std::to_integer<unsigned char>(b);
      put(out, "{}", c >= 0x20 && c < 0x7F ? static_cast<char>(c) : '.');
    }
    put(out, "\n");
  }
  if (offset >= bytes.size()) put(out, "  {:08x}  the end\n", bytes.size());
}

// Numbers that a double can't hold are strings.
std::string json_number(std::uint64_t n) { return n < (1ull << 53) ? fmt::format("{}", n) : fmt::format("\"{}\"", n); }

void put_field(buffer& out, const inspected& i) {
  put(out, R"({{"offset":{},"size":{},"field":"{}")", json_number(i.offset), json_number(i.size), i.field);
  switch (i.kind) {
    case inspected::kind_type::number:
      put(out, R"(,"value":{})", json_number(i.number));
      if (i.meaning.kind != name::kind_type::absent)
        put(out, R"(,"meaning":{})", i.meaning.is_text() ? json_string(i.meaning.text) : json_string(words_for(i.meaning)));
      break;
    case inspected::kind_type::text:
      put(out, R"(,"value":{})", json_string(i.meaning.text));
      break;
    case inspected::kind_type::bytes:
      if (i.size <= printed_bytes) {
        put(out, R"(,"value":"{}")", to_hex(i.bytes));
      } else {
        put(out, R"(,"checksum":"{}")", to_hex(checksum128(i.bytes)));
      }
      break;
  }
  put(out, "}}");
}

void put_json(buffer& out, const std::string& path, byte_view bytes, error& broken) {
  put(out, R"({{"file":{},"bytes":{},"fields":[)", json_string(path), bytes.size());
  bool first = true;
  const auto told = inspect(bytes, [&](const inspected& i) {
    put(out, "{}", first ? "" : ",");
    put_field(out, i);
    first = false;
  });
  const auto version = version_of(bytes);
  put(out, R"(],"version":{},"valid":{})", version ? fmt::format("{}", *version) : "null", told.has_value());
  if (!told) {
    broken = told.error();
    put(out, R"(,"error":{{"code":"{}","offset":{},"field":"{}","message":{}}})", info(broken.code).name, json_number(broken.offset), broken.field,
        json_string(info(broken.code).sentence));
  }
  put(out, "}}\n");
}

std::string base64(byte_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto rest = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (j < rest ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) out += j <= rest ? digits[group >> (18 - 6 * j) & 63U] : '=';
  }
  return out;
}

// Within a script of a page, where "</script>" and "<!--" have a meaning whatever is around them.
void put_page(buffer& out, const std::string& path, byte_view bytes, error& broken) {
  buffer json;
  put_json(json, path, bytes, broken);
  std::string fields;
  for (const char c : std::string_view(json.data(), json.size())) fields += c == '<' ? std::string("\\u003c") : std::string(1, c);
  const auto fields_at = inspect_page.find(inspect_page_fields), bytes_at = inspect_page.find(inspect_page_bytes);
  put(out, "{}{}{}{}{}", inspect_page.substr(0, fields_at), fields,
      inspect_page.substr(fields_at + inspect_page_fields.size(), bytes_at - fields_at - inspect_page_fields.size()), base64(bytes),
      inspect_page.substr(bytes_at + inspect_page_bytes.size()));
}

// A pattern without a slash is for the last part of a URL, one with a slash for all of it.
bool matches(const std::string& pattern, const std::string& url) {
  const auto last = pattern.find('/') == pattern.npos ? url.rfind('/') + 1 : 0;
  return ::fnmatch(pattern.c_str(), url.c_str() + last, 0) == 0;
}

}  // namespace

int inspect_file(const std::string& path, const inspection& what) {
  const opened_file file(path);
  if (!file.error().empty()) return fail(fmt::format("{}: {}", path, file.error()));
  buffer out;
  error broken{};
  std::size_t shown = 1;
  if (what.html) {
    put_page(out, path, file.bytes(), broken);
  } else if (what.json) {
    put_json(out, path, file.bytes(), broken);
  } else if (const auto any = read_graph(file.bytes()); !any) {
    broken = any.error();
    put(out, "{}: {}\n", path, to_text(broken));
    put_dump(out, file.bytes(), broken.offset);
  } else if (what.all) {
    put(out, "{}:\n", path);
    put_graph(out, *any, file.bytes());
  } else if (!what.modules.empty()) {
    shown = 0;
    for (std::size_t i = 0; i < any->graph.modules.size(); ++i)
      if (matches(what.modules, any->graph.modules[i].url)) {
        put_module(out, any->graph, i);
        ++shown;
      }
  } else {
    put(out, "{}:\n", path);
    put_overview(out, *any, file.bytes(), file.stored_size());
  }
  if (!print_out({out.data(), out.size()}) || broken.code != errc{}) return 1;
  return shown != 0 ? 0 : fail(fmt::format("{}: no module matches {}", path, json_string(what.modules)));
}

}  // namespace bmes::tools
