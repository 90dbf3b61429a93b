// Version 4 in hands that damage it: by accident, which checksums find, and on purpose, with the checksums made
// right again, which leaves it to the rules.
#include "support.hpp"

#include <map>

using namespace bmes;
using support::buffer;

BOOST_AUTO_TEST_SUITE(v4_damage_tests)

namespace {

const buffer& sample() {
  static const buffer made = support::write_v4(support::sample_graph());
  return made;
}

// Makes every checksum right again, where what it is about is in the file. The directory is read as it is.
void repair(buffer& in) {
  const auto head = [&] { return load<v4::header>(std::span(std::as_const(in)).first<wire_size<v4::header>>()); };
  std::uint64_t end = wire_size<v4::header>;
  for (std::uint32_t i = 0; i < head().section_count && fits(end, wire_size<v4::section>, in.size()); ++i, end += wire_size<v4::section>) {
    const auto place = std::span(in).subspan(static_cast<std::size_t>(end)).first<wire_size<v4::section>>();
    auto s = load<v4::section>(place);
    if (s.kind == v4::section_kind::payload_bytes || !fits(s.offset, s.size, in.size())) continue;
    s.checksum = checksum64(slice(in, s.offset, s.size));
    store(place, s);
  }
  auto h = head();
  h.checksum = checksum64(slice(in, 24, end - 24));
  store(std::span(in).first<wire_size<v4::header>>(), h);
}

using places = std::map<std::uint64_t, inspected>;

places fields_by_offset(const buffer& in) {
  places out;
  for (const auto& i : support::fields_of(in)) out.emplace(i.offset, i);
  return out;
}

// What the field's definition says about a value, from docs/format.md and not from the code: nothing where any
// value may be right.
std::optional<errc> rule(const inspected& field, std::uint64_t value, const v4::file& f) {
  const auto is = [&](auto... names) { return ((field.field == names) || ...); };
  const auto any = [](bool broken, errc code) { return broken ? std::optional(code) : std::nullopt; };
  if (is("header.magic")) return errc::bad_magic;
  if (is("header.version")) return errc::unsupported_version;
  if (is("header.file_size")) return value > f.bytes().size() ? errc::truncated : errc::trailing_bytes;
  if (is("header.header_size", "header.flags")) return errc::bad_value;
  if (is("header.section_count")) return any(value > 64, errc::bad_count);
  if (is("header.entry", "request.resolved")) return any(value >= f.module_count() && value != 0xFFFFFFFF, errc::bad_index);
  if (is("section.flags")) return any(value > 1, errc::bad_value);
  if (is("section.offset")) return errc::bad_offset;
  if (is("section.record_size")) return std::nullopt;  // told as section.size: size is their product
  if (is("module.url", "request.specifier", "attribute.key", "attribute.value", "import.module_request", "import.local_name", "export.export_name",
         "star.module_name", "engine.description", "fact.path"))
    return any(value >= f.string_count(), errc::bad_index);
  if (is("import.import_name", "export.module_name", "export.target_name", "variable.name"))
    return any(value >= f.string_count() && value < 0xFFFFFFFD, errc::bad_index);
  if (is("module.flags")) return any(value > 15, errc::bad_value);
  if (is("module.uncacheable")) return any(value > 5, errc::bad_value);
  if (is("module.text")) return any(value >= f.rows<v4::blob_row>().size() && value != 0xFFFFFFFF, errc::bad_index);
  if (is("payload.engine")) return any(value >= f.engine_count(), errc::bad_index);
  if (is("payload.blob")) return any(value >= f.rows<v4::blob_row>().size(), errc::bad_index);
  if (is("request.phase", "import.type", "export.type", "fact.kind")) return any(value > 2, errc::bad_value);
  if (is("variable.bits")) return any((value & 0x7FFFC000) != 0, errc::bad_value);
  if (is("blob.offset")) return errc::bad_offset;
  if (is("module.requests", "request.attributes")) {
    const auto count = is("module.requests") ? f.rows<v4::request_row>().size() : f.rows<v4::attribute_row>().size();
    return any(value > count, errc::bad_index);
  }
  return std::nullopt;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_prefix_is_refused) {
  support::check_every_prefix_is_refused(sample());
  support::check_every_prefix_is_refused(support::write_v4({}));
}

BOOST_AUTO_TEST_CASE(a_byte_more_is_refused) {
  auto longer = sample();
  longer.push_back(std::byte{0});
  BOOST_TEST((support::read(longer).error == error{errc::trailing_bytes, 8, "header.file_size"}));
  support::store_number(longer, 8, 8, longer.size());
  repair(longer);
  BOOST_TEST((support::read(longer).error == error{errc::trailing_bytes, sample().size(), "end"}));
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_is_found) {
  for (const auto& file : {sample(), support::write_v4({})})
    support::for_each_bit_flipped(file, [](const buffer& in, std::size_t where) {
      const auto e = support::read(in).error;
      BOOST_REQUIRE_MESSAGE(e.code != errc{} && e.offset <= in.size() && !e.field.empty(), "byte " << where);
      BOOST_REQUIRE(is_malformed(e) || is_stale(e));
    });
}

BOOST_AUTO_TEST_CASE(every_changed_byte_of_the_header_and_the_directory_is_found_by_opening_alone) {
  const auto f = support::must(v4::file::open(sample()));
  auto in = sample();
  for (std::size_t i = 0; i < wire_size<v4::header> + f.sections().bytes().size(); ++i)
    for (unsigned flip = 1; flip < 256; ++flip) {
      in[i] ^= static_cast<std::byte>(flip);
      BOOST_REQUIRE_MESSAGE(!v4::file::open(in).has_value(), i);
      in[i] ^= static_cast<std::byte>(flip);
    }
}

BOOST_AUTO_TEST_CASE(every_field_at_its_edges_is_refused_where_it_is_or_read_consistently) {
  const auto f = support::must(v4::file::open(sample()));
  const auto places = fields_by_offset(sample());
  std::size_t refused = 0, accepted = 0, by_rule = 0;
  for (const auto& [offset, field] : places) {
    if (field.kind != inspected::kind_type::number || field.field.ends_with(".checksum")) continue;
    const auto size = static_cast<std::size_t>(field.size);
    for (const auto value : support::edge_values(field.number, size)) {
      auto in = sample();
      support::store_number(in, offset, size, value);
      repair(in);
      // Who doesn't know the version yet calls these fields what every version calls them.
      const bool any_version = field.field == "header.magic" || field.field == "header.version";
      const auto e = any_version ? v4::file::open(in).error() : support::read(in).error;
      const auto expected = rule(field, value, f);
      if (expected) {
        ++by_rule;
        BOOST_TEST((e == error{*expected, offset, field.field}), field.field << " = " << value << " at " << offset << ": " << support::to_text(e));
        continue;
      }
      support::check_refused_or_consistent(in);
      if (e.code == errc{}) {
        ++accepted;
        continue;
      }
      ++refused;
      // Whatever is blamed is a field of the file, and is where it is said to be. A change of the directory moves
      // the fields of its sections, and texts and payloads have no field for each of their bytes.
      if (field.field.starts_with("section.") || field.field.starts_with("header.") || e.field == "string_bytes" || e.field == "padding") continue;
      const auto blamed = places.find(e.offset);
      if (e.field != "payload_bytes" && blamed != places.end())
        BOOST_TEST(blamed->second.field == e.field, field.field << " = " << value << ": " << support::to_text(e));
      BOOST_TEST((e.field == "payload_bytes" || blamed != places.end()), support::to_text(e));
    }
  }
  BOOST_TEST_MESSAGE(by_rule << " by rule, " << refused << " refused otherwise, " << accepted << " accepted");
  BOOST_TEST((by_rule > 1000 && refused > 500 && accepted > 100));
}

BOOST_AUTO_TEST_CASE(every_changed_byte_with_checksums_made_right_is_refused_or_read_consistently) {
  auto in = sample();
  for (std::size_t i = 0; i < in.size(); ++i)
    for (const auto flip : {1, 2, 0x10, 0x80, 0xFF}) {
      auto changed = in;
      changed[i] ^= static_cast<std::byte>(flip);
      repair(changed);
      support::check_refused_or_consistent(changed);
    }
}

BOOST_AUTO_TEST_CASE(padding_and_reserved_bytes_that_are_not_zero_are_refused) {
  std::size_t tried = 0;
  for (const auto& i : support::fields_of(sample())) {
    if (i.field != "padding" && i.field != "header.reserved") continue;
    for (std::uint64_t at = i.offset; at < i.offset + i.size; ++at, ++tried) {
      auto in = sample();
      in[static_cast<std::size_t>(at)] = std::byte{1};
      repair(in);
      const std::uint64_t place = i.field == "padding" ? at : i.offset;
      const auto e = support::read(in).error;
      BOOST_TEST((e == error{errc::bad_padding, place, i.field}), support::to_text(e));
    }
  }
  BOOST_TEST(tried > 150u);
}

BOOST_AUTO_TEST_CASE(sections_that_overlap_or_leave_the_file_are_refused) {
  const auto places = fields_by_offset(sample());
  for (const auto& [offset, field] : places) {
    if (field.field != "section.offset") continue;
    for (const std::uint64_t value : {std::uint64_t{0}, field.number - 8, field.number - 1, field.number + 1, field.number + 8, field.number + 128,
                                      std::uint64_t{sample().size()}, ~std::uint64_t{0}, ~std::uint64_t{0} - 127}) {
      auto in = sample();
      support::store_number(in, offset, 8, value);
      repair(in);
      BOOST_TEST((v4::file::open(in).error() == error{errc::bad_offset, offset, "section.offset"}));
    }
  }
}

BOOST_AUTO_TEST_CASE(two_rows_that_changed_places_are_refused) {
  const auto swap_rows = [](auto row, v4::section_kind kind, std::size_t first) {
    auto in = sample();
    const auto f = support::must(v4::file::open(sample()));
    constexpr std::size_t size = wire_size<decltype(row)>;
    const auto at = in.begin() + static_cast<std::ptrdiff_t>(f.section_of(kind).offset + first * size);
    std::swap_ranges(at, at + size, at + size);
    repair(in);
    return support::read(in).error.code;
  };
  BOOST_TEST((swap_rows(v4::engine_row{}, v4::section_kind::engine, 0) == errc::bad_order));
  BOOST_TEST((swap_rows(v4::fact_row{}, v4::section_kind::fact, 0) == errc::bad_order));
  BOOST_TEST((swap_rows(v4::import_row{}, v4::section_kind::import_entry, 0) == errc::bad_order));
  BOOST_TEST((swap_rows(v4::export_row{}, v4::section_kind::export_entry, 0) == errc::bad_order));
  BOOST_TEST((swap_rows(v4::variable_row{}, v4::section_kind::variable, 0) == errc::bad_order));
  BOOST_TEST((swap_rows(v4::payload_row{}, v4::section_kind::payload, 0) == errc::bad_order));
  BOOST_TEST((swap_rows(v4::blob_row{}, v4::section_kind::blob, 0) == errc::bad_offset));
  BOOST_TEST((swap_rows(v4::string_row{}, v4::section_kind::string, 1) == errc::bad_offset));
  BOOST_TEST((swap_rows(v4::section{}, v4::section_kind::string, 0) != errc{}));
}

BOOST_AUTO_TEST_CASE(rows_that_belong_to_nothing_are_refused) {
  // A file with attributes, and without requests and modules: the first two sections and that one.
  auto g = support::sample_graph();
  g.engines.clear(), g.facts.clear();
  for (auto& m : g.modules) m.payloads.clear(), m.text = {};
  auto in = support::write_v4(g);
  const auto f = support::must(v4::file::open(in));
  std::size_t row = 0;
  while (f.sections()[row].kind != v4::section_kind::attribute) ++row;
  const auto attributes = f.sections()[row];
  buffer out = support::exact(slice(in, 0, wire_size<v4::header>));
  auto head = load<v4::header>(std::span(std::as_const(out)).first<wire_size<v4::header>>());
  std::array<v4::section, 3> sections{f.sections()[0], f.sections()[1], attributes};
  out.resize(wire_size<v4::header> + 3 * wire_size<v4::section>);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto content = slice(in, sections[i].offset, sections[i].size);
    out.resize((out.size() + 7) / 8 * 8);
    sections[i].offset = out.size();
    out.insert(out.end(), content.begin(), content.end());
    store(std::span(out).subspan(wire_size<v4::header> + i * wire_size<v4::section>).first<wire_size<v4::section>>(), sections[i]);
  }
  head.section_count = 3;
  head.entry = v4::module_ref{external};
  head.file_size = out.size();
  store(std::span(out).first<wire_size<v4::header>>(), head);
  repair(out);
  BOOST_TEST((support::read(out).error == error{errc::bad_count, sections[2].offset, "attribute"}));
}

BOOST_AUTO_TEST_SUITE_END()
