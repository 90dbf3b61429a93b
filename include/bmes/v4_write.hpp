#pragma once
#include <algorithm>
#include <bmes/checksum.hpp>
#include <bmes/error.hpp>
#include <bmes/utf8.hpp>
#include <bmes/v4_order.hpp>
#include <bmes/v4_pools.hpp>
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
      if (row::kind != s.kind) return;
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
      std::apply([&](const auto&... rows) { (put_rows(s, rows), ...); }, rows_);
      if (s.kind == section_kind::string_bytes) {
        std::uint64_t at = s.offset;
        for (const std::string_view text : strings_.texts()) put(at, as_bytes(text)), at += text.size();
      }
      if (s.kind == section_kind::payload_bytes) {
        for (std::size_t i = 0; i < blobs_.rows().size(); ++i) put(s.offset + blobs_.rows()[i].offset, blobs_.contents()[i]);
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
  [[nodiscard]] std::vector<Row>& rows_of() noexcept {
    return std::get<std::vector<Row>>(rows_);
  }
  template <class Row>
  [[nodiscard]] const std::vector<Row>& rows_of() const noexcept {
    return std::get<std::vector<Row>>(rows_);
  }

  void fail(errc code, std::string_view field) noexcept {
    if (error_.code == errc{}) error_ = {code, 0, field};
  }

  [[nodiscard]] std::uint32_t intern(std::string_view characters, std::string_view field) {
    const std::size_t before = strings_.size();
    const std::uint32_t number = strings_.add(characters);
    if (strings_.size() != before && !is_utf8(characters)) fail(errc::not_representable, field);
    if (strings_.size() > max_count) fail(errc::limit_exceeded, field);
    return number;
  }
  [[nodiscard]] string_ref text(std::string_view characters, std::string_view field) { return string_ref{intern(characters, field)}; }
  [[nodiscard]] name_ref text(const name& n, std::string_view field) {
    switch (n.kind) {
      case name::kind_type::absent:
        return name_ref::absent;
      case name::kind_type::star_default:
        return name_ref::star_default;
      case name::kind_type::star_namespace:
        return name_ref::star_namespace;
      case name::kind_type::text:
        break;
    }
    return name_ref{intern(n.text, field)};
  }

  template <class E>
  [[nodiscard]] E choice(E value, std::string_view field) {
    if (value > detail::last_of<E>) fail(errc::not_representable, field);
    return value;
  }

  void add_graph(const graph_record& graph) {
    const auto modules = detail::sorted_order(graph.modules, &module_record::url);
    const auto edge = [&](std::uint32_t to, std::string_view field) {
      if (to != external && to >= modules.place.size()) fail(errc::bad_index, field);
      return module_ref{to < modules.place.size() ? modules.place[to] : external};
    };

    const auto engines = detail::sorted_order(graph.engines, &engine_identity::fingerprint);
    for (const std::uint32_t i : engines.order)
      rows_of<engine_row>().push_back({graph.engines[i].fingerprint, text(graph.engines[i].description, "engine.description")});

    head_.entry = edge(graph.entry, "header.entry");
    for (const std::uint32_t i : modules.order) add_module(graph.modules[i], edge, engines.place);
    for (const std::uint32_t at : detail::sorted_order(graph.facts, &resolution_fact::path).order) {
      const resolution_fact& f = graph.facts[at];
      const source_identity i = f.kind == fact_kind::file ? f.identity : source_identity{};
      rows_of<identity_row>().push_back({i.device, i.inode});
      rows_of<fact_row>().push_back(
          {text(f.path, "fact.path"), choice(f.kind, "fact.kind"), i.size, i.hash, nanoseconds{i.modification_time}, nanoseconds{i.change_time}});
    }
    auto& identities = rows_of<identity_row>();
    if (std::ranges::all_of(identities, [](const identity_row& r) { return r.device == 0 && r.inode == 0; })) identities.clear();
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
    row.reason = choice(m.reason, "module.uncacheable");
    row.source_length = m.source_length;
    if (!m.text.empty()) row.text = optional_index_of<blob_row>(blobs_.add(m.text));
    row.requests = next<request_row>();
    row.imports = next<import_row>();
    row.exports = next<export_row>();
    row.stars = next<star_row>();
    row.variables = next<variable_row>();
    row.payloads = next<payload_row>();
    rows_of<module_row>().push_back(row);
    rows_of<identity_row>().push_back({m.source.device, m.source.inode});

    for (const module_request& r : m.requests) {
      rows_of<request_row>().push_back(
          {text(r.specifier, "request.specifier"), choice(r.phase, "request.phase"), next<attribute_row>(), edge(r.resolved, "request.resolved")});
      for (const import_attribute& a : r.attributes)
        rows_of<attribute_row>().push_back({text(a.key, "attribute.key"), text(a.value, "attribute.value")});
    }
    for (const bmes::import_entry& e : m.imports) {
      if ((e.type == import_type::namespace_object) != (e.import_name == name::star_namespace())) fail(errc::not_representable, "import.import_name");
      rows_of<import_row>().push_back({choice(e.type, "import.type"), text(e.module_request, "import.module_request"),
                                       text(e.import_name, "import.import_name"), text(e.local_name, "import.local_name")});
    }
    for (const bmes::export_entry& e : m.exports) {
      const bool local = e.type == export_type::local, indirect = e.type == export_type::indirect;
      const name& target = local ? e.local_name : e.import_name;
      const name& other = local ? e.import_name : e.local_name;
      if (local != (e.module_name == name())) fail(errc::not_representable, "export.module_name");
      if ((local || indirect) != (target != name()) || other != name()) fail(errc::not_representable, "export.target_name");
      rows_of<export_row>().push_back({choice(e.type, "export.type"), text(e.export_name, "export.export_name"),
                                       text(e.module_name, "export.module_name"), text(target, "export.target_name")});
    }
    for (const star_export& s : m.stars) rows_of<star_row>().push_back({text(s.module_name, "star.module_name")});
    for (const bmes::variable& v : m.variables) {
      if ((v.bits & ~known_variable_bits) != 0) fail(errc::not_representable, "variable.bits");
      const std::uint32_t scope = choice(v.scope, "variable.bits") == variable_scope::lexical ? variable_row::lexical : 0;
      rows_of<variable_row>().push_back({text(v.variable_name, "variable.name"), variable_row::traits_type(v.bits | scope)});
    }
    for (const bmes::payload& p : m.payloads) {
      if (p.engine >= engine_place.size()) fail(errc::bad_index, "payload.engine");
      if (p.bytes.empty()) fail(errc::not_representable, "blob.size");
    }
    if (error_.code != errc{}) return;
    // The order of the blobs must not depend on the order of the payloads.
    for (const std::uint32_t i : detail::sorted_order(m.payloads, [&](const bmes::payload& p) { return engine_place[p.engine]; }).order)
      rows_of<payload_row>().push_back(
          {index_of<engine_row>(engine_place[m.payloads[i].engine]), index_of<blob_row>(blobs_.add(m.payloads[i].bytes))});
  }

  void finish() {
    if (error_.code != errc{}) return;
    sort_strings();
    rows_of<blob_row>() = blobs_.rows();
    detail::for_each_order([&]<class Row, class T>(auto runs, const auto& key, T Row::* member) {
      if constexpr (std::is_same_v<decltype(runs), detail::whole_section>) {
        // They are in their order from the start, since other rows refer to it: only doubles are found.
        sort_run(rows_of<Row>().begin(), rows_of<Row>().end(), key, name_of_field(member));
      } else {
        sort_runs<Row>(runs, key, name_of_field(member));
      }
    });
    place_sections();
  }

  void sort_strings() {
    const auto place = strings_.sort();
    if (strings_.bytes() > max_count) return fail(errc::limit_exceeded, "string_bytes");
    rows_of<string_row>() = strings_.rows();
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

  template <class It, class Key>
  void sort_run(It first, It last, const Key& key, std::string_view field) {
    const auto less = [&](const auto& a, const auto& b) { return key(a) < key(b); };
    std::sort(first, last, less);
    if (std::adjacent_find(first, last, [&](const auto& a, const auto& b) { return !less(a, b); }) != last) fail(errc::not_representable, field);
  }
  template <class Row, class Runs, class Key>
  void sort_runs(Runs runs, const Key& key, std::string_view field) {
    auto& rows = rows_of<Row>();
    const auto& owners = rows_of<typename Runs::owner>();
    for (std::size_t i = 0; i < owners.size(); ++i) {
      const std::size_t end = i + 1 < owners.size() ? runs.begin(owners[i + 1]) : rows.size();
      sort_run(rows.begin() + static_cast<std::ptrdiff_t>(runs.begin(owners[i])), rows.begin() + static_cast<std::ptrdiff_t>(end), key, field);
    }
  }

  void place_sections() {
    const auto add = [&](section_kind kind, std::uint64_t record_size, std::uint64_t count) {
      if (count > max_count) fail(errc::limit_exceeded, "section.record_count");
      if (count != 0)
        directory_.push_back({kind, bits<section_required>(flags_of(kind)), 0, record_size * count, static_cast<std::uint32_t>(record_size),
                              static_cast<std::uint32_t>(count), 0});
    };
    if (blobs_.bytes() > max_count) return fail(errc::limit_exceeded, "payload_bytes");
    for_each_kind([&]<class Row>() {
      if constexpr (Row::kind == section_kind::identity) add(section_kind::payload_bytes, 1, blobs_.bytes());
      if constexpr (Row::kind == section_kind::string_bytes) {
        add(Row::kind, 1, strings_.bytes());
      } else {
        add(Row::kind, wire_size<Row>, rows_of<Row>().size());
      }
    });
    std::uint64_t end = wire_size<header> + directory_.size() * wire_size<section>;
    for (section& s : directory_) {
      s.offset = section_start(s.kind, end);
      end = s.offset + s.size;
    }
    head_.section_count = static_cast<std::uint32_t>(directory_.size());
    head_.file_size = end;
  }

  header head_;
  std::vector<section> directory_;
  detail::string_pool strings_;
  detail::blob_pool blobs_;
  tables<string_row, module_row, request_row, attribute_row, import_row, export_row, star_row, variable_row, engine_row, blob_row, payload_row,
         fact_row, identity_row>
      rows_;
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
