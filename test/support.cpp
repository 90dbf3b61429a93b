#define BOOST_TEST_MODULE bmes
#include "support.hpp"

#include <algorithm>
#include <sstream>

namespace support {

buffer from_hex(std::string_view spelled) {
  buffer out;
  int high = -1;
  for (const char c : spelled) {
    const auto digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) continue;
    if (high < 0) {
      high = static_cast<int>(digit);
    } else {
      out.push_back(static_cast<std::byte>(high * 16 + static_cast<int>(digit)));
      high = -1;
    }
  }
  return out;
}

std::string hex(bmes::byte_view in) {
  std::string out;
  for (const std::byte b : in) {
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

std::string to_text(const bmes::error& e) {
  std::ostringstream out;
  if (e.code == bmes::errc{}) return "no error";
  out << bmes::info(e.code).name << " at " << e.offset << " in " << e.field;
  return out.str();
}

std::string to_text(const bmes::name& n) {
  switch (n.kind) {
    case bmes::name::kind_type::absent:
      return "-";
    case bmes::name::kind_type::star_default:
      return "<default>";
    case bmes::name::kind_type::star_namespace:
      return "<namespace>";
    case bmes::name::kind_type::text:
      break;
  }
  return '"' + std::string(n.text) + '"';
}

std::string to_text(const bmes::module_record& m) {
  std::ostringstream out;
  out << m.url << ' ' << m.flags << ' ' << static_cast<unsigned>(m.reason) << ' ' << m.source.size << ' ' << hex(m.source.hash) << ' '
      << m.source.modification_time << ' ' << m.source.change_time << ' ' << m.source.device << ' ' << m.source.inode << ' ' << m.source_length << ' '
      << hex(m.text) << '\n';
  for (const auto& r : m.requests) {
    out << "request " << to_text(bmes::name(r.specifier)) << ' ' << static_cast<unsigned>(r.phase) << ' ' << r.resolved;
    for (const auto& a : r.attributes) out << " with " << to_text(bmes::name(a.key)) << ": " << to_text(bmes::name(a.value));
    out << '\n';
  }
  for (const auto& e : m.imports)
    out << "import " << static_cast<unsigned>(e.type) << ' ' << e.module_request << ' ' << to_text(e.import_name) << ' ' << e.local_name << '\n';
  for (const auto& e : m.exports)
    out << "export " << static_cast<unsigned>(e.type) << ' ' << e.export_name << ' ' << to_text(e.module_name) << ' ' << to_text(e.import_name) << ' '
        << to_text(e.local_name) << '\n';
  for (const auto& s : m.stars) out << "star " << s.module_name << '\n';
  for (const auto& v : m.variables) out << "variable " << to_text(v.variable_name) << ' ' << static_cast<unsigned>(v.scope) << ' ' << v.bits << '\n';
  for (const auto& p : m.payloads) out << "payload " << p.engine << ' ' << hex(p.bytes) << '\n';
  return out.str();
}

std::string to_text(const bmes::graph_record& g) {
  std::ostringstream out;
  out << "entry " << g.entry << '\n';
  for (const auto& m : g.modules) out << "module " << to_text(m);
  for (const auto& e : g.engines) out << "engine " << hex(e.fingerprint) << ' ' << e.description << '\n';
  for (const auto& f : g.facts)
    out << "fact " << f.path << ' ' << static_cast<unsigned>(f.kind) << ' ' << f.identity.size << ' ' << hex(f.identity.hash) << ' '
        << f.identity.modification_time << ' ' << f.identity.change_time << ' ' << f.identity.device << ' ' << f.identity.inode << '\n';
  return out.str();
}

bmes::owned_record sample_v1() {
  using bmes::name;
  bmes::owned_record m;
  m.add_request("./x.mjs");
  m.add_request("./data.json", {{"type", "json"}});
  m.imports = {{bmes::import_type::single, "./x.mjs", "a", "b"},
               {bmes::import_type::single_type_script, "./x.mjs", "T", "U"},
               {bmes::import_type::namespace_object, "./x.mjs", name::star_namespace(), "whole"}};
  m.exports = {{bmes::export_type::local, "default", {}, {}, name::star_default()},
               {bmes::export_type::indirect, "", "./x.mjs", "\xC3\xA9", {}},
               {bmes::export_type::namespace_object, "ns", "./x.mjs", {}, {}}};
  m.stars = {{"./x.mjs"}};
  return m;
}

bmes::owned_record sample_v3() {
  bmes::owned_record m = sample_v1();
  m.variables = {{"b", bmes::variable_scope::declared, 0x25},
                 {bmes::name::star_default(), bmes::variable_scope::lexical, bmes::known_variable_bits},
                 {"x", bmes::variable_scope::lexical, 0}};
  return m;
}

bmes::owned_graph sample_graph() {
  using bmes::name;
  bmes::owned_graph g;
  g.engines = {{hash_of(2), "engine two"}, {hash_of(1), "engine one"}};
  g.facts = {{"/app/package.json", bmes::fact_kind::file, {12, hash_of(3), 5, 6, 7, 8}},
             {"/app/node_modules", bmes::fact_kind::directory, {}},
             {"/app/x.js", bmes::fact_kind::absent, {}}};

  bmes::owned_record main = sample_v3();
  main.url = "/app/main.mjs";
  main.source = {1234, hash_of(4), 1'700'000'000'000'000'001, 1'700'000'000'000'000'002, 0xFFFF'FFFF'FFFF'FFFE, 3};
  main.source_length = 1200;
  main.flags = bmes::known_module_flags;
  main.requests[0].resolved = 1;
  main.add_request("./late.mjs", {{"type", "wasm"}, {"b", ""}}, bmes::import_phase::defer, bmes::external);
  main.add_request("./source.wasm", {}, bmes::import_phase::source, 2);
  main.payloads = {{0, payload_a}, {1, payload_b}};
  main.text = payload_b;

  bmes::owned_record x = sample_v1();
  x.url = "/app/x.mjs";
  x.source = {0, hash_of(5), 0, 0};
  x.requests[0].resolved = 0;
  x.payloads = {{1, payload_a}};

  bmes::owned_record data;
  data.url = "/app/data.json";
  data.flags = 0;
  data.reason = bmes::uncacheable::not_java_script;

  g.modules.push_back(std::move(main));
  g.modules.push_back(std::move(x));
  g.modules.push_back(std::move(data));
  g.entry = 0;
  return g;
}

buffer write_v1(const bmes::module_record& m, bmes::byte_view bytecode) {
  buffer out(must(bmes::v1::size(m, bytecode)));
  BOOST_REQUIRE_EQUAL(must(bmes::v1::write(m, bytecode, out)), out.size());
  return out;
}

buffer write_v3(const bmes::module_record& m, bmes::byte_view bytecode, std::uint32_t code_features) {
  buffer out(must(bmes::v3::size(m, bytecode, code_features)));
  BOOST_REQUIRE_EQUAL(must(bmes::v3::write(m, bytecode, code_features, out)), out.size());
  return out;
}

buffer with_section(bmes::byte_view base, std::uint32_t kind, std::uint32_t flags) {
  const auto f = must(bmes::v4::file::open(base));
  bmes::v4::header head = f.head();
  std::vector<bmes::v4::section> sections;
  for (const bmes::v4::section s : f.sections()) sections.push_back(s);
  std::vector<buffer> contents;
  for (const auto& s : sections) contents.emplace_back(exact(bmes::slice(base, s.offset, s.size)));
  sections.push_back({bmes::v4::section_kind{kind}, bmes::v4::bits<bmes::v4::section_required>(flags), 0, 5, 5, 1, 0});
  contents.push_back(from_hex("0102030405"));
  buffer out(bmes::wire_size<bmes::v4::header> + sections.size() * bmes::wire_size<bmes::v4::section>);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const std::size_t alignment = sections[i].kind == bmes::v4::section_kind::payload_bytes ? 128 : 8;
    out.resize((out.size() + alignment - 1) / alignment * alignment);
    sections[i].offset = out.size();
    if (sections[i].kind != bmes::v4::section_kind::payload_bytes) sections[i].checksum = bmes::checksum64(contents[i]);
    out.insert(out.end(), contents[i].begin(), contents[i].end());
    bmes::store(std::span(out).subspan(bmes::wire_size<bmes::v4::header> + i * bmes::wire_size<bmes::v4::section>).first<bmes::wire_size<bmes::v4::section>>(), sections[i]);
  }
  head.section_count = static_cast<std::uint32_t>(sections.size());
  head.file_size = out.size();
  bmes::store(std::span(out).first<bmes::wire_size<bmes::v4::header>>(), head);
  head.checksum = bmes::checksum64(bmes::slice(out, 24, bmes::wire_size<bmes::v4::header> - 24 + sections.size() * bmes::wire_size<bmes::v4::section>));
  bmes::store(std::span(out).first<bmes::wire_size<bmes::v4::header>>(), head);
  return out;
}

buffer write_v4(const bmes::owned_graph& g) { return must(bmes::v4::to_bytes(g.view())); }

void damage_last_payload(buffer& file) {
  const auto area = must(bmes::v4::file::open(file)).section_of(bmes::v4::section_kind::payload_bytes);
  file[static_cast<std::size_t>(area.offset + area.size - 1)] ^= std::byte{1};
}

reading read(bmes::byte_view in) {
  reading out;
  const auto use = [&]<class File>(const File& f) {
    const auto m = bmes::to_owned(f);
    out.model = to_text(m.view());
    if constexpr (requires { f.code_features; }) {
      out.model += "bytecode " + std::to_string(f.code_features) + hex(f.bytecode);
      out.again = write_v3(m.view(), f.bytecode, f.code_features);
    } else if constexpr (requires { f.bytecode; }) {
      out.model += "bytecode " + hex(f.bytecode);
      out.again = write_v1(m.view(), f.bytecode);
    } else {
      out.again = write_v4(m);
    }
  };
  out.error = bmes::read_any(in, use).error();
  return out;
}

void check_refused_or_consistent(const buffer& in) {
  const reading first = read(in);
  if (!first.accepted()) {
    BOOST_REQUIRE_MESSAGE(bmes::is_malformed(first.error) || bmes::is_stale(first.error), to_text(first.error));
    BOOST_REQUIRE_MESSAGE(first.error.offset <= in.size() && !first.error.field.empty(), to_text(first.error));
    return;
  }
  const reading second = read(first.again);
  BOOST_REQUIRE_MESSAGE(second.accepted(), to_text(second.error));
  BOOST_REQUIRE_EQUAL(first.model, second.model);
  BOOST_REQUIRE(first.again == second.again);
}

std::vector<bmes::inspected> fields_of(const buffer& in) {
  std::vector<bmes::inspected> out;
  const auto told = bmes::inspect(in, [&](const bmes::inspected& i) { out.push_back(i); });
  BOOST_REQUIRE_MESSAGE(told.has_value(), to_text(told.error()));
  return out;
}

buffer exact(bmes::byte_view in) { return {in.begin(), in.end()}; }

void check_every_prefix_is_refused(const buffer& in) {
  for (std::size_t size = 0; size < in.size(); ++size) {
    const bmes::error e = read(exact(bmes::byte_view(in).first(size))).error;
    BOOST_REQUIRE_MESSAGE(e.code != bmes::errc{}, size);
    BOOST_REQUIRE_MESSAGE(bmes::is_malformed(e) && e.offset <= size, to_text(e));
  }
}

void check_every_byte_changed(buffer in) {
  for (std::byte& b : in) {
    const std::byte original = b;
    for (unsigned flip = 1; flip < 256; ++flip) {
      b = original ^ static_cast<std::byte>(flip);
      check_refused_or_consistent(in);
    }
    b = original;
  }
}

std::set<std::uint64_t> edge_values(std::uint64_t value, std::size_t size) {
  std::set<std::uint64_t> out{0,
                              1,
                              2,
                              3,
                              4,
                              7,
                              0x7F,
                              value - 1,
                              value + 1,
                              value + 8,
                              value * 2,
                              0x7FFFFFFF,
                              0x80000000,
                              0xFFFFFFF0,
                              0xFFFFFFFC,
                              0xFFFFFFFD,
                              0xFFFFFFFE,
                              0xFFFFFFFF,
                              1ull << 32,
                              1ull << 63,
                              ~0ull,
                              ~0ull - 63,
                              value ^ 0x80000000};
  for (unsigned bit = 0; bit < 32; bit += 3) out.insert(value ^ (1ull << bit));
  if (size < 8) std::erase_if(out, [&](std::uint64_t v) { return v >> (8 * size) != 0; });
  out.erase(value);
  return out;
}

void store_number(buffer& in, std::uint64_t offset, std::size_t size, std::uint64_t value) {
  for (std::size_t i = 0; i < size; ++i) in[static_cast<std::size_t>(offset) + i] = static_cast<std::byte>(value >> (8 * i));
}

std::uint64_t load_number(const buffer& in, std::uint64_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint64_t>(in[static_cast<std::size_t>(offset) + i]) << (8 * i);
  return value;
}

void check_every_number_at_its_edges(buffer in) {
  for (const auto& i : fields_of(in)) {
    if (i.kind == bmes::inspected::kind_type::bytes) continue;
    const auto original = load_number(in, i.offset, 4);
    for (const auto value : edge_values(original, 4)) {
      store_number(in, i.offset, 4, value);
      check_refused_or_consistent(in);
      // No such number fits, but for the one that the format doesn't interpret.
      if (value >= 0x7FFFFFFF && i.field != "code_features") BOOST_TEST(!read(in).accepted(), i.field << " = " << value);
    }
    store_number(in, i.offset, 4, original);
  }
}

}  // namespace support
