#pragma once
#include <bmes/v4_file.hpp>

// Rows of version 4 as the model's entries.

namespace bmes::v4::detail {

[[nodiscard]] constexpr import_attribute decode_row(const file& f, const attribute_row& r) noexcept { return {f.text(r.key), f.text(r.value)}; }

[[nodiscard]] constexpr bmes::import_entry decode_row(const file& f, const import_row& r) noexcept {
  return {r.type, f.text(r.module_request), f.name_of(r.import_name), f.text(r.local_name)};
}

[[nodiscard]] constexpr bmes::export_entry decode_row(const file& f, const export_row& r) noexcept {
  const name target = f.name_of(r.target_name);
  return {r.type, f.text(r.export_name), f.name_of(r.module_name), r.type == export_type::indirect ? target : name(),
          r.type == export_type::local ? target : name()};
}

[[nodiscard]] constexpr star_export decode_row(const file& f, const star_row& r) noexcept { return {f.text(r.module_name)}; }

[[nodiscard]] constexpr bmes::variable decode_row(const file& f, const variable_row& r) noexcept {
  const auto traits = static_cast<std::uint32_t>(r.traits);
  return {f.name_of(r.variable_name), (traits & variable_row::lexical) != 0 ? variable_scope::lexical : variable_scope::declared,
          traits & known_variable_bits};
}

[[nodiscard]] constexpr engine_identity decode_row(const file& f, const engine_row& r) noexcept { return {r.fingerprint, f.text(r.description)}; }

[[nodiscard]] constexpr payload_view decode_row(const file&, const payload_row& r) noexcept {
  return {static_cast<std::uint32_t>(r.engine_index), static_cast<std::uint32_t>(r.blob_index)};
}

[[nodiscard]] constexpr resolution_fact decode_fact(const file& f, std::size_t index, const fact_row& r) noexcept {
  // What is no file has no identity, whatever the rows say.
  if (r.what != fact_kind::file) return {f.text(r.path), r.what, {}};
  const identity_row which = f.identity_at(f.module_count() + index);
  return {f.text(r.path),
          r.what,
          {r.size, r.hash, static_cast<std::uint64_t>(r.modification_time), static_cast<std::uint64_t>(r.change_time), which.device, which.inode}};
}

}  // namespace bmes::v4::detail

namespace bmes::v4 {

template <class T, class Row>
constexpr T rows_as<T, Row>::operator[](std::size_t index) const noexcept {
  if constexpr (std::is_same_v<Row, request_row>) {
    // A request's attributes end where those of the row after it begin, and that row may be another module's.
    const request_row r = rows_[index];
    const auto all = file_->template rows<request_row>();
    const std::size_t after = range_.first + index + 1;
    const auto next = after < all.size() ? all[after].attributes
                                         : first_of<attribute_row>{static_cast<std::uint32_t>(file_->template rows<attribute_row>().size())};
    return {file_->text(r.specifier), r.phase, {*file_, file_->range(r.attributes, next)}, static_cast<std::uint32_t>(r.resolved)};
  } else if constexpr (std::is_same_v<Row, fact_row>) {
    return detail::decode_fact(*file_, range_.first + index, rows_[index]);
  } else if constexpr (std::is_same_v<Row, module_row>) {
    return {*file_, static_cast<std::uint32_t>(range_.first + index)};
  } else {
    return detail::decode_row(*file_, rows_[index]);
  }
}

constexpr std::optional<bmes::export_entry> file::module_view::find_export(std::string_view export_name) const noexcept {
  const auto all = exports();
  const auto at = std::ranges::lower_bound(all, export_name, {}, [](const auto& e) { return e.export_name; });
  if (at == all.end() || (*at).export_name != export_name) return std::nullopt;
  return *at;
}

}  // namespace bmes::v4
