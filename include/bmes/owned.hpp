#pragma once
#include <bmes/module.hpp>
#include <bmes/v1.hpp>
#include <bmes/v3.hpp>
#include <bmes/v4.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

// The model with storage of its own, for those who build or change records: compilers, converters, tests.
// Reading files needs none of it.

namespace bmes {

/// A module_record that owns its entries. Texts still point elsewhere: into a file, or into `texts`.
struct owned_record {
  std::string url;
  source_identity source;
  std::uint32_t source_length = 0;
  byte_view text;
  std::uint32_t flags = static_cast<std::uint32_t>(module_flags::strict);
  uncacheable reason = uncacheable::none;
  std::vector<module_request> requests;
  std::deque<std::vector<import_attribute>> attributes;  ///< what the requests' spans point to
  std::vector<import_entry> imports;
  std::vector<export_entry> exports;
  std::vector<star_export> stars;
  std::vector<variable> variables;
  std::vector<payload> payloads;
  std::deque<std::string> texts;

  owned_record() = default;
  owned_record(owned_record&&) = default;
  owned_record& operator=(owned_record&&) = default;

  /// A copy of `text` that lives as long as the record.
  [[nodiscard]] std::string_view keep(std::string characters) { return texts.emplace_back(std::move(characters)); }
  /// The record as the writers take it; valid until the record is changed.
  [[nodiscard]] module_record view() const noexcept {
    return {url, source, source_length, text, flags, reason, requests, imports, exports, stars, variables, payloads};
  }
  void add_request(std::string_view specifier, std::vector<import_attribute> with = {},
                   import_phase phase = import_phase::evaluation, std::uint32_t resolved = external) {
    attributes.push_back(std::move(with));
    requests.push_back({specifier, phase, attributes.back(), resolved});
  }
};

/// The entries of anything that has requests, imports, exports and stars: a view of any version.
template <class View>
[[nodiscard]] owned_record to_owned_entries(const View& requests, const auto& imports, const auto& exports, const auto& stars) {
  owned_record out;
  for (const auto request : requests) {
    std::vector<import_attribute> with;
    for (const import_attribute a : request.attributes) with.push_back(a);
    if constexpr (requires { request.phase; }) {
      out.add_request(request.specifier, std::move(with), request.phase, request.resolved);
    } else {
      out.add_request(request.specifier, std::move(with));
    }
  }
  for (const import_entry e : imports) out.imports.push_back(e);
  for (const export_entry& e : exports) out.exports.push_back(e);
  for (const star_export s : stars) out.stars.push_back(s);
  return out;
}

/// The record of a file of version 1; its texts point into the file.
[[nodiscard]] inline owned_record to_owned(const v1::file& f) {
  return to_owned_entries(f.requests, f.imports, f.exports, f.stars);
}

/// The record of a file of version 3; its texts point into the file.
[[nodiscard]] inline owned_record to_owned(const v3::file& f) {
  owned_record out = to_owned_entries(f.requests, f.imports, f.exports, f.stars);
  for (const variable v : f.declared) out.variables.push_back(v);
  for (const variable v : f.lexical) out.variables.push_back(v);
  return out;
}

/// A copy of `m`; its texts and payloads point to what those of `m` point to.
[[nodiscard]] inline owned_record to_owned(const module_record& m) {
  owned_record out = to_owned_entries(m.requests, m.imports, m.exports, m.stars);
  out.url = m.url;
  out.source = m.source;
  out.source_length = m.source_length;
  out.text = m.text;
  out.flags = m.flags;
  out.reason = m.reason;
  out.variables.assign(m.variables.begin(), m.variables.end());
  out.payloads.assign(m.payloads.begin(), m.payloads.end());
  return out;
}

namespace detail {

// `blob` gives the bytes of a blob, none where they are damaged.
template <class Blob>
[[nodiscard]] owned_record owned_with(const v4::module_view& m, Blob&& blob) {
  owned_record out = to_owned_entries(m.requests(), m.imports(), m.exports(), m.stars());
  out.url = m.url();
  out.source = m.source();
  out.source_length = m.source_length();
  out.text = blob(m.row().text.value);
  out.flags = m.flags();
  out.reason = m.reason();
  for (const variable v : m.variables()) out.variables.push_back(v);
  for (const v4::payload_view p : m.payloads())
    if (const byte_view bytes = blob(p.blob); !bytes.empty()) out.payloads.push_back({p.engine, bytes});
  return out;
}

}  // namespace detail

/// The record of a module of a file of version 4; its texts and payloads point into the file. Payloads that
/// don't have their checksum are left out; edges and engines are the file's indices. Of all modules: to_owned(file).
[[nodiscard]] inline owned_record to_owned(const v4::module_view& m) {
  return detail::owned_with(m, [&](std::uint32_t blob) { return m.owner().payload_bytes(blob).value_or({}); });
}

/// A graph_record that owns its modules.
struct owned_graph {
  std::uint32_t entry = external;
  std::vector<owned_record> modules;
  std::vector<engine_identity> engines;
  std::vector<resolution_fact> facts;
  mutable std::vector<module_record> views;

  /// The graph as the writer takes it; valid until the graph is changed.
  [[nodiscard]] graph_record view() const {
    views.clear();
    for (const owned_record& m : modules) views.push_back(m.view());
    return {entry, views, engines, facts};
  }
};

/// The records of all modules, as above. Complexity: linear in the file.
[[nodiscard]] inline owned_graph to_owned(const v4::file& f) {
  owned_graph out;
  out.entry = f.entry();
  // Each blob is proven once, however many modules share it.
  std::vector<byte_view> blobs;
  for (std::uint32_t i = 0; i < f.blob_count(); ++i) blobs.push_back(f.payload_bytes(i).value_or({}));
  const auto blob = [&](std::uint32_t index) { return index < blobs.size() ? blobs[index] : byte_view{}; };
  for (const v4::module_view m : f.modules()) out.modules.push_back(detail::owned_with(m, blob));
  for (const engine_identity e : f.engines()) out.engines.push_back(e);
  for (const resolution_fact fact : f.facts()) out.facts.push_back(fact);
  return out;
}

}  // namespace bmes
