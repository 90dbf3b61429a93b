#pragma once
#include <bmes/v4.hpp>
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Whether a graph still describes the sources on the disk, and what changed. A pure function of what the file says and of
// what is found: whoever calls it looks at the disk. `look(path, with_hash)` gives a disk_state.

namespace bmes {

/// What is at a path now.
struct disk_state {
  fact_kind kind = fact_kind::absent;
  source_identity identity;  ///< of a file; the hash only when it was asked for
};

/// How a source is known to be what it was.
enum class check_mode : std::uint8_t {
  stat,  ///< by its size, times, device and inode; by its bytes where these do not settle it
  hash,  ///< by its bytes, always
  none,  ///< it is taken for granted: nothing is looked at
};

/// The mode of that name.
[[nodiscard]] constexpr std::optional<check_mode> check_mode_of(std::string_view name) noexcept {
  if (name == "stat") return check_mode::stat;
  if (name == "hash") return check_mode::hash;
  if (name == "none") return check_mode::none;
  return std::nullopt;
}

enum class stale_reason : std::uint8_t {
  source_missing,      ///< there is no such file any more: specifiers that led to it may lead elsewhere
  source_changed,      ///< another text
  resolution_changed,  ///< specifiers may lead elsewhere
};

[[nodiscard]] constexpr std::string_view name_of(stale_reason reason) noexcept {
  switch (reason) {
    case stale_reason::source_missing:
      return "source_missing";
    case stale_reason::source_changed:
      return "source_changed";
    case stale_reason::resolution_changed:
      return "resolution_changed";
  }
  return {};
}

/// Something that is not what the file was made from.
struct source_change {
  stale_reason reason{};
  std::uint32_t index = 0;  ///< of the module or the fact
  std::string_view path;    ///< the module's URL or the fact's path, in the file
  disk_state before, now;
};

/// A file with the content known, and another identity: with this one, the next start needs no hash.
struct renewed_source {
  std::string_view path;
  source_identity identity;
};

struct freshness {
  std::vector<source_change> modules;   ///< that are stale, ascending
  std::vector<source_change> facts;     ///< that do not hold: specifiers may lead elsewhere, whoever's they are
  std::vector<renewed_source> renewed;  ///< of modules and facts, each path once for each
  [[nodiscard]] bool edges_hold() const noexcept { return facts.empty(); }
  /// What to name when one has to be named; null when all is fresh.
  [[nodiscard]] const source_change* first() const noexcept { return !modules.empty() ? &modules[0] : !facts.empty() ? &facts[0] : nullptr; }
};

/// Whether `now`, found without a hash, is `known` beyond doubt: size, both times, and device and inode if these are known.
[[nodiscard]] constexpr bool is_same_file(const source_identity& known, const source_identity& now) noexcept {
  return known.size == now.size && known.modification_time != 0 && known.change_time != 0 && known.modification_time == now.modification_time &&
         known.change_time == now.change_time && (known.device == 0 || known.device == now.device) && (known.inode == 0 || known.inode == now.inode);
}

/// What has become of a file.
struct file_check {
  bool holds = false;    ///< it has the content known
  bool renewed = false;  ///< it does, and only a hash could tell, and the next one need not
  disk_state now;
};

/// Looks at the file `path` once, and once more with a hash where that does not settle it; with a hash at once if the mode wants one.
template <class Look>
[[nodiscard]] file_check check_file(const source_identity& known, std::string_view path, Look&& look, check_mode mode = check_mode::stat) {
  if (mode == check_mode::none) return {true, false, {fact_kind::file, known}};
  file_check out{false, false, look(path, mode == check_mode::hash)};
  if (out.now.kind != fact_kind::file || out.now.identity.size != known.size) return out;
  const bool is_same = is_same_file(known, out.now.identity);
  out.holds = is_same && mode == check_mode::stat;
  if (out.holds) return out;
  if (mode == check_mode::stat) out.now = look(path, true);
  const source_identity& now = out.now.identity;
  out.holds = out.now.kind == fact_kind::file && now.size == known.size && now.hash == known.hash;
  out.renewed = out.holds && !is_same && now.modification_time != 0 && now.change_time != 0;
  return out;
}

/// Whether what a fact says is so still.
template <class Look>
[[nodiscard]] file_check check_fact(const resolution_fact& fact, Look&& look, check_mode mode = check_mode::stat) {
  if (fact.kind == fact_kind::file) return check_file(fact.identity, fact.path, look, mode);
  if (mode == check_mode::none) return {true, false, {fact.kind, {}}};
  const disk_state now = look(fact.path, false);
  return {now.kind == fact.kind, false, now};
}

namespace detail {

/// A part of a file's modules and facts, numbered one after the other.
template <class Look>
void check_rows(const v4::file& file, std::size_t first, std::size_t last, Look& look, check_mode mode, freshness& out) {
  const auto note = [&](std::string_view path, const file_check& found) {
    if (found.renewed) out.renewed.push_back({path, found.now.identity});
  };
  const std::size_t modules = file.module_count();
  for (std::size_t row = first; row < std::min(last, modules); ++row) {
    const auto i = static_cast<std::uint32_t>(row);
    const auto m = file.module_at(i);
    const auto known = m.source();
    const file_check found = check_file(known, m.url(), look, mode);
    note(m.url(), found);
    if (found.holds) continue;
    const auto reason = found.now.kind == fact_kind::file ? stale_reason::source_changed : stale_reason::source_missing;
    out.modules.push_back({reason, i, m.url(), {fact_kind::file, known}, found.now});
  }
  const auto facts = file.facts();
  for (std::size_t row = std::max(first, modules); row < last; ++row) {
    const auto i = static_cast<std::uint32_t>(row - modules);
    const resolution_fact f = facts[i];
    const file_check found = check_fact(f, look, mode);
    note(f.path, found);
    if (!found.holds) out.facts.push_back({stale_reason::resolution_changed, i, f.path, {f.kind, f.identity}, found.now});
  }
}

}  // namespace detail

/// Parts of some work, one after the other.
struct in_turn {
  template <class Work>
  void operator()(std::size_t count, const Work& work) const {
    for (std::size_t i = 0; i < count; ++i) work(i);
  }
};

/// All that is not what `file` was made from. Complexity: one look a module and a fact, and a second one with the hash where
/// the first does not settle it. With check_mode::none there are no looks, and all is fresh. `for_each_part(count, work)` calls
/// `work(i)` for each i below `count`, in any order and on any threads, `look` being one that these can share.
template <class Look, class Parts = in_turn>
[[nodiscard]] freshness check_freshness(const v4::file& file, Look&& look, check_mode mode = check_mode::stat, const Parts& for_each_part = {}) {
  constexpr std::size_t rows_at_once = 64;
  if (mode == check_mode::none) return {};
  const std::size_t rows = std::size_t{file.module_count()} + file.facts().size();
  std::vector<freshness> parts((rows + rows_at_once - 1) / rows_at_once);
  for_each_part(parts.size(), [&](std::size_t i) {
    detail::check_rows(file, i * rows_at_once, std::min((i + 1) * rows_at_once, rows), look, mode, parts[i]);
  });
  freshness out;
  const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  for (const freshness& part : parts) {
    append(out.modules, part.modules);
    append(out.facts, part.facts);
    append(out.renewed, part.renewed);
  }
  return out;
}

/// A change in words: "was a file of 12 bytes, is absent".
[[nodiscard]] inline std::string describe(const source_change& change) {
  const bool by_hash =
      change.before.kind == fact_kind::file && change.now.kind == fact_kind::file && change.before.identity.size == change.now.identity.size;
  const auto state = [&](const disk_state& s) -> std::string {
    if (s.kind == fact_kind::absent) return "absent";
    if (s.kind == fact_kind::directory) return "a folder";
    std::string out = change.path.ends_with('/') ? "a link to a path of " : "a file of ";
    out += std::to_string(s.identity.size) + " bytes";
    if (!by_hash) return out;
    out += " with the hash ";
    for (const std::byte b : s.identity.hash)
      for (const int shift : {4, 0}) out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> shift & 15U];
    return out;
  };
  return "was " + state(change.before) + ", is " + state(change.now);
}

}  // namespace bmes
