#pragma once
#include <bmes/v4_layout.hpp>
#include <utility>

// The canonical order of version 4, which the writer makes and validation proves.

namespace bmes::v4::detail {

/// Says that the rows of a section are in one order from the first to the last.
struct whole_section {};

/// Calls f(runs, key, member) for every rule of order: the rows that `runs`, a member of their owners, divides
/// into runs are strictly ascending by key(row) in each run, which is what `member` is blamed for.
template <class F>
constexpr void for_each_order(F&& f) {
  const auto by = [](auto member) { return [member](const auto& row) { return row.*member; }; };
  f(whole_section{}, by(&module_row::url), &module_row::url);
  f(whole_section{}, by(&engine_row::fingerprint), &engine_row::fingerprint);
  f(whole_section{}, by(&fact_row::path), &fact_row::path);
  f(&request_row::attributes, by(&attribute_row::key), &attribute_row::key);
  f(&module_row::imports, by(&import_row::local_name), &import_row::local_name);
  f(&module_row::exports, by(&export_row::export_name), &export_row::export_name);
  const auto scope_and_name = [](const variable_row& v) { return std::pair(v.traits.value & variable_row::lexical, v.variable_name); };
  f(&module_row::variables, scope_and_name, &variable_row::variable_name);
  f(&module_row::payloads, by(&payload_row::engine_index), &payload_row::engine_index);
}

}  // namespace bmes::v4::detail
