#pragma once
#include <bmes/v4_layout.hpp>
#include <cstdint>

// The canonical order of version 4, which the writer makes and validation proves.

namespace bmes::v4::detail {

/// Says that the rows of a section are in one order from the first to the last.
struct whole_section {};

/// Says that the rows of a section are in order in each of the runs that `First`, a member of their owners, divides them into.
template <auto First>
struct runs_of;
template <class Owner, class Row, first_of<Row> Owner::* First>
struct runs_of<First> {
  using owner = Owner;
  static constexpr auto member = First;
  [[nodiscard]] static constexpr std::size_t begin(const Owner& row) noexcept { return (row.*First).value; }
};

/// The member's value as the key of a row. Members are template arguments so that compilers load nothing else of a row.
template <auto Member>
struct key_of {
  template <class Row>
  [[nodiscard]] constexpr auto operator()(const Row& row) const noexcept {
    return row.*Member;
  }
};

/// Calls f(runs, key, member) for every rule of order: the rows that `runs`, a member of their owners, divides
/// into runs are strictly ascending by key(row) in each run, which is what `member` is blamed for.
template <class F>
constexpr void for_each_order(F&& f) {
  f(whole_section{}, key_of<&module_row::url>{}, &module_row::url);
  f(whole_section{}, key_of<&engine_row::fingerprint>{}, &engine_row::fingerprint);
  f(whole_section{}, key_of<&fact_row::path>{}, &fact_row::path);
  f(runs_of<&request_row::attributes>{}, key_of<&attribute_row::key>{}, &attribute_row::key);
  f(runs_of<&module_row::imports>{}, key_of<&import_row::local_name>{}, &import_row::local_name);
  f(runs_of<&module_row::exports>{}, key_of<&export_row::export_name>{}, &export_row::export_name);
  // As one number: comparing pairs takes a branch for each.
  const auto scope_and_name = [](const variable_row& v) {
    return std::uint64_t{v.traits.value & variable_row::lexical} << 32 | static_cast<std::uint32_t>(v.variable_name);
  };
  f(runs_of<&module_row::variables>{}, scope_and_name, &variable_row::variable_name);
  f(runs_of<&module_row::payloads>{}, key_of<&payload_row::engine_index>{}, &payload_row::engine_index);
}

}  // namespace bmes::v4::detail
