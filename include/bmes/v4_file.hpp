#pragma once
#include <algorithm>
#include <bmes/checksum.hpp>
#include <bmes/cursor.hpp>
#include <bmes/v4_layout.hpp>
#include <optional>

namespace bmes::v4 {

class file;

/// A run of rows of one section, inside the section.
template <class Row>
struct row_range {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// A range of T, each made on access from a row; valid as long as the file object.
template <class T, class Row>
class rows_as {
 public:
  constexpr rows_as() = default;
  constexpr rows_as(const file& f, row_range<Row> range) noexcept;
  [[nodiscard]] constexpr std::size_t size() const noexcept { return range_.count; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] constexpr row_range<Row> range() const noexcept { return range_; }
  [[nodiscard]] constexpr T operator[](std::size_t index) const noexcept;
  [[nodiscard]] constexpr auto begin() const noexcept { return index_iterator<rows_as>{*this, 0}; }
  [[nodiscard]] constexpr auto end() const noexcept { return index_iterator<rows_as>{*this, size()}; }

 private:
  const file* file_ = nullptr;
  row_range<Row> range_;
  table<Row> rows_;
};

/// A ModuleRequest Record in a file of version 4.
struct request_view {
  std::string_view specifier;
  import_phase phase = import_phase::evaluation;
  rows_as<import_attribute, attribute_row> attributes;
  std::uint32_t resolved = external;
};

/// A payload of a module: its engine, and where to ask file::payload_bytes() for it.
struct payload_view {
  std::uint32_t engine = 0;
  std::uint32_t blob = 0;
};

/// When the checksums of payloads and texts are proven.
enum class payload_proof : std::uint8_t {
  now,     ///< by open(), which then takes time in proportion to them
  at_use,  ///< by payload_bytes(), each time
};

/// A valid file of version 4: one module, or a whole graph. There is no object of a file that breaks a rule.
///
/// Every accessor is total all the same: what an index does not reach reads as absent or empty. Nothing is copied or
/// allocated; texts and bytes are valid as long as the bytes of the file, all other views as long as this object, too.
class file {
 public:
  constexpr file() = default;

  /// Checks all that docs/format.md demands of a file (section 6). Complexity: linear in the bytes checked, no allocation.
  [[nodiscard]] static result<file> open(byte_view bytes, payload_proof proof = payload_proof::now) noexcept;
  [[nodiscard]] constexpr payload_proof proof() const noexcept { return proof_; }

  [[nodiscard]] constexpr byte_view bytes() const noexcept { return bytes_; }
  [[nodiscard]] constexpr const header& head() const noexcept { return head_; }
  [[nodiscard]] constexpr table<section> sections() const noexcept { return sections_; }
  /// The directory's row for `kind`; all zero when the file has none. Complexity: O(sections).
  [[nodiscard]] constexpr section section_of(section_kind kind) const noexcept {
    for (const section s : sections_)
      if (s.kind == kind) return s;
    return {};
  }
  /// The bytes of the section of that kind; none when the file has none, or the kind is not known.
  [[nodiscard]] constexpr byte_view bytes_of(section_kind kind) const noexcept {
    const auto number = static_cast<std::size_t>(kind);
    return number < areas_.size() ? areas_[number] : byte_view{};
  }

  /// All rows of a kind, as they lie in the file.
  template <wire_record Row>
  [[nodiscard]] constexpr table<Row> rows() const noexcept {
    return table<Row>::over(bytes_of(Row::kind));
  }
  template <class Row>
  [[nodiscard]] constexpr table<Row> rows(row_range<Row> range) const noexcept {
    return table<Row>::over(slice(bytes_of(Row::kind), range.first * wire_size<Row>, range.count * wire_size<Row>));
  }
  /// The rows from `first` to before `next`; none when that is no run of the section.
  template <class Row>
  [[nodiscard]] constexpr row_range<Row> range(first_of<Row> first, first_of<Row> next) const noexcept {
    const std::size_t begin = first.value, end = next.value;
    if (begin > end || end > rows<Row>().size()) return {};
    return {begin, end - begin};
  }
  /// All rows of a section as a range.
  template <class Row>
  [[nodiscard]] constexpr row_range<Row> range() const noexcept {
    return {0, rows<Row>().size()};
  }

  [[nodiscard]] constexpr std::uint32_t string_count() const noexcept { return static_cast<std::uint32_t>(rows<string_row>().size()); }
  [[nodiscard]] constexpr std::string_view text(string_ref ref) const noexcept { return text_at(static_cast<std::uint32_t>(ref)); }
  [[nodiscard]] constexpr std::string_view text_at(std::uint32_t index) const noexcept {
    const auto strings = rows<string_row>();
    if (index >= strings.size()) return {};
    const std::uint32_t begin = index == 0 ? 0 : strings[index - 1].end & ~string_row::ascii;
    const std::uint32_t end = strings[index].end & ~string_row::ascii;
    return begin <= end ? as_text(slice(bytes_of(section_kind::string_bytes), begin, end - begin)) : std::string_view{};
  }
  /// Whether the string holds bytes below 0x80 only, so that a host may use it without conversion.
  [[nodiscard]] constexpr bool is_ascii(std::uint32_t index) const noexcept {
    const auto strings = rows<string_row>();
    return index < strings.size() && (strings[index].end & string_row::ascii) != 0;
  }
  [[nodiscard]] constexpr name name_of(name_ref ref) const noexcept {
    switch (ref) {
      case name_ref::absent:
        return {};
      case name_ref::star_default:
        return name::star_default();
      case name_ref::star_namespace:
        return name::star_namespace();
    }
    return name(text_at(static_cast<std::uint32_t>(ref)));
  }

  [[nodiscard]] constexpr std::uint32_t entry() const noexcept { return static_cast<std::uint32_t>(head_.entry); }
  [[nodiscard]] constexpr std::uint32_t module_count() const noexcept { return static_cast<std::uint32_t>(rows<module_row>().size()); }
  [[nodiscard]] constexpr std::uint32_t blob_count() const noexcept { return static_cast<std::uint32_t>(rows<blob_row>().size()); }
  [[nodiscard]] constexpr std::uint32_t engine_count() const noexcept { return static_cast<std::uint32_t>(rows<engine_row>().size()); }
  [[nodiscard]] constexpr engine_identity engine(std::uint32_t index) const noexcept {
    const auto rows_ = rows<engine_row>();
    if (index >= rows_.size()) return {};
    return {rows_[index].fingerprint, text(rows_[index].description)};
  }
  /// The index of the engine with this fingerprint. Complexity: O(engines).
  [[nodiscard]] constexpr std::optional<std::uint32_t> find_engine(const hash128& fingerprint) const noexcept {
    for (std::uint32_t i = 0; i < engine_count(); ++i)
      if (engine(i).fingerprint == fingerprint) return i;
    return std::nullopt;
  }
  /// Which file module `index` was, or fact `index` - module_count(); all zero when that is not known.
  [[nodiscard]] constexpr identity_row identity_at(std::size_t index) const noexcept {
    const auto identities = rows<identity_row>();
    return index < identities.size() ? identities[index] : identity_row{};
  }
  [[nodiscard]] constexpr rows_as<engine_identity, engine_row> engines() const& noexcept { return {*this, range<engine_row>()}; }
  [[nodiscard]] constexpr rows_as<resolution_fact, fact_row> facts() const& noexcept { return {*this, range<fact_row>()}; }
  // A view of a file that is gone after this expression.
  void engines() const&& = delete;
  void facts() const&& = delete;

  /// The bytes of a blob, proven to have their checksum. Complexity: O(1), or linear in the blob where open() left it.
  [[nodiscard]] result<byte_view> payload_bytes(std::uint32_t blob) const noexcept;

  /// One module; valid as long as the file object.
  class module_view {
   public:
    constexpr module_view(const file& f, std::uint32_t index) noexcept : file_(&f), index_(index) {
      const auto modules = f.rows<module_row>();
      if (index >= modules.size()) {
        row_.url = string_ref{absent_index};
        return;
      }
      row_ = modules[index];
      if (index + std::size_t{1} < modules.size()) {
        const module_row next = modules[index + 1];
        next_ = {next.requests, next.imports, next.exports, next.stars, next.variables, next.payloads};
      } else {
        for_each_first(next_, [&]<class Row>(first_of<Row>& first) { first = first_of<Row>{static_cast<std::uint32_t>(f.rows<Row>().size())}; });
      }
    }
    [[nodiscard]] constexpr const file& owner() const noexcept { return *file_; }
    [[nodiscard]] constexpr std::uint32_t index() const noexcept { return index_; }
    [[nodiscard]] constexpr const module_row& row() const noexcept { return row_; }
    [[nodiscard]] constexpr std::string_view url() const noexcept { return file_->text(row_.url); }
    [[nodiscard]] constexpr std::uint32_t source_length() const noexcept { return row_.source_length; }
    [[nodiscard]] constexpr std::uint32_t flags() const noexcept { return static_cast<std::uint32_t>(row_.flags); }
    [[nodiscard]] constexpr uncacheable reason() const noexcept { return row_.reason; }
    [[nodiscard]] constexpr source_identity source() const noexcept {
      const identity_row which = index_ < file_->module_count() ? file_->identity_at(index_) : identity_row{};
      return {row_.source_size,
              row_.source_hash,
              static_cast<std::uint64_t>(row_.source_modification_time),
              static_cast<std::uint64_t>(row_.source_change_time),
              which.device,
              which.inode};
    }
    [[nodiscard]] constexpr table<request_row> request_rows() const noexcept { return file_->rows(file_->range(row_.requests, next_.requests)); }
    [[nodiscard]] constexpr table<import_row> import_rows() const noexcept { return file_->rows(file_->range(row_.imports, next_.imports)); }
    [[nodiscard]] constexpr table<export_row> export_rows() const noexcept { return file_->rows(file_->range(row_.exports, next_.exports)); }
    [[nodiscard]] constexpr table<star_row> star_rows() const noexcept { return file_->rows(file_->range(row_.stars, next_.stars)); }
    [[nodiscard]] constexpr table<variable_row> variable_rows() const noexcept { return file_->rows(file_->range(row_.variables, next_.variables)); }
    [[nodiscard]] constexpr table<payload_row> payload_rows() const noexcept { return file_->rows(file_->range(row_.payloads, next_.payloads)); }

    [[nodiscard]] constexpr rows_as<request_view, request_row> requests() const noexcept {
      return {*file_, file_->range(row_.requests, next_.requests)};
    }
    [[nodiscard]] constexpr rows_as<bmes::import_entry, import_row> imports() const noexcept {
      return {*file_, file_->range(row_.imports, next_.imports)};
    }
    [[nodiscard]] constexpr rows_as<bmes::export_entry, export_row> exports() const noexcept {
      return {*file_, file_->range(row_.exports, next_.exports)};
    }
    [[nodiscard]] constexpr rows_as<star_export, star_row> stars() const noexcept { return {*file_, file_->range(row_.stars, next_.stars)}; }
    [[nodiscard]] constexpr rows_as<bmes::variable, variable_row> variables() const noexcept {
      return {*file_, file_->range(row_.variables, next_.variables)};
    }
    [[nodiscard]] constexpr rows_as<payload_view, payload_row> payloads() const noexcept {
      return {*file_, file_->range(row_.payloads, next_.payloads)};
    }

    /// The source as a zstd frame, proven like all payload_bytes(); none when the file has none or it is damaged.
    [[nodiscard]] byte_view text() const noexcept { return file_->payload_bytes(row_.text.value).value_or({}); }
    /// What the engine of that index in the file made of the module; likewise. Complexity: O(log payloads) and the proof.
    [[nodiscard]] byte_view payload_for(std::uint32_t engine) const noexcept {
      const auto rows = payload_rows();
      const auto at = std::ranges::lower_bound(rows, index_of<engine_row>(engine), {}, &payload_row::engine_index);
      if (at == rows.end() || (*at).engine_index.value != engine) return {};
      return file_->payload_bytes((*at).blob_index.value).value_or({});
    }

    /// The export of that name. Complexity: O(log exports).
    [[nodiscard]] constexpr std::optional<bmes::export_entry> find_export(std::string_view export_name) const noexcept;

    /// Calls f with each member of `row` that is the start of a run of rows.
    template <class Row, class F>
    static constexpr void for_each_first(Row& row, F&& f) {
      f(row.requests), f(row.imports), f(row.exports), f(row.stars), f(row.variables), f(row.payloads);
    }

   private:
    struct run_starts {
      first_of<request_row> requests;
      first_of<import_row> imports;
      first_of<export_row> exports;
      first_of<star_row> stars;
      first_of<variable_row> variables;
      first_of<payload_row> payloads;
    };
    const file* file_;
    std::uint32_t index_;
    module_row row_;
    run_starts next_;
  };

  [[nodiscard]] constexpr module_view module_at(std::uint32_t index) const& noexcept { return {*this, index}; }
  [[nodiscard]] constexpr rows_as<module_view, module_row> modules() const& noexcept { return {*this, range<module_row>()}; }
  void module_at(std::uint32_t) const&& = delete;
  void modules() const&& = delete;
  /// The index of the module with this URL. Complexity: O(log modules).
  [[nodiscard]] constexpr std::optional<std::uint32_t> find_module(std::string_view url) const noexcept {
    const auto modules = rows<module_row>();
    const auto at = std::ranges::lower_bound(modules, url, {}, [&](const module_row& m) { return text(m.url); });
    if (at == modules.end() || text((*at).url) != url) return std::nullopt;
    return static_cast<std::uint32_t>(at - modules.begin());
  }

 private:
  [[nodiscard]] static result<file> open_directory(byte_view bytes) noexcept;
  [[nodiscard]] result<ok> check(bool payloads) const noexcept;

  byte_view bytes_;
  header head_;
  payload_proof proof_ = payload_proof::now;
  table<section> sections_;
  std::array<byte_view, kind_count> areas_{};  // by kind: looking into the directory for each access costs more than the access
};

using module_view = file::module_view;

template <class T, class Row>
constexpr rows_as<T, Row>::rows_as(const file& f, row_range<Row> range) noexcept : file_(&f), range_(range), rows_(f.rows(range)) {}

}  // namespace bmes::v4
