#pragma once
#include <algorithm>
#include <bmes/v4.hpp>
#include <optional>
#include <span>
#include <vector>

// Where the exports of a graph's modules are bound (ECMA-262, ResolveExport), for all names at once.

namespace bmes {

/// An exported name and its binding.
struct exported_binding {
  std::uint32_t export_name = 0;    ///< index of a string
  std::uint32_t module = external;  ///< whose binding it is; `external`: not known
  v4::name_ref local_name{};        ///< its name there; `star_namespace`: the namespace of that module

  [[nodiscard]] constexpr bool is_known() const noexcept { return module != external; }
  friend constexpr bool operator==(const exported_binding&, const exported_binding&) = default;
};

/// Resolves exports of a graph. Asked for one name after the other, the exports
/// of a module of n star exports take n * n steps; here they take n log n, once.
///
/// It says only what is plain. Names that are ambiguous, not found, or found only behind a module of which the graph holds no exports,
/// and those that come around a circle of re-exports, are not known: an engine has to find out, and to throw what there is to throw.
class export_resolver {
 public:
  explicit export_resolver(const v4::file& graph)
      : graph_(graph),
        tables_(graph.module_count()),
        routes_(graph.string_count()),
        budget_(1024 + 16 * graph.rows<v4::export_row>().size()) {
    std::uint32_t first = 0, last = graph.string_count();
    while (first < last) {
      const std::uint32_t middle = first + (last - first) / 2;
      graph.text_at(middle) < "default" ? first = middle + 1 : last = middle;
    }
    if (graph.text_at(first) == "default") default_ = first;
  }

  explicit export_resolver(const v4::file&&) = delete;

  /// That the graph does not say what `module` exports: as if it held nothing of it. Before the first question.
  void leave_out(std::uint32_t module) {
    if (left_out_.empty()) left_out_.resize(tables_.size());
    if (module < left_out_.size()) left_out_[module] = true;
  }

  /// What `module` exports, by name; where its star exports can't be followed, without what comes from them.
  /// Valid until the next call.
  [[nodiscard]] std::span<const exported_binding> exports_of(std::uint32_t module) {
    if (module >= tables_.size()) return {};
    build(module);
    return rows_of(tables_[module]);
  }

  /// The binding of one name, given as the index of a string; nothing when it is not known.
  [[nodiscard]] std::optional<exported_binding> find(std::uint32_t module, std::uint32_t export_name) {
    const auto found = find_in(exports_of(module), export_name);
    return found && found->is_known() ? found : std::nullopt;
  }

 private:
  enum class state : std::uint8_t { fresh, open, done };
  struct table {
    std::size_t first = 0, count = 0;
    state progress = state::fresh;
    bool is_whole = false;  // nothing it exports is missing
  };

  [[nodiscard]] std::span<const exported_binding> rows_of(const table& t) const noexcept { return std::span(rows_).subspan(t.first, t.count); }

  [[nodiscard]] static std::optional<exported_binding> find_in(std::span<const exported_binding> rows, std::uint32_t name) noexcept {
    const auto at = std::ranges::lower_bound(rows, name, {}, &exported_binding::export_name);
    if (at == rows.end() || at->export_name != name) return std::nullopt;
    return *at;
  }

  // Per string: the module last seen to request it, and what it leads to from there.
  struct route {
    std::uint32_t from = external, to = external;
  };
  void read_requests(const v4::module_view& m) {
    for (const v4::request_row r : m.request_rows())
      if (const auto at = static_cast<std::uint32_t>(r.specifier); at < routes_.size()) {
        const auto to = static_cast<std::uint32_t>(r.resolved);
        // The same specifier with other attributes: exports don't say which is meant.
        routes_[at] = {m.index(), routes_[at].from == m.index() && routes_[at].to != to ? external : to};
      }
  }
  template <class Ref>
  [[nodiscard]] std::uint32_t requested(std::uint32_t from, Ref ref) const noexcept {
    const auto at = static_cast<std::uint32_t>(ref);
    if (at >= routes_.size() || routes_[at].from != from) return external;
    const std::uint32_t to = routes_[at].to;
    return to < tables_.size() && (left_out_.empty() || !left_out_[to]) ? to : external;
  }

  // Depth first, without recursion: a file says how deep.
  void build(std::uint32_t root) {
    if (tables_[root].progress == state::done) return;
    std::vector<std::uint32_t> pending{root};
    while (!pending.empty()) {
      const std::uint32_t index = pending.back();
      table& t = tables_[index];
      if (t.progress == state::fresh) {
        t.progress = state::open;
        const auto m = graph_.module_at(index);
        read_requests(m);
        const auto need = [&](std::uint32_t to) {
          if (to != external && tables_[to].progress == state::fresh) pending.push_back(to);
        };
        for (const v4::export_row e : m.export_rows())
          if (e.type == export_type::indirect) need(requested(index, e.module_name));
        for (const v4::star_row s : m.star_rows()) need(requested(index, s.module_name));
      } else {
        pending.pop_back();
        if (t.progress == state::open) finish(index);
      }
    }
  }

  // All that it re-exports from is done, or open: a circle.
  void finish(std::uint32_t index) {
    const auto m = graph_.module_at(index);
    read_requests(m);
    scratch_.clear();
    bool is_whole = m.reason() == uncacheable::none;
    if (is_whole)
      for (const v4::export_row e : m.export_rows()) scratch_.push_back(bind(index, e));
    const auto own = scratch_.size();
    // Of CommonJS, what is known of its names has a default among them.
    if (!has(m.flags(), module_flags::strict)) is_whole = is_whole && find_in(scratch_, default_);
    for (const v4::star_row s : m.star_rows()) is_whole = is_whole && gather(requested(index, s.module_name));
    if (!is_whole) scratch_.resize(own);
    if (scratch_.size() > own) merge_stars(own);
    tables_[index] = {rows_.size(), scratch_.size(), state::done, is_whole};
    rows_.insert(rows_.end(), scratch_.begin(), scratch_.end());
  }

  [[nodiscard]] exported_binding bind(std::uint32_t index, const v4::export_row& e) const {
    const auto name = static_cast<std::uint32_t>(e.export_name);
    if (e.type == export_type::local) return {name, index, e.target_name};
    const std::uint32_t to = requested(index, e.module_name);
    if (to == external) return {name, external, {}};
    if (e.type == export_type::namespace_object) return {name, to, v4::name_ref::star_namespace};
    if (tables_[to].progress != state::done) return {name, external, {}};
    const auto found = find_in(rows_of(tables_[to]), static_cast<std::uint32_t>(e.target_name));
    return found ? exported_binding{name, found->module, found->local_name} : exported_binding{name, external, {}};
  }

  // Adds what a star export brings; false when that can't be said.
  [[nodiscard]] bool gather(std::uint32_t from) {
    if (from == external || tables_[from].progress != state::done || !tables_[from].is_whole) return false;
    const auto rows = rows_of(tables_[from]);
    if (rows.size() > budget_) return false;
    budget_ -= rows.size();
    for (const exported_binding& b : rows)
      if (b.export_name != default_) scratch_.push_back(b);
    return true;
  }

  // A module's own exports come before those of its stars; two stars that bring different bindings make a name ambiguous.
  void merge_stars(std::size_t own) {
    const auto begin = scratch_.begin(), stars = begin + static_cast<std::ptrdiff_t>(own);
    std::ranges::sort(stars, scratch_.end(), {}, &exported_binding::export_name);
    auto to = stars;
    for (auto from = stars; from != scratch_.end();) {
      exported_binding merged = *from;
      const std::uint32_t name = merged.export_name;
      for (; from != scratch_.end() && from->export_name == name; ++from)
        if (*from != merged) merged = {name, external, {}};
      if (!find_in({begin, stars}, name)) *to++ = merged;
    }
    scratch_.erase(to, scratch_.end());
    std::ranges::sort(scratch_, {}, &exported_binding::export_name);
  }

  const v4::file& graph_;
  std::vector<table> tables_;
  std::vector<route> routes_;
  std::vector<bool> left_out_;
  std::size_t budget_;  // of what stars bring in all: a chain of them would bring the square of its length
  std::uint32_t default_ = external;
  std::vector<exported_binding> rows_;
  std::vector<exported_binding> scratch_;
};

}  // namespace bmes
