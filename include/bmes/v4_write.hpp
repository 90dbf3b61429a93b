#pragma once
#include <algorithm>
#include <bmes/checksum.hpp>
#include <bmes/utf8.hpp>
#include <bmes/v4_layout.hpp>
#include <cstring>
#include <numeric>
#include <unordered_map>
#include <vector>

namespace bmes::v4 {

/// A graph laid out as a file of version 4: its exact size is known and it can be written.
///
/// Making a plan allocates scratch memory in proportion to the graph without its payloads. A plan points
/// into the graph it was made from, which has to stay until write() is done. The bytes are canonical: they
/// depend on the content of the graph only, not on the order of its modules, entries or engines (requests
/// and stars keep theirs, which is part of the content).
class plan {
 public:
  /// Fails with not_representable or limit_exceeded, naming the field of docs/format.md.
  [[nodiscard]] static result<plan> make(const graph_record& graph) {
    plan p;
    p.add_graph(graph);
    p.finish();
    if (p.error_.code != errc{}) return p.error_;
    return p;
  }

  /// Bytes that write() will produce.
  [[nodiscard]] std::uint64_t size() const noexcept { return head_.file_size; }

  /// Writes the file to the start of `out` and gives the number of bytes written.
  [[nodiscard]] result<std::uint64_t> write(std::span<std::byte> out) const noexcept {
    if (out.size() < size()) return error{errc::output_too_small, out.size(), "end"};
    std::fill_n(out.begin(), size(), std::byte{0});
    const auto put_rows = [&](section s, const auto& rows) {
      using row = typename std::remove_cvref_t<decltype(rows)>::value_type;
      auto at = out.subspan(static_cast<std::size_t>(s.offset), static_cast<std::size_t>(s.size));
      for (const auto& r : rows) {
        store(at.template first<wire_size<row>>(), r);
        at = at.subspan(wire_size<row>);
      }
    };
    const auto put = [&](std::uint64_t offset, byte_view bytes) {
      std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(offset));
    };
    std::vector<section> directory = directory_;
    for (section& s : directory) {
      std::apply([&](const auto&... rows) { ((rows_kind(rows) == s.kind ? put_rows(s, rows) : void()), ...); }, rows_);
      if (s.kind == section_kind::string_bytes) {
        std::uint64_t at = s.offset;
        for (const std::string_view text : strings_) put(at, as_bytes(text)), at += text.size();
      }
      if (s.kind == section_kind::payload_bytes) {
        for (std::size_t i = 0; i < blobs_.size(); ++i) put(s.offset + rows_of<blob_row>()[i].offset, blobs_[i]);
      } else {
        s.checksum = checksum64(slice(out, s.offset, s.size));
      }
    }
    std::uint64_t at = wire_size<header>;
    for (const section& s : directory) {
      store(out.subspan(static_cast<std::size_t>(at)).first<wire_size<section>>(), s);
      at += wire_size<section>;
    }
    header head = head_;
    store(out.first<wire_size<header>>(), head);
    constexpr std::uint64_t checked_from = offset_of(&header::header_size);
    head.checksum = checksum64(slice(out, checked_from, at - checked_from));
    store(out.first<wire_size<header>>(), head);
    return size();
  }

 private:
  template <class... Row>
  using tables = std::tuple<std::vector<Row>...>;

  template <class Row>
  [[nodiscard]] std::vector<Row>& rows_of() noexcept { return std::get<std::vector<Row>>(rows_); }
  template <class Row>
  [[nodiscard]] const std::vector<Row>& rows_of() const noexcept { return std::get<std::vector<Row>>(rows_); }
  template <class Row>
  [[nodiscard]] static constexpr section_kind rows_kind(const std::vector<Row>&) noexcept { return Row::kind; }

  void fail(errc code, std::string_view field) noexcept {
    if (error_.code == errc{}) error_ = {code, 0, field};
  }

  // Strings get numbers as they come; finish() turns the numbers into places in the sorted table.
  [[nodiscard]] std::uint32_t intern(std::string_view text, std::string_view field) {
    const auto [at, is_new] = string_numbers_.try_emplace(text, static_cast<std::uint32_t>(strings_.size()));
    if (is_new) {
      if (!is_utf8(as_bytes(text))) fail(errc::not_representable, field);
      if (strings_.size() >= max_count) fail(errc::limit_exceeded, field);
      strings_.push_back(text);
    }
    return at->second;
  }
  [[nodiscard]] string_ref text(std::string_view characters, std::string_view field) {
    return string_ref{intern(characters, field)};
  }
  [[nodiscard]] name_ref text(const name& n, std::string_view field) {
    switch (n.kind) {
      case name::kind_type::absent: return name_ref::absent;
      case name::kind_type::star_default: return name_ref::star_default;
      case name::kind_type::star_namespace: return name_ref::star_namespace;
      case name::kind_type::text: break;
    }
    return name_ref{intern(n.text, field)};
  }

  void add_graph(const graph_record& graph) {
    std::vector<std::uint32_t> order(graph.modules.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return graph.modules[a].url < graph.modules[b].url; });
    std::vector<std::uint32_t> place(order.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    const auto edge = [&](std::uint32_t to, std::string_view field) {
      if (to != external && to >= place.size()) fail(errc::bad_index, field);
      return module_ref{to < place.size() ? place[to] : external};
    };

    std::vector<std::uint32_t> engine_order(graph.engines.size());
    std::iota(engine_order.begin(), engine_order.end(), 0U);
    std::sort(engine_order.begin(), engine_order.end(),
              [&](auto a, auto b) { return graph.engines[a].fingerprint < graph.engines[b].fingerprint; });
    std::vector<std::uint32_t> engine_place(engine_order.size());
    for (std::uint32_t i = 0; i < engine_order.size(); ++i) {
      const engine_identity& e = graph.engines[engine_order[i]];
      if (i != 0 && graph.engines[engine_order[i - 1]].fingerprint == e.fingerprint) fail(errc::not_representable, "engine.fingerprint");
      engine_place[engine_order[i]] = i;
      rows_of<engine_row>().push_back({e.fingerprint, text(e.description, "engine.description")});
    }

    head_.entry = edge(graph.entry, "header.entry");
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i != 0 && graph.modules[order[i - 1]].url == graph.modules[order[i]].url) fail(errc::not_representable, "module.url");
      add_module(graph.modules[order[i]], edge, engine_place);
    }
    for (const resolution_fact& f : graph.facts)
      rows_of<fact_row>().push_back({text(f.path, "fact.path"), f.kind, f.identity.size, f.identity.hash,
                                     nanoseconds{f.identity.modification_time}, nanoseconds{f.identity.change_time}});
  }

  template <class Row>
  [[nodiscard]] first_of<Row> next() const noexcept {
    return first_of<Row>(static_cast<std::uint32_t>(rows_of<Row>().size()));
  }

  template <class Edge>
  void add_module(const module_record& m, const Edge& edge, const std::vector<std::uint32_t>& engine_place) {
    module_row row;
    row.url = text(m.url, "module.url");
    row.flags = bits<known_module_flags>(m.flags);
    if ((m.flags & ~known_module_flags) != 0) fail(errc::not_representable, "module.flags");
    row.source_size = m.source.size;
    row.source_hash = m.source.hash;
    row.source_modification_time = nanoseconds{m.source.modification_time};
    row.source_change_time = nanoseconds{m.source.change_time};
    row.reason = m.reason;
    row.source_length = m.source_length;
    if (!m.text.empty()) row.text = optional_index_of<blob_row>(blob_of(m.text));
    row.requests = next<request_row>();
    row.imports = next<import_row>();
    row.exports = next<export_row>();
    row.stars = next<star_row>();
    row.variables = next<variable_row>();
    row.payloads = next<payload_row>();
    rows_of<module_row>().push_back(row);

    for (const module_request& r : m.requests) {
      rows_of<request_row>().push_back({text(r.specifier, "request.specifier"), r.phase, next<attribute_row>(), edge(r.resolved, "request.resolved")});
      for (const import_attribute& a : r.attributes)
        rows_of<attribute_row>().push_back({text(a.key, "attribute.key"), text(a.value, "attribute.value")});
    }
    for (const bmes::import_entry& e : m.imports)
      rows_of<import_row>().push_back({e.type, text(e.module_request, "import.module_request"), text(e.import_name, "import.import_name"),
                                       text(e.local_name, "import.local_name")});
    for (const bmes::export_entry& e : m.exports) {
      const bool local = e.type == export_type::local, indirect = e.type == export_type::indirect;
      const name& target = local ? e.local_name : e.import_name;
      if (local != (e.module_name == name())) fail(errc::not_representable, "export.module_name");
      if ((local || indirect) != (target != name())) fail(errc::not_representable, "export.target_name");
      rows_of<export_row>().push_back({e.type, text(e.export_name, "export.export_name"), text(e.module_name, "export.module_name"),
                                       text(target, "export.target_name")});
    }
    for (const star_export& s : m.stars) rows_of<star_row>().push_back({text(s.module_name, "star.module_name")});
    for (const bmes::variable& v : m.variables) {
      if ((v.bits & ~known_variable_bits) != 0) fail(errc::not_representable, "variable.bits");
      const std::uint32_t scope = v.scope == variable_scope::lexical ? variable_row::lexical : 0;
      rows_of<variable_row>().push_back({text(v.variable_name, "variable.name"), bits<known_variable_bits | variable_row::lexical>(v.bits | scope)});
    }
    for (const bmes::payload& p : m.payloads) {
      if (p.engine >= engine_place.size()) fail(errc::bad_index, "payload.engine");
      if (p.bytes.empty()) fail(errc::not_representable, "blob.size");
      if (error_.code != errc{}) return;
      rows_of<payload_row>().push_back({index_of<engine_row>(engine_place[p.engine]), index_of<blob_row>(blob_of(p.bytes))});
    }
  }

  // Modules of the same text have the same bytecode: stored once.
  [[nodiscard]] std::uint32_t blob_of(byte_view bytes) {
    const hash128 hash = checksum128(bytes);
    auto& blobs = rows_of<blob_row>();
    const auto [first, last] = blob_numbers_.equal_range(wire_rep<std::uint64_t>::load(std::span(hash).first<8>()));
    for (auto at = first; at != last; ++at)
      if (blobs[at->second].checksum == hash && blobs[at->second].size == bytes.size()) return at->second;
    const auto number = static_cast<std::uint32_t>(blobs.size());
    blob_numbers_.emplace(wire_rep<std::uint64_t>::load(std::span(hash).first<8>()), number);
    const std::uint64_t end = blobs.empty() ? 0 : blobs.back().offset + blobs.back().size;
    blobs.push_back({(end + payload_alignment - 1) / payload_alignment * payload_alignment, bytes.size(), hash});
    blobs_.push_back(bytes);
    return number;
  }

  void finish() {
    if (error_.code != errc{}) return;
    sort_strings();
    const auto by = [](auto member) { return [member](const auto& a, const auto& b) { return a.*member < b.*member; }; };
    sort_runs(&request_row::attributes, by(&attribute_row::key), "attribute.key");
    sort_runs(&module_row::imports, by(&import_row::local_name), "import.local_name");
    sort_runs(&module_row::exports, by(&export_row::export_name), "export.export_name");
    sort_runs(&module_row::variables,
              [](const variable_row& a, const variable_row& b) {
                const auto key = [](const variable_row& v) { return std::pair(v.traits.value & variable_row::lexical, v.variable_name); };
                return key(a) < key(b);
              },
              "variable.name");
    sort_runs(&module_row::payloads, by(&payload_row::engine_index), "payload.engine");
    sort_run(rows_of<fact_row>().begin(), rows_of<fact_row>().end(), by(&fact_row::path), "fact.path");
    place_sections();
  }

  void sort_strings() {
    std::vector<std::uint32_t> order(strings_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return strings_[a] < strings_[b]; });
    std::vector<std::uint32_t> place(order.size());
    std::vector<std::string_view> sorted(order.size());
    std::uint64_t end = 0;
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      place[order[i]] = i;
      sorted[i] = strings_[order[i]];
      end += sorted[i].size();
      if (end > max_count) return fail(errc::limit_exceeded, "string_bytes");
      rows_of<string_row>().push_back({static_cast<std::uint32_t>(end) | (is_ascii(as_bytes(sorted[i])) ? string_row::ascii : 0)});
    }
    strings_ = std::move(sorted);
    string_bytes_ = end;
    const auto renumber = [&](auto& rows) {
      using row = typename std::remove_cvref_t<decltype(rows)>::value_type;
      for (row& r : rows)
        for_each_field<row>([&](std::size_t, const auto& f) {
          using type = typename std::remove_cvref_t<decltype(f)>::value_type;
          auto& ref = r.*f.member;
          if constexpr (std::is_same_v<type, string_ref>) ref = string_ref{place[static_cast<std::uint32_t>(ref)]};
          if constexpr (std::is_same_v<type, name_ref>)
            if (ref < name_ref::star_namespace) ref = name_ref{place[static_cast<std::uint32_t>(ref)]};
        });
    };
    std::apply([&](auto&... rows) { (renumber(rows), ...); }, rows_);
  }

  template <class It, class Less>
  void sort_run(It first, It last, const Less& less, std::string_view field) {
    std::sort(first, last, less);
    if (std::adjacent_find(first, last, [&](const auto& a, const auto& b) { return !less(a, b); }) != last) fail(errc::not_representable, field);
  }
  template <class Owner, class Row, class Less>
  void sort_runs(first_of<Row> Owner::*first, const Less& less, std::string_view field) {
    auto& rows = rows_of<Row>();
    const auto& owners = rows_of<Owner>();
    for (std::size_t i = 0; i < owners.size(); ++i) {
      const std::size_t end = i + 1 < owners.size() ? (owners[i + 1].*first).value : rows.size();
      sort_run(rows.begin() + (owners[i].*first).value, rows.begin() + static_cast<std::ptrdiff_t>(end), less, field);
    }
  }

  void place_sections() {
    const auto add = [&](section_kind kind, std::uint64_t record_size, std::uint64_t count) {
      if (count > max_count) fail(errc::limit_exceeded, "section.record_count");
      if (count != 0)
        directory_.push_back({kind, bits<section_required>(section_required), 0, record_size * count,
                              static_cast<std::uint32_t>(record_size), static_cast<std::uint32_t>(count), 0});
    };
    for_each_kind([&]<class Row>() {
      if constexpr (Row::kind == section_kind::string_bytes) {
        add(Row::kind, 1, string_bytes_);
      } else {
        add(Row::kind, wire_size<Row>, rows_of<Row>().size());
      }
    });
    const auto& blobs = rows_of<blob_row>();
    if (!blobs.empty()) {
      const std::uint64_t bytes = blobs.back().offset + blobs.back().size;
      if (bytes > max_count) return fail(errc::limit_exceeded, "payload_bytes");
      add(section_kind::payload_bytes, 1, bytes);
    }
    std::uint64_t end = wire_size<header> + directory_.size() * wire_size<section>;
    for (section& s : directory_) {
      const std::uint64_t alignment = s.kind == section_kind::payload_bytes ? payload_alignment : section_alignment;
      s.offset = (end + alignment - 1) / alignment * alignment;
      end = s.offset + s.size;
    }
    head_.section_count = static_cast<std::uint32_t>(directory_.size());
    head_.file_size = end;
  }

  header head_;
  std::vector<section> directory_;
  std::vector<std::string_view> strings_;
  std::uint64_t string_bytes_ = 0;
  std::vector<byte_view> blobs_;
  tables<string_row, module_row, request_row, attribute_row, import_row, export_row, star_row, variable_row, engine_row, blob_row, payload_row, fact_row> rows_;
  std::unordered_map<std::string_view, std::uint32_t> string_numbers_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> blob_numbers_;
  bmes::error error_{};
};

/// The whole file in memory. Allocates its size.
[[nodiscard]] inline result<std::vector<std::byte>> to_bytes(const graph_record& graph) {
  const auto p = plan::make(graph);
  if (!p) return p.error();
  std::vector<std::byte> out(static_cast<std::size_t>(p->size()));
  if (const auto written = p->write(out); !written) return written.error();
  return out;
}

}  // namespace bmes::v4
