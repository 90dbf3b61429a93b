#include "renamed_file.hpp"

#include <algorithm>
#include <bmes/utf8.hpp>
#include <bmes/v4.hpp>
#include <cstring>
#include <vector>

namespace bmes::fleet {
namespace {

using namespace v4;

// What needs more is written anew.
constexpr std::size_t most_room = std::size_t{64} << 20;
static_assert(most_room % payload_alignment == 0);

class renaming {
 public:
  explicit renaming(const file& f) : file_(f), texts_(f.string_count()) {}

  bool add_names(const auto& rename) {
    for (const auto m : file_.modules())
      if (!add(m.row().url, m.url(), m.source(), rename)) return false;
    const auto facts = file_.rows<fact_row>();
    for (std::size_t i = 0; i < facts.size(); ++i)
      if (!add(facts[i].path, file_.text(facts[i].path), file_.facts()[i].identity, rename)) return false;
    return !is_used_elsewhere() && sort_holds();
  }

  bool write(packing::pages& graph) {
    place_sections();
    const std::size_t end_before = graph.before() + static_cast<std::size_t>(end_of_rows(file_.sections(), file_.head().file_size));
    const auto rows = static_cast<std::size_t>(end_of_rows(directory_, head_.file_size));
    const auto size = static_cast<std::size_t>(head_.file_size);
    if (rows > end_before || end_before > graph.room().size() || std::max(rows, size) > graph.room().size() - (end_before - rows)) return false;
    std::vector<std::byte> new_rows(rows);
    rows_ = new_rows;
    payloads_and_rest_ = graph.room().subspan(end_before);
    for (section& s : directory_) {
      if (s.kind == section_kind::payload_bytes) continue;
      write_section(s);
      s.checksum = checksum64(at(s.offset, s.size));
    }
    std::uint64_t end = wire_size<header>;
    for (const section& s : directory_) {
      put_row(end, s);
      end += wire_size<section>;
    }
    head_.checksum = 0;
    put_row(0, head_);
    constexpr std::uint64_t checked_from = offset_of(&header::header_size);
    head_.checksum = checksum64(slice(rows_, checked_from, end - checked_from));
    put_row(0, head_);
    std::memcpy(graph.room().data() + end_before - rows, new_rows.data(), rows);
    graph.narrow(end_before - rows, size);
    return true;
  }

 private:
  bool add(string_ref ref, std::string_view name, const source_identity& known, const auto& rename) {
    auto to = rename(name, known);
    if (!to || !is_utf8(to->name)) return false;
    identities_.push_back(to->identity);
    auto& text = texts_[static_cast<std::uint32_t>(ref)];
    // A module and a fact may have one name.
    if (!text && to->name != name) text = std::move(to->name);
    return true;
  }

  // A string that was renamed may be the text of a program as well.
  [[nodiscard]] bool is_used_elsewhere() const {
    bool found = false;
    for_each_kind([&]<class Row>() {
      if constexpr (Row::kind != section_kind::string && Row::kind != section_kind::string_bytes)
        for (const Row row : file_.rows<Row>())
          for_each_field<Row>([&](std::size_t, const auto& f) {
            using type = typename std::remove_cvref_t<decltype(f)>::value_type;
            if constexpr (std::is_same_v<type, string_ref> || std::is_same_v<type, name_ref>) {
              const auto index = static_cast<std::uint32_t>(row.*f.member);
              const bool is_name = f.name == "module.url" || f.name == "fact.path";
              found = found || (!is_name && index < texts_.size() && texts_[index]);
            }
          });
    });
    return found;
  }

  [[nodiscard]] std::string_view text(std::uint32_t i) const { return texts_[i] ? std::string_view(*texts_[i]) : file_.text_at(i); }
  [[nodiscard]] bool sort_holds() const {
    for (std::uint32_t i = 1; i < texts_.size(); ++i)
      if ((texts_[i] || texts_[i - 1]) && !(text(i - 1) < text(i))) return false;
    return true;
  }

  void place_sections() {
    head_ = file_.head();
    std::uint64_t text_bytes = 0;
    for (std::uint32_t i = 0; i < texts_.size(); ++i) text_bytes += text(i).size();
    // What this version does not know is left out, as to_owned() does.
    for (const section s : file_.sections())
      if (s.kind != section_kind::identity && static_cast<std::size_t>(s.kind) < kind_count) directory_.push_back(s);
    const auto count = static_cast<std::uint32_t>(identities_.size());
    constexpr auto row_size = static_cast<std::uint32_t>(wire_size<identity_row>);
    if (count != 0) directory_.push_back({section_kind::identity, bits<section_required>(flags_of(section_kind::identity)), 0, std::uint64_t{row_size} * count, row_size, count, 0});
    std::uint64_t end = wire_size<header> + directory_.size() * wire_size<section>;
    for (section& s : directory_) {
      if (s.kind == section_kind::string_bytes) s.size = text_bytes, s.record_count = static_cast<std::uint32_t>(text_bytes);
      s.offset = section_start(s.kind, end);
      end = s.offset + s.size;
    }
    head_.section_count = static_cast<std::uint32_t>(directory_.size());
    head_.file_size = end;
  }

  // Where payloads begin, or what follows the last byte.
  template <class Sections>
  [[nodiscard]] static std::uint64_t end_of_rows(const Sections& sections, std::uint64_t file_size) {
    for (const section s : sections)
      if (s.kind == section_kind::payload_bytes) return s.offset;
    return section_start(section_kind::payload_bytes, file_size);
  }

  // Bytes of the new file, which are no payload.
  [[nodiscard]] std::span<std::byte> at(std::uint64_t offset, std::uint64_t size) const {
    const auto from = static_cast<std::size_t>(offset), count = static_cast<std::size_t>(size);
    return from < rows_.size() ? rows_.subspan(from, count) : payloads_and_rest_.subspan(from - rows_.size(), count);
  }
  template <class Row>
  void put_row(std::uint64_t offset, const Row& row) {
    store(at(offset, wire_size<Row>).template first<wire_size<Row>>(), row);
  }
  void copy(std::uint64_t offset, byte_view from) {
    if (!from.empty()) std::memcpy(at(offset, from.size()).data(), from.data(), from.size());
  }
  // Rows of modules or facts with their times.
  template <class Row>
  void write_rows(std::uint64_t to, std::size_t first, nanoseconds Row::* modified, nanoseconds Row::* changed) {
    for (Row row : file_.rows<Row>()) {
      const source_identity& i = identities_[first++];
      row.*modified = nanoseconds{i.modification_time};
      row.*changed = nanoseconds{i.change_time};
      put_row(to, row);
      to += wire_size<Row>;
    }
  }

  void write_section(const section& s) {
    std::uint64_t to = s.offset;
    switch (s.kind) {
      case section_kind::string: {
        std::uint32_t end = 0;
        for (std::uint32_t i = 0; i < texts_.size(); ++i) {
          end += static_cast<std::uint32_t>(text(i).size());
          const bool ascii = texts_[i] ? is_ascii(as_bytes(*texts_[i])) : file_.is_ascii(i);
          put_row(to, string_row{end | (ascii ? string_row::ascii : 0)});
          to += wire_size<string_row>;
        }
        return;
      }
      case section_kind::string_bytes:
        for (std::uint32_t i = 0; i < texts_.size(); ++i) copy(to, as_bytes(text(i))), to += text(i).size();
        return;
      case section_kind::module:
        return write_rows<module_row>(to, 0, &module_row::source_modification_time, &module_row::source_change_time);
      case section_kind::fact:
        return write_rows<fact_row>(to, file_.module_count(), &fact_row::modification_time, &fact_row::change_time);
      case section_kind::identity:
        for (const source_identity& i : identities_) put_row(to, identity_row{i.device, i.inode}), to += wire_size<identity_row>;
        return;
      default:
        return copy(to, slice(file_.bytes(), file_.section_of(s.kind).offset, s.size));
    }
  }

  const file& file_;
  std::vector<std::optional<std::string>> texts_;  // the new ones
  std::vector<source_identity> identities_;        // of the modules, then of the facts
  std::vector<section> directory_;
  header head_;
  std::span<std::byte> rows_, payloads_and_rest_;
};

}  // namespace

bool rename_in_place(packing::pages& graph, const v4::file& file, const rename_function& rename) {
  renaming r(file);
  return r.add_names(rename) && r.write(graph);
}

packing::parcel_room room_for_names(std::size_t count, std::size_t growth) noexcept {
  const std::size_t identities = count * wire_size<identity_row> + section_alignment;
  // A row of the directory more, and what the alignment of payloads takes.
  const auto names = static_cast<std::size_t>(section_start(section_kind::payload_bytes, count * growth + wire_size<section> + payload_alignment));
  return {std::min(names, most_room), std::min(identities, most_room)};
}

}  // namespace bmes::fleet
