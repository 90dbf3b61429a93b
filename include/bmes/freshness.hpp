#pragma once
#include <bmes/v4.hpp>
#include <optional>
#include <string_view>

// Whether a graph still describes the sources on the disk. A pure function of what the file says and of what
// is found: whoever calls it looks at the disk.

namespace bmes {

/// What is at a path now.
struct disk_state {
  fact_kind kind = fact_kind::absent;
  source_identity identity;  ///< of a file; the hash only when it was asked for
};

enum class stale_reason : std::uint8_t { source_missing, source_changed, resolution_changed };

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

struct stale_source {
  stale_reason reason{};
  std::string_view path;
};

namespace detail {

// Equal times and sizes are proof enough; times that are not known, or that changed while the content may
// not have, leave it to the hash.
template <class Look>
[[nodiscard]] std::optional<stale_reason> compare_file(const source_identity& known, std::string_view path, Look& look, stale_reason changed) {
  disk_state now = look(path, false);
  if (now.kind == fact_kind::absent) return stale_reason::source_missing;
  if (now.kind != fact_kind::file || now.identity.size != known.size) return changed;
  const bool timed = known.modification_time != 0 && known.change_time != 0;
  if (timed && now.identity.modification_time == known.modification_time && now.identity.change_time == known.change_time) return std::nullopt;
  now = look(path, true);
  if (now.kind == fact_kind::file && now.identity.hash == known.hash) return std::nullopt;
  return changed;
}

}  // namespace detail

/// The first source that is not what `file` was made from; nothing when all are. `look(path, with_hash)`
/// gives a disk_state. Complexity: one look a module and a fact, a second one with the hash where the times
/// don't settle it.
template <class Look>
[[nodiscard]] std::optional<stale_source> first_stale(const v4::file& file, Look&& look) {
  for (const v4::module_row m : file.rows<v4::module_row>()) {
    const auto path = file.text(m.url);
    const source_identity known{m.source_size, m.source_hash, static_cast<std::uint64_t>(m.source_modification_time),
                                static_cast<std::uint64_t>(m.source_change_time)};
    if (const auto reason = detail::compare_file(known, path, look, stale_reason::source_changed)) return stale_source{*reason, path};
  }
  for (const resolution_fact f : file.facts()) {
    if (f.kind == fact_kind::file) {
      if (detail::compare_file(f.identity, f.path, look, stale_reason::resolution_changed))
        return stale_source{stale_reason::resolution_changed, f.path};
    } else if (look(f.path, false).kind != f.kind) {
      return stale_source{stale_reason::resolution_changed, f.path};
    }
  }
  return std::nullopt;
}

}  // namespace bmes
