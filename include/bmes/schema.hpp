#pragma once
#include <bmes/bytes.hpp>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// The description of fixed-width records. A record is an aggregate with a static fields() that lists
// its wire fields in order; size, reading, writing, inspection, the tables of docs/format.md and the
// mutation tests are all derived from that list.

namespace bmes {

/// One wire field: its name in the specification, its member, and a note for the specification.
template <class Record, class T>
struct field {
  std::string_view name;
  T Record::* member;
  std::string_view meaning;
  using value_type = T;
};
template <class Record, class T>
field(std::string_view, T Record::*, std::string_view) -> field<Record, T>;

template <class R>
concept wire_record = requires {
  R::fields();
  { R::name } -> std::convertible_to<std::string_view>;
};

namespace detail {

template <wire_record R>
inline constexpr auto fields_of = R::fields();

template <wire_record R>
inline constexpr std::size_t field_count = std::tuple_size_v<std::remove_cvref_t<decltype(fields_of<R>)>>;

template <wire_record R, std::size_t I>
using field_rep = wire_rep<typename std::tuple_element_t<I, std::remove_cvref_t<decltype(fields_of<R>)>>::value_type>;

template <wire_record R, std::size_t... J>
consteval std::size_t size_of_fields(std::index_sequence<J...>) {
  return (std::size_t{0} + ... + field_rep<R, J>::size);
}

template <wire_record R, std::size_t I>
inline constexpr std::size_t field_offset = size_of_fields<R>(std::make_index_sequence<I>{});

}  // namespace detail

/// Bytes that one R takes in a file.
template <wire_record R>
inline constexpr std::size_t wire_size = detail::field_offset<R, detail::field_count<R>>;

namespace detail {

template <wire_record R, std::size_t... I>
constexpr R load_fields(std::span<const std::byte, wire_size<R>> in, std::index_sequence<I...>) noexcept {
  R out{};
  ((out.*std::get<I>(fields_of<R>).member = field_rep<R, I>::load(in.template subspan<field_offset<R, I>, field_rep<R, I>::size>())), ...);
  return out;
}

template <wire_record R, std::size_t... I>
constexpr void store_fields(std::span<std::byte, wire_size<R>> out, const R& record, std::index_sequence<I...>) noexcept {
  (field_rep<R, I>::store(out.template subspan<field_offset<R, I>, field_rep<R, I>::size>(), record.*std::get<I>(fields_of<R>).member), ...);
}

template <wire_record R, class F, std::size_t... I>
constexpr void visit_fields(F& f, std::index_sequence<I...>) {
  (f(field_offset<R, I>, std::get<I>(fields_of<R>)), ...);
}

}  // namespace detail

template <wire_record R>
[[nodiscard]] constexpr R load(std::span<const std::byte, wire_size<R>> in) noexcept {
  return detail::load_fields<R>(in, std::make_index_sequence<detail::field_count<R>>{});
}

template <wire_record R>
constexpr void store(std::span<std::byte, wire_size<R>> out, const R& record) noexcept {
  detail::store_fields<R>(out, record, std::make_index_sequence<detail::field_count<R>>{});
}

/// Calls f(offset in the record, field) for every field of R, in wire order.
template <wire_record R, class F>
constexpr void for_each_field(F&& f) {
  detail::visit_fields<R>(f, std::make_index_sequence<detail::field_count<R>>{});
}

/// The offset in R of the field that `member` points to; R's size when there is none.
template <wire_record R, class T>
[[nodiscard]] constexpr std::size_t offset_of(T R::* member) noexcept {
  std::size_t found = wire_size<R>;
  for_each_field<R>([&](std::size_t offset, const auto& f) {
    if constexpr (std::is_same_v<decltype(f.member), T R::*> || std::is_same_v<std::remove_cv_t<decltype(f.member)>, T R::*>)
      if (f.member == member) found = offset;
  });
  return found;
}

/// The name of the field of R that `member` points to; empty when there is none.
template <wire_record R, class T>
[[nodiscard]] constexpr std::string_view name_of_field(T R::* member) noexcept {
  std::string_view found;
  for_each_field<R>([&](std::size_t, const auto& f) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(f.member)>, T R::*>)
      if (f.member == member) found = f.name;
  });
  return found;
}

}  // namespace bmes
