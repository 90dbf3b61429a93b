// Prints a dictionary for libFuzzer: the format's numbers, from the descriptions that readers and writers use.
#include <array>
#include <bmes/format.hpp>
#include <cstdio>
#include <set>
#include <string>

namespace {

using namespace bmes;

std::set<std::string> words;

void word(byte_view bytes) {
  std::string out;
  for (const std::byte b : bytes) {
    std::array<char, 5> hex{};
    std::snprintf(hex.data(), hex.size(), "\\x%02X", std::to_integer<unsigned>(b));
    out += hex.data();
  }
  if (!out.empty()) words.insert(std::move(out));
}
template <class T>
void number(T value) {
  std::array<std::byte, wire_rep<T>::size> bytes{};
  wire_rep<T>::store(bytes, value);
  word(bytes);
}
template <wire_record Record>
void record(const Record& value) {
  std::array<std::byte, wire_size<Record>> bytes{};
  store<Record>(bytes, value);
  word(bytes);
}

/// The values at the edges of a field's type.
template <class T>
void edges_of(const T&) {
  if constexpr (std::is_enum_v<T>) {
    const auto last = static_cast<std::underlying_type_t<T>>(v4::detail::last_of<T>);
    number(last), number(last + 1);
  }
}
template <std::uint32_t Known>
void edges_of(v4::bits<Known>) {
  number(Known), number(Known + 1);
}

}  // namespace

int main() {
  for (const std::uint32_t version : {v1::version, v3::version, v4::version}) {
    std::array<std::byte, 8> start{};
    wire_rep<std::uint32_t>::store(std::span(start).first<4>(), magic);
    wire_rep<std::uint32_t>::store(std::span(start).last<4>(), version);
    word(start);
  }
  v4::for_each_kind([]<class Row>() {
    // A section of one record, as it stands in the directory.
    record(v4::section{Row::kind, v4::bits<v4::section_required>(v4::flags_of(Row::kind)), 0, wire_size<Row>, wire_size<Row>, 1, 0});
    number(static_cast<std::uint32_t>(wire_size<Row>));
    for_each_field<Row>([](std::size_t, const auto& f) { edges_of(Row{}.*f.member); });
    record(Row{});
  });
  number(static_cast<std::uint32_t>(v4::section_kind::payload_bytes));
  for (const auto ref : {v4::name_ref::absent, v4::name_ref::star_default, v4::name_ref::star_namespace}) number(static_cast<std::uint32_t>(ref));
  for (const std::uint32_t value : {0U, 1U, v4::max_count, v4::max_count + 1, v4::max_sections, v4::string_row::ascii, v4::variable_row::lexical}) {
    number(value);
    number(std::uint64_t{value});
  }
  for (const std::uint64_t value : {v4::section_alignment, v4::payload_alignment, ~std::uint64_t{0}}) number(value);
  for (const name& n : {name::star_default(), name::star_namespace()}) word(as_bytes(sequential::text_of(n)));
  for (const std::string& w : words) std::printf("\"%s\"\n", w.c_str());
}
