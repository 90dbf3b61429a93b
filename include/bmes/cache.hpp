#pragma once
#include <algorithm>
#include <array>
#include <bmes/cache_graph.hpp>
#include <bmes/cache_key.hpp>
#include <bmes/freshness.hpp>
#include <bmes/store.hpp>
#include <bmes/v4_write.hpp>

// A cached program: found, proven, compared with its sources, and kept after the run. It owns no engine, no disk and no
// thread; it is given a store, a way to make bytes smaller, a look at the disk, and what an engine learned. Its steps
// are functions of their own so that a host can lay them on threads as it likes.

namespace bmes {

/// What the cache did for a run.
enum class cache_result : std::uint8_t {
  off,      ///< it was not asked
  miss,     ///< there is no entry
  refused,  ///< there is one that can't be used
  stale,    ///< there is one of other sources, of another engine or of another version: none of it was used
  partial,  ///< some modules came from the entry, others from their sources
  hit,      ///< all modules came from the entry
};

[[nodiscard]] constexpr std::string_view name_of(cache_result r) noexcept {
  constexpr std::array<std::string_view, 6> names{"off", "miss", "refused", "stale", "partial", "hit"};
  return names[static_cast<std::size_t>(r)];
}

/// Why a run was no hit, or why nothing was kept (docs/trace.md). Beside these there are the names of errors, and what a
/// host has to say, e.g. why it stood aside.
namespace reason {
inline constexpr std::string_view no_entry = "no_entry", being_written = "being_written", refresh = "refresh", no_folder = "no_folder";
inline constexpr std::string_view crashed = "crashed";
inline constexpr std::string_view source_missing = "source_missing", source_changed = "source_changed", resolution_changed = "resolution_changed";
inline constexpr std::string_view engine_mismatch = "engine_mismatch", engine_refused = "engine_refused", incomplete_graph = "incomplete_graph";
inline constexpr std::string_view unreadable = "unreadable", not_a_file = "not_a_file", not_private = "not_private";
inline constexpr std::string_view empty_entry = "empty_entry", damaged_frame = "damaged_frame";
inline constexpr std::string_view folder_not_writable = "folder_not_writable", write_failed = "write_failed";
}  // namespace reason

/// What makes entries and texts smaller: bytes to bytes.
class compression {
 public:
  virtual ~compression() = default;
  /// What is to be stored for `entry`; nothing when that is the entry as it is.
  [[nodiscard]] virtual std::vector<std::byte> pack(byte_view entry) = 0;
  /// The entry that was stored as `packed`, or why there is none. It may be `packed` itself.
  [[nodiscard]] virtual store_answer unpack(std::unique_ptr<stored_bytes> packed) = 0;
  /// A module's text as the format keeps it, a zstd frame; nothing when there is to be none.
  [[nodiscard]] virtual std::vector<std::byte> pack_text(std::string_view text) = 0;
};

class cached_program {
 public:
  /// With more engines in an entry, only the one that writes stays: those that are out of date would pile up.
  static constexpr std::size_t most_engines = 8;

  /// `engine` is the fingerprint of the engine that is to run the program.
  cached_program(cache_store& store, compression& packing, const hash128& key, const hash128& engine)
      : store_(store), packing_(packing), key_(key), engine_(engine) {}

  /// The steps before a run, in this order, each of them once, on any thread. Asks the store; gives the number of bytes
  /// that it keeps, 0 without an entry.
  std::uint64_t find() {
    auto answer = store_.get(key_);
    place_ = std::move(answer.place);
    version_ = std::move(answer.version);
    if (!answer.entry) {
      const std::string_view why = answer.error.reason;
      const bool missing = why == reason::no_entry || why == reason::being_written || why == reason::crashed;
      set(missing ? cache_result::miss : cache_result::refused, answer.error.reason, std::move(answer.error.message));
      return 0;
    }
    entry_ = std::move(answer.entry);
    return entry_->bytes().size();
  }

  /// In proportion to the entry: unpacks it, and proves that nothing in it is damaged.
  void prove() {
    if (!entry_) return;
    auto opened = open(std::move(entry_));
    entry_ = std::move(opened.bytes);
    file_ = opened.file;
    if (entry_) has_engine_ = file_.find_engine(engine_).has_value();
    if (!entry_) set(opened.result, opened.reason, std::move(opened.detail));
  }

  /// In proportion to the modules: which of them are not what the entry was made from. `look(path, with_hash)` gives a
  /// disk_state; it and `for_each_part` are those of check_freshness(). Meanwhile another thread may use file() and is_usable().
  template <class Look, class Parts = in_turn>
  void look_for_changes(Look&& look, check_mode mode = check_mode::stat, const Parts& for_each_part = {}) {
    if (!entry_) return;
    changes_ = check_freshness(file_, look, mode, for_each_part);
  }

  /// After these steps, and before another prove(): an entry that others made of the same program, in the place of what the store has. All of
  /// it is as on the disk, which the caller has looked at. It is kept after the run, whatever was learned.
  void replace_entry(std::unique_ptr<stored_bytes> bytes) {
    entry_ = std::move(bytes);
    file_ = {};
    changes_ = {};
    has_engine_ = false;
    is_foreign_ = true;
    // What the store has goes into it when it is kept.
    version_.clear();
    set(cache_result::miss, {}, {});
  }
  /// Whether nothing better can be had: all that the entry has holds, and it has code for this engine.
  [[nodiscard]] bool is_complete() const noexcept { return entry_ && has_engine_ && !changes_.first(); }
  /// Why the entry can't be used as it is; empty when it can.
  [[nodiscard]] std::string_view why_incomplete() const noexcept {
    if (!entry_) return reason_;
    if (!has_engine_) return reason::engine_mismatch;
    return changes_.first() ? name_of(changes_.first()->reason) : std::string_view();
  }

  /// In the place of these steps: the entry is not read, and is replaced.
  void ignore_entry() {
    is_ignored_ = true;
    set(cache_result::miss, reason::refresh, {});
  }

  /// Whether there is a proven file, whatever has become of the sources. It may have no code for this engine.
  [[nodiscard]] bool is_usable() const noexcept { return entry_ != nullptr; }
  [[nodiscard]] bool has_engine() const noexcept { return has_engine_; }
  [[nodiscard]] const v4::file& file() const noexcept { return file_; }
  /// What the engine gets to run.
  [[nodiscard]] program_graph graph() const {
    program_graph out{file_, {}, changes_.edges_hold()};
    for (const source_change& m : changes_.modules) out.stale.push_back(m.index);
    return out;
  }
  /// What changed since the entry was made. Its paths point into the file.
  [[nodiscard]] const freshness& changes() const noexcept { return changes_; }

  /// After the run: what the entry was good for.
  void conclude(const run_counts& counts) {
    if (!entry_) return;
    if (counts.modules != 0 && counts.from_source == 0 && counts.complete) {
      const bool refused = counts.hits == 0 && counts.refused != 0;
      return refused ? set(cache_result::refused, reason::engine_refused, {}) : set(cache_result::hit, {}, {});
    }
    const bool used = counts.from_source < counts.modules;
    if (!has_engine_) return set(used ? cache_result::partial : cache_result::stale, reason::engine_mismatch, {});
    if (const source_change* const c = changes_.first())
      return set(used ? cache_result::partial : cache_result::stale, name_of(c->reason), std::string(c->path) + ": " + describe(*c));
    set(used ? cache_result::partial : cache_result::refused, reason::incomplete_graph, {});
  }

  /// Whether keep() may have something to write, beside what the engine learned.
  [[nodiscard]] bool is_out_of_date() const noexcept { return entry_ && (is_foreign_ || changes_.first() || !changes_.renewed.empty()); }

  /// After the run: puts what was learned into the entry, beside what is there and still holds: modules of other runs, code
  /// of other engines. If others have replaced the entry since it was found, theirs is kept, too.
  void keep(harvest learned) {
    if (!learned.changed && !is_out_of_date()) return;
    if (!learned.complete) return explain(reason::incomplete_graph, {});
    detail::add_facts(learned);
    if (learned.requests_only) detail::mark_bare(learned.graph);
    std::deque<std::vector<std::byte>> texts;
    for (const auto& [module, text] : learned.texts) learned.graph.modules[module].text = texts.emplace_back(packing_.pack_text(text));
    auto merged = entry_ ? detail::add_found(learned, file_, changes_) : bmes::result<owned_graph>(std::move(learned.graph));
    if (!merged) return explain(info(merged.error().code).name, std::string(merged.error().field));

    const auto newer = is_ignored_ ? opened_entry{} : newer_entry();
    if (newer.bytes) {
      const graph_record mine = merged->view();
      auto both = merge(mine, newer.file);
      if (both) return write(*std::move(both));
    }
    write(*std::move(merged));
  }

  /// After conclude() and before keep(), where the store may be written to: for its statistics.
  void count_start() { store_.note_start(key_, result_ == cache_result::hit ? std::string_view() : reason_); }

  [[nodiscard]] cache_result outcome() const noexcept { return result_; }
  [[nodiscard]] std::string_view why() const noexcept { return reason_; }
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
  /// Where the entry is or would be, for people.
  [[nodiscard]] const std::string& place() const noexcept { return place_; }
  /// What keep() gave to the store.
  [[nodiscard]] std::uint64_t written_bytes() const noexcept { return written_; }

 private:
  struct opened_entry {
    std::unique_ptr<stored_bytes> bytes;
    v4::file file;
    cache_result result = cache_result::refused;
    std::string_view reason;
    std::string detail;
  };

  void set(cache_result as, std::string_view why, std::string detail) {
    result_ = as;
    reason_ = why;
    detail_ = std::move(detail);
  }
  // Why nothing is kept; why the run was no hit goes before.
  void explain(std::string_view why, std::string detail) {
    if (reason_.empty()) reason_ = why;
    if (detail_.empty()) detail_ = std::move(detail);
  }

  [[nodiscard]] opened_entry open(std::unique_ptr<stored_bytes> packed) {
    opened_entry out;
    auto unpacked = packing_.unpack(std::move(packed));
    if (!unpacked.entry) {
      out.reason = unpacked.error.reason;
      out.detail = place_ + ": " + unpacked.error.message;
      return out;
    }
    const auto file = v4::file::open(unpacked.entry->bytes());
    if (!file) {
      out.result = is_stale(file.error()) ? cache_result::stale : cache_result::refused;
      out.reason = info(file.error().code).name;
      out.detail = std::string(file.error().field) + " at " + std::to_string(file.error().offset);
      return out;
    }
    out.file = *file;
    out.bytes = std::move(unpacked.entry);
    return out;
  }

  // What another process has put since this one found its entry.
  [[nodiscard]] opened_entry newer_entry() {
    auto now = store_.get(key_);
    if (!now.entry || now.version == version_) return {};
    return open(std::move(now.entry));
  }

  void write(owned_graph graph) {
    if (graph.engines.size() > most_engines) detail::keep_engine(graph, engine_);
    const auto bytes = v4::to_bytes(graph.view());
    if (!bytes) return explain(info(bytes.error().code).name, std::string(bytes.error().field));
    const auto packed = packing_.pack(*bytes);
    const byte_view stored = packed.empty() ? byte_view(*bytes) : byte_view(packed);
    if (auto error = store_.put(key_, stored); !error.reason.empty()) return explain(error.reason, std::move(error.message));
    written_ = stored.size();
  }

  cache_store& store_;
  compression& packing_;
  hash128 key_;
  hash128 engine_;
  std::unique_ptr<stored_bytes> entry_;
  v4::file file_;
  bool has_engine_ = false;
  bool is_ignored_ = false;
  bool is_foreign_ = false;
  freshness changes_;
  cache_result result_ = cache_result::miss;
  std::string_view reason_;
  std::string detail_;
  std::string place_;
  std::string version_;
  std::uint64_t written_ = 0;
};

}  // namespace bmes
