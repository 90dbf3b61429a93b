#pragma once
#include <bmes/reader.hpp>

// Files of any version as their fields. What is told comes from the descriptions that the readers use, so
// that it can't fall behind them, and the fields of a valid file cover each of its bytes once.

namespace bmes {

/// A field of a file, or a run of padding.
struct inspected {
  enum class kind_type : std::uint8_t { number, text, bytes };
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string_view field;  ///< its name in docs/format.md
  kind_type kind = kind_type::bytes;
  std::uint64_t number = 0;
  name meaning;     ///< the text, or the name that the number refers to
  byte_view bytes;  ///< as they lie in the file; with the length that precedes them, where one does
};

namespace detail {

// What a field of version 4 refers to, if it refers to anything with a name.
[[nodiscard]] constexpr name meaning_of(const v4::file&, const auto&) noexcept { return {}; }
[[nodiscard]] constexpr name meaning_of(const v4::file& f, v4::string_ref ref) noexcept { return f.text(ref); }
[[nodiscard]] constexpr name meaning_of(const v4::file& f, v4::name_ref ref) noexcept { return f.name_of(ref); }
[[nodiscard]] constexpr name meaning_of(const v4::file& f, v4::module_ref ref) noexcept {
  const auto index = static_cast<std::uint32_t>(ref);
  return index < f.module_count() ? name(f.module_at(index).url()) : name();
}
[[nodiscard]] constexpr name meaning_of(const v4::file& f, v4::index_of<v4::engine_row> ref) noexcept { return f.engine(ref.value).description; }

/// Tells of every byte of a valid file of version 4.
template <class Watcher>
class v4_inspection {
 public:
  constexpr v4_inspection(const v4::file& f, Watcher& watch) noexcept : file_(f), watch_(watch) {}

  void run() {
    record(file_.head());
    for (const v4::section s : file_.sections()) record(s);
    for (const v4::section s : file_.sections()) {
      range(s.offset, "padding");
      content(s);
    }
  }

 private:
  void content(const v4::section& s) {
    if (s.kind == v4::section_kind::string_bytes) return strings();
    if (s.kind == v4::section_kind::payload_bytes) return blobs(s.offset);
    v4::for_each_kind([&]<class Row>() {
      if (s.kind == Row::kind)
        for (const Row row : file_.rows<Row>()) record(row);
    });
    range(s.offset + s.size, "unknown_section");
  }
  void strings() {
    for (std::uint32_t i = 0; i < file_.string_count(); ++i) {
      const std::string_view text = file_.text_at(i);
      if (!text.empty()) tell(text.size(), v4::string_byte::name, inspected::kind_type::text, 0, text);
    }
  }
  void blobs(std::uint64_t area) {
    for (const v4::blob_row b : file_.rows<v4::blob_row>()) {
      range(area + b.offset, "padding");
      range(area + b.offset + b.size, "payload_bytes");
    }
  }

  template <wire_record Row>
  void record(const Row& row) {
    for_each_field<Row>([&](std::size_t, const auto& f) {
      using type = typename std::remove_cvref_t<decltype(f)>::value_type;
      constexpr bool is_number = std::is_constructible_v<std::uint32_t, type> || std::is_enum_v<type>;
      std::uint64_t number = 0;
      if constexpr (std::is_same_v<type, std::uint64_t> || std::is_enum_v<type>) {
        number = static_cast<std::uint64_t>(row.*f.member);
      } else if constexpr (is_number) {
        number = static_cast<std::uint32_t>(row.*f.member);
      }
      tell(wire_rep<type>::size, f.name, is_number ? inspected::kind_type::number : inspected::kind_type::bytes, number,
           meaning_of(file_, row.*f.member));
    });
  }
  // What lies between the last thing told and `end`, if anything does.
  void range(std::uint64_t end, std::string_view field) {
    if (end > at_) tell(end - at_, field, inspected::kind_type::bytes, 0, {});
  }
  void tell(std::uint64_t size, std::string_view field, inspected::kind_type kind, std::uint64_t number, const name& meaning) {
    watch_(inspected{at_, size, field, kind, number, meaning, slice(file_.bytes(), at_, size)});
    at_ += size;
  }

  const v4::file& file_;
  Watcher& watch_;
  std::uint64_t at_ = 0;
};

}  // namespace detail

/// Checks all of `bytes` and calls watch(inspected) for every field and padding, from the first byte to the
/// last. When the bytes are no valid file, watch() may have been told of the fields before the bad one.
template <class Watcher>
[[nodiscard]] result<ok> inspect(byte_view bytes, Watcher&& watch) {
  const auto tell = [&](std::uint64_t offset, std::uint64_t size, std::string_view field, const auto& value) {
    inspected out{offset, size, field, inspected::kind_type::bytes, 0, {}, slice(bytes, offset, size)};
    using type = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_same_v<type, std::uint32_t>) {
      out.kind = inspected::kind_type::number;
      out.number = value;
    } else if constexpr (std::is_same_v<type, std::string_view>) {
      out.kind = inspected::kind_type::text;
      out.meaning = value;
    }
    if (size != 0) watch(out);
  };
  return visit_version(bytes, [&](auto version) -> result<ok> {
    if constexpr (version() == v4::version) {
      return read_any(bytes, [&]<class File>(const File& f) {
        if constexpr (std::is_same_v<File, v4::file>) detail::v4_inspection(f, watch).run();
      });
    } else {
      bmes::error failure{};
      if constexpr (version() == v1::version) failure = v1::inspect(bytes, tell).error();
      if constexpr (version() == v3::version) failure = v3::inspect(bytes, tell).error();
      if (failure.code != errc{}) return failure;
      return ok{};
    }
  });
}

}  // namespace bmes
