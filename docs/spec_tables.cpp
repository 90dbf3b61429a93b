// The tables and the worked examples of docs/format.md, printed from the code's own description of the format.
//
//   spec_tables                          prints all of them
//   spec_tables --check docs/format.md   exits 1 when the text between "table" marks is another
//   spec_tables --update docs/format.md  replaces that text

#include <bmes/format.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace bmes;

// ---- Types of fields, as the specification calls them.

std::string hex(std::uint64_t value, int digits) {
  std::array<char, 20> out{};
  return {out.data(), static_cast<std::size_t>(std::snprintf(out.data(), out.size(), "0x%0*llX", digits, static_cast<unsigned long long>(value)))};
}

std::string type_name(std::uint32_t) { return "u32"; }
std::string type_name(std::uint64_t) { return "u64"; }
std::string type_name(v4::string_ref) { return "string"; }
std::string type_name(v4::name_ref) { return "name"; }
std::string type_name(v4::module_ref) { return "module or none"; }
std::string type_name(v4::nanoseconds) { return "u64 time"; }
std::string type_name(v4::section_kind) { return "u32 kind"; }
template <std::size_t N>
std::string type_name(const std::array<std::byte, N>&) {
  return "byte[" + std::to_string(N) + "]";
}
template <class E>
requires std::is_enum_v<E> std::string type_name(E) { return "u32, 0 to " + std::to_string(static_cast<std::uint32_t>(v4::detail::last_of<E>)); }
template <std::uint32_t Known>
std::string type_name(v4::bits<Known>) {
  return "bits " + hex(Known, 8);
}
template <class Row>
std::string type_name(v4::index_of<Row>) {
  return std::string(Row::name) + " index";
}
template <class Row>
std::string type_name(v4::optional_index_of<Row>) {
  return std::string(Row::name) + " index or none";
}
template <class Row>
std::string type_name(v4::first_of<Row>) {
  return "first " + std::string(Row::name);
}

// ---- Tables.

/// Text of which Markdown takes nothing for emphasis.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '*' ? "\\*" : std::string(1, c);
  return out;
}

template <class Row>
void list_record(std::ostream& out) {
  for_each_field<Row>([&](std::size_t offset, const auto& f) {
    using type = typename std::remove_cvref_t<decltype(f)>::value_type;
    out << "| " << offset << " | " << wire_rep<type>::size << " | `" << f.name << "` | " << type_name(Row{}.*f.member) << " | " << escaped(f.meaning)
        << " |\n";
  });
}

/// One table of the fields of some records, each of which starts at its own offset 0.
template <class... Row>
std::string record_table() {
  std::ostringstream out;
  out << "| offset | size | field | type | meaning |\n|---:|---:|---|---|---|\n";
  (list_record<Row>(out), ...);
  return out.str();
}

std::string kind_table() {
  std::vector<std::string> cells(v4::kind_count - 1);
  const auto add = [&](v4::section_kind kind, std::string_view name, std::uint64_t size) {
    cells[static_cast<std::size_t>(kind) - 1] =
        std::to_string(static_cast<std::uint32_t>(kind)) + " | `" + std::string(name) + "` | " + std::to_string(size) + " |";
  };
  v4::for_each_kind([&]<class Row>() { add(Row::kind, Row::name, wire_size<Row>); });
  add(v4::section_kind::payload_bytes, "payload_bytes", 1);
  std::ostringstream out;
  out << "| kind | section | record size | kind | section | record size |\n|---:|---|---:|---:|---|---:|\n";
  const std::size_t half = (cells.size() + 1) / 2;
  for (std::size_t i = 0; i < half; ++i) out << "| " << cells[i] << " " << (i + half < cells.size() ? cells[i + half] : "| | | |") << "\n";
  return out.str();
}

std::string error_table() {
  std::ostringstream out;
  out << "| code | name | class | meaning |\n|---:|---|---|---|\n";
  for (const errc_info& e : errc_table) {
    const char* kind = e.kind == error_class::malformed ? "malformed" : e.kind == error_class::stale ? "stale" : "misuse";
    out << "| " << static_cast<int>(e.code) << " | `" << e.name << "` | " << kind << " | " << e.sentence << " |\n";
  }
  return out.str();
}

std::string limit_table() {
  std::ostringstream out;
  out << "| what | limit |\n|---|---:|\n"
      << "| sections of a file | " << v4::max_sections << " |\n"
      << "| records of a section, strings, bytes of `string_bytes`, bytes of `payload_bytes` | " << v4::max_count << " |\n";
  return out.str();
}

// ---- Structures of versions 1 and 3: what describe() says, for every value of their type.

class listing {
 public:
  void text(std::string_view field, std::string_view&) { add(field, "string", "UTF-8"); }
  template <class E>
  void choice(std::string_view field, E&, E last) {
    add(field, "u32", "0 to " + std::to_string(static_cast<std::uint32_t>(last)));
  }
  void bits(std::string_view field, std::uint32_t&, std::uint32_t known) { add(field, "u32", "bits " + hex(known, 8)); }
  void text_or(std::string_view field, name&, const name& special) { add(field, "string", rule(special)); }
  void text_if(bool present, std::string_view field, name&, const name& special) { add(field, "string", present ? rule(special) : "empty"); }
  template <class List>
  void optional_list(std::string_view flag, std::string_view field, List&) {
    add(flag, "u32", "0 to 1");
    add(field, "u32", "there only if the field before is 1; that many attributes follow");
  }
  void finish(std::ostream& out) const {
    for (const auto& [field, type, rules] : rows_) {
      out << "| `" << field << "` | " << type << " | ";
      bool same = true;
      for (const std::string& r : rules) same = same && r == rules.front();
      for (std::size_t i = 0; i < (same ? 1 : rules.size()); ++i) {
        if (i != 0) out << "; ";
        if (!same) out << "type " << i << ": ";
        out << rules[i];
      }
      out << " |\n";
    }
  }

 private:
  struct row {
    std::string_view field;
    std::string type;
    std::vector<std::string> rules;
  };
  static std::string rule(const name& special) {
    if (special == name()) return "UTF-8";
    return "UTF-8; `" + std::string(sequential::text_of(special)) + "` is a tag";
  }
  void add(std::string_view field, std::string type, std::string rule) {
    for (row& r : rows_)
      if (r.field == field) return r.rules.push_back(std::move(rule));
    rows_.push_back({field, std::move(type), {std::move(rule)}});
  }
  std::vector<row> rows_;
};

template <class T>
void list_structure(std::ostream& out) {
  listing rows;
  T value{};
  if constexpr (requires { value.type; }) {
    using type = decltype(value.type);
    for (std::uint32_t i = 0; i <= static_cast<std::uint32_t>(v4::detail::last_of<type>); ++i) {
      value.type = static_cast<type>(i);
      sequential::describe(rows, value);
    }
  } else {
    sequential::describe(rows, value);
  }
  rows.finish(out);
}

template <class... T>
std::string structure_table() {
  std::ostringstream out;
  out << "| field | type | rule |\n|---|---|---|\n";
  (list_structure<T>(out), ...);
  return out.str();
}

// ---- Worked examples.

/// Lines of up to 24 bytes and what they mean; a line holds whole fields of one record where they fit.
class dump {
 public:
  void operator()(const inspected& f) {
    const auto dot = f.field.find('.');
    const bool whole = dot == std::string_view::npos && f.kind != inspected::kind_type::number;
    const auto group = whole ? f.field : f.field.substr(0, dot == std::string_view::npos ? 0 : dot);
    if (bytes_.size() + f.size > width || group != group_ || starts_record(f.field)) flush();
    if (bytes_.empty()) {
      start_ = f.offset;
      group_ = group;
      words_ = std::string(f.field);
    } else {
      words_ += whole ? "," : ", " + std::string(f.field.substr(dot == std::string_view::npos ? 0 : dot + 1));
    }
    bytes_.insert(bytes_.end(), f.bytes.begin(), f.bytes.end());
    if (f.kind == inspected::kind_type::number) words_ += " " + (f.number >= 0x1000'0000 ? hex(f.number, 8) : std::to_string(f.number));
    if (f.meaning.is_text()) words_ += " \"" + std::string(f.meaning.text) + "\"";
    if (f.meaning.kind != name::kind_type::absent && !f.meaning.is_text()) words_ += " (" + std::string(sequential::text_of(f.meaning)) + ")";
  }
  [[nodiscard]] std::string finish() {
    flush();
    return "```text\n" + out_.str() + "```\n";
  }

 private:
  static constexpr std::size_t width = 24;
  static bool starts_record(std::string_view field) {
    bool found = false;
    const auto look = [&]<class Row>() {
      for_each_field<Row>([&](std::size_t offset, const auto& f) { found = found || (offset == 0 && f.name == field && wire_size<Row> > 4); });
    };
    look.template operator()<v4::section>();
    v4::for_each_kind(look);
    return found;
  }
  void flush() {
    if (bytes_.empty()) return;
    std::string line;
    bool zero = true;
    for (const std::byte b : bytes_) zero = zero && b == std::byte{0};
    if (zero && bytes_.size() >= width) {
      line = "00 (" + std::to_string(bytes_.size()) + " times)";
    } else {
      for (std::size_t i = 0; i < bytes_.size(); ++i) {
        if (i != 0) line += i % width == 0 ? "\n        " : " ";
        line += hex(std::to_integer<std::uint64_t>(bytes_[i]), 2).substr(2);
      }
    }
    const auto last = line.rfind('\n') == std::string::npos ? 0 : line.rfind('\n') + 9;
    line.resize(last + std::max<std::size_t>(3 * width, line.size() - last), ' ');
    out_ << hex(start_, 4) << "  " << line << "  " << words_ << "\n";
    bytes_.clear();
  }

  std::ostringstream out_;
  std::uint64_t start_ = 0;
  std::string_view group_;
  std::string words_;
  std::vector<std::byte> bytes_;
};

std::string dump_of(byte_view bytes) {
  dump lines;
  if (const auto done = inspect(bytes, lines); !done) return "invalid: " + std::string(info(done.error().code).name) + "\n";
  return lines.finish();
}

std::string v1_example(const module_record& record) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(*v1::size(record)));
  if (!v1::write(record, {}, bytes)) return "not written\n";
  return dump_of(bytes);
}

std::string v1_empty() { return v1_example({}); }

std::string v1_import() {
  const std::array requests{module_request{"./x"}};
  const std::array imports{import_entry{import_type::single, "./x", "a", "b"}};
  module_record record;
  record.requests = requests;
  record.imports = imports;
  return v1_example(record);
}

std::string v4_example() {
  constexpr std::string_view source = "import { a as b } from \"./x\";\nexport default b;\n";
  constexpr std::string_view code = "bytecode";
  hash128 fingerprint{};
  for (std::size_t i = 0; i < fingerprint.size(); ++i) fingerprint[i] = static_cast<std::byte>(i);

  const std::array requests{module_request{"./x"}};
  const std::array imports{import_entry{import_type::single, "./x", "a", "b"}};
  const std::array exports{export_entry{export_type::local, "default", {}, {}, name::star_default()}};
  const std::array variables{variable{name::star_default(), variable_scope::lexical,
                                      static_cast<std::uint32_t>(variable_bits::constant) | static_cast<std::uint32_t>(variable_bits::exported)}};
  const std::array payloads{payload{0, as_bytes(code)}};
  std::array<module_record, 1> modules{};
  module_record& m = modules[0];
  m.url = "/a.mjs";
  m.source = {source.size(), checksum128(as_bytes(source)), 0, 0};
  m.source_length = static_cast<std::uint32_t>(source.size());
  m.requests = requests;
  m.imports = imports;
  m.exports = exports;
  m.variables = variables;
  m.payloads = payloads;
  const std::array engines{engine_identity{fingerprint, "engine"}};
  const auto bytes = v4::to_bytes({0, modules, engines, {}});
  if (!bytes) return "not written\n";
  return dump_of(*bytes);
}

// ---- The document.

using tables = std::map<std::string, std::string>;

tables make_tables() {
  return {
      {"header", record_table<v4::header>()},
      {"section", record_table<v4::section>()},
      {"kinds", kind_table()},
      {"string", record_table<v4::string_row>()},
      {"module", record_table<v4::module_row>()},
      {"request, attribute", record_table<v4::request_row, v4::attribute_row>()},
      {"import, export, star", record_table<v4::import_row, v4::export_row, v4::star_row>()},
      {"variable", record_table<v4::variable_row>()},
      {"engine, payload, blob", record_table<v4::engine_row, v4::payload_row, v4::blob_row>()},
      {"fact", record_table<v4::fact_row>()},
      {"identity", record_table<v4::identity_row>()},
      {"errors", error_table()},
      {"limits", limit_table()},
      {"structures of versions 1 to 3",
       structure_table<sequential::request_view, import_attribute, import_entry, export_entry, star_export, variable>()},
      {"example: empty module, version 1", v1_empty()},
      {"example: one import, version 1", v1_import()},
      {"example: version 4", v4_example()},
  };
}

constexpr std::string_view begin_mark = "<!-- table: ";
constexpr std::string_view begin_mark_end = " -->\n";
constexpr std::string_view end_mark = "<!-- end -->";

/// `text` with the tables between its marks replaced. Says on stderr what can't be, and counts it in `problems`.
std::string with_tables(std::string_view text, const tables& all, int& problems) {
  const auto problem = [&](const std::string& what) {
    std::cerr << "spec_tables: " << what << "\n";
    ++problems;
  };
  std::string out;
  std::map<std::string, int> used;
  for (;;) {
    const auto begin = text.find(begin_mark);
    if (begin == std::string_view::npos) break;
    const auto name_end = text.find(begin_mark_end, begin);
    const auto end = text.find(end_mark, begin);
    if (name_end == std::string_view::npos || end == std::string_view::npos || end < name_end) {
      problem("a mark is not closed: " + std::string(text.substr(begin, 60)));
      break;
    }
    const std::string name(text.substr(begin + begin_mark.size(), name_end - begin - begin_mark.size()));
    const auto content = name_end + begin_mark_end.size();
    out += text.substr(0, content);
    ++used[name];
    if (const auto table = all.find(name); table != all.end()) {
      out += table->second;
    } else {
      problem("there is no table '" + name + "'");
      out += text.substr(content, end - content);
    }
    out += end_mark;
    text.remove_prefix(end + end_mark.size());
  }
  for (const auto& [name, table] : all)
    if (used[name] != 1) problem("table '" + name + "' is there " + std::to_string(used[name]) + " times, not once");
  return out + std::string(text);
}

int say_difference(std::string_view is, std::string_view should_be, const std::string& path) {
  std::size_t line = 1, start = 0, at = 0;
  for (; at < is.size() && at < should_be.size() && is[at] == should_be[at]; ++at)
    if (is[at] == '\n') ++line, start = at + 1;
  const auto line_of = [&](std::string_view text) { return text.substr(start, text.find('\n', start) - start); };
  std::cerr << path << ":" << line << ": not what the code says; run spec_tables --update\n- " << line_of(is) << "\n+ " << line_of(should_be) << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const tables all = make_tables();
  if (arguments.empty()) {
    for (const auto& [name, table] : all) std::cout << begin_mark << name << begin_mark_end << table << end_mark << "\n\n";
    return 0;
  }
  if (arguments.size() != 2 || (arguments[0] != "--check" && arguments[0] != "--update")) {
    std::cerr << "usage: spec_tables [--check FILE | --update FILE]\n";
    return 2;
  }
  std::ifstream in(arguments[1], std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || text.empty()) {
    std::cerr << "spec_tables: can't read " << arguments[1] << "\n";
    return 2;
  }
  int problems = 0;
  const std::string wanted = with_tables(text, all, problems);
  if (problems != 0) return 1;
  if (text == wanted) return 0;
  if (arguments[0] == "--check") return say_difference(text, wanted, arguments[1]);
  std::ofstream out(arguments[1], std::ios::binary | std::ios::trunc);
  out << wanted;
  return out.flush() ? 0 : 2;
}
