#pragma once
#include <algorithm>
#include <bmes/owned.hpp>
#include <map>
#include <optional>
#include <set>
#include <vector>

// A file and what was learned since, as one graph (docs/design.md, "Merging").

namespace bmes {
namespace detail {

/// Makes one graph of two. Indices of `graph` stay what they are; the file's modules and engines come after.
class merging {
 public:
  merging(const graph_record& graph, const v4::file& file) : graph_(graph), file_(file) {}

  [[nodiscard]] result<owned_graph> run() {
    for (std::uint32_t i = 0; i < file_.blob_count(); ++i) {
      const auto blob = file_.payload_bytes(i);
      if (!blob) return blob.error();
      blobs_.push_back(*blob);
    }
    place_modules();
    add_facts();
    for (const module_record& m : graph_.modules) out_.modules.push_back(to_owned(m));
    for (const engine_identity& e : graph_.engines) {
      numbers_.try_emplace(e.fingerprint, static_cast<std::uint32_t>(out_.engines.size()));
      out_.engines.push_back(e);
    }
    engines_.resize(file_.engine_count(), external);
    for (owned_record& m : out_.modules) renumber(m);
    for (std::uint32_t i = 0; i < file_.module_count(); ++i) add_module(i);
    out_.entry = graph_.entry != external ? edge(graph_.entry, "header.entry") : file_.entry() != external ? place_[file_.entry()] : external;
    if (error_.code != errc{}) return error_;
    return std::move(out_);
  }

 private:
  void fail(errc code, std::string_view field) noexcept {
    if (error_.code == errc{}) error_ = {code, 0, field};
  }

  /// Sources that are not known are the same as no other.
  [[nodiscard]] static bool same_source(const source_identity& a, const source_identity& b) noexcept {
    return a.hash != hash128{} && a.hash == b.hash && a.size == b.size;
  }

  // Which module of the result is which one of the file.
  void place_modules() {
    place_.resize(file_.module_count(), external);
    for (std::uint32_t i = 0; i < graph_.modules.size(); ++i)
      if (const auto at = file_.find_module(graph_.modules[i].url); at && place_[*at] == external) place_[*at] = i;
    auto next = static_cast<std::uint32_t>(graph_.modules.size());
    for (std::uint32_t& place : place_)
      if (place == external) place = next++;
  }
  [[nodiscard]] bool is_replaced(std::uint32_t module) const noexcept { return place_[module] < graph_.modules.size(); }

  // The file's facts, unless one of them is known to hold no more: then its edges may lead elsewhere now.
  void add_facts() {
    const auto facts = file_.facts();
    std::vector<bool> is_known(facts.size());
    const auto at_path = [&](std::string_view path) -> std::optional<std::size_t> {
      const auto at = std::ranges::lower_bound(facts, path, {}, [](const auto& f) { return f.path; });
      if (at == facts.end() || (*at).path != path) return std::nullopt;
      return static_cast<std::size_t>(at - facts.begin());
    };
    for (const resolution_fact& f : graph_.facts) {
      out_.facts.push_back(f);
      const auto at = at_path(f.path);
      if (!at) continue;
      is_known[*at] = true;
      const resolution_fact before = facts[*at];
      if (before.kind != f.kind || (f.kind == fact_kind::file && !same_source(before.identity, f.identity))) edges_hold_ = false;
    }
    for (const module_record& m : graph_.modules)
      if (const auto at = at_path(m.url); at && facts[*at].kind != fact_kind::file) edges_hold_ = false;
    for (std::size_t i = 0; i < facts.size() && edges_hold_; ++i)
      if (!is_known[i]) out_.facts.push_back(facts[i]);
  }

  // An edge of the graph, which may lead to a module of the file.
  [[nodiscard]] std::uint32_t edge(std::uint32_t to, std::string_view field) noexcept {
    if (to == external || to < graph_.modules.size()) return to;
    const std::size_t in_file = to - graph_.modules.size();
    if (in_file < place_.size()) return place_[in_file];
    fail(errc::bad_index, field);
    return external;
  }
  // The index in the result of an engine of the file. Engines that nothing needs any more are left out.
  [[nodiscard]] std::uint32_t engine(std::uint32_t in_file) {
    std::uint32_t& known = engines_[in_file];
    if (known != external) return known;
    const engine_identity e = file_.engine(in_file);
    const auto [at, is_new] = numbers_.try_emplace(e.fingerprint, static_cast<std::uint32_t>(out_.engines.size()));
    if (is_new) out_.engines.push_back(e);
    return known = at->second;
  }

  // A record of the graph, whose numbers may go on into the file.
  void renumber(owned_record& m) {
    for (module_request& r : m.requests) r.resolved = edge(r.resolved, "request.resolved");
    for (payload& p : m.payloads) {
      if (p.engine < graph_.engines.size()) continue;
      const std::size_t in_file = p.engine - graph_.engines.size();
      if (in_file >= engines_.size()) return fail(errc::bad_index, "payload.engine");
      p.engine = engine(static_cast<std::uint32_t>(in_file));
    }
  }

  void add_module(std::uint32_t index) {
    const auto before = file_.module_at(index);
    if (is_replaced(index)) return complete(out_.modules[place_[index]], before);
    owned_record m = owned_with(before, [&](std::uint32_t blob) { return bytes_of(blob); });
    for (module_request& r : m.requests) r.resolved = edges_hold_ && r.resolved != external ? place_[r.resolved] : external;
    for (payload& p : m.payloads) p.engine = engine(p.engine);
    out_.modules.push_back(std::move(m));
  }
  // What was made from the same text and is not in the new record.
  void complete(owned_record& m, const v4::module_view& before) {
    if (!same_source(m.source, before.source())) return;
    if (m.text.empty()) m.text = bytes_of(before.row().text.value);
    std::set<hash128> given;
    for (const payload& p : m.payloads)
      if (p.engine < out_.engines.size()) given.insert(out_.engines[p.engine].fingerprint);
    for (const v4::payload_view p : before.payloads())
      if (!given.contains(file_.engine(p.engine).fingerprint)) m.payloads.push_back({engine(p.engine), bytes_of(p.blob)});
  }
  [[nodiscard]] byte_view bytes_of(std::uint32_t blob) const noexcept { return blob < blobs_.size() ? blobs_[blob] : byte_view{}; }

  const graph_record& graph_;
  const v4::file& file_;
  owned_graph out_;
  std::vector<std::uint32_t> place_;
  std::vector<std::uint32_t> engines_;        // of the file, in the result
  std::map<hash128, std::uint32_t> numbers_;  // of all fingerprints in the result
  std::vector<byte_view> blobs_;              // of the file, each proven once
  bool edges_hold_ = true;
  bmes::error error_{};
};

}  // namespace detail

/// The modules of `file` with those of `graph` added, or in the place of those with their URL. Edges, entry and engines of
/// `graph` count on into the file: graph.modules.size() + i is its module i, graph.engines.size() + i its engine i. Fails
/// with bad_index, or where payloads are proven at_use, with bad_checksum. The result points into both. Complexity: linear, with
/// a search a module, fact and payload.
[[nodiscard]] inline result<owned_graph> merge(const graph_record& graph, const v4::file& file) { return detail::merging(graph, file).run(); }

}  // namespace bmes
