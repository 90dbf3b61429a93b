// The remotes of one run: asked when the folder has no fresh entry, and sent what the run made.
#pragma once

#include "fleet.hpp"

#include <bmes/cache.hpp>
#include <functional>

namespace bmes::fleet {

/// What remotes did for a run; nothing where none was asked.
struct session_trace {
  std::string_view result;  ///< hit, or why there was none
  std::string detail;       ///< for people
  std::string_view upload;  ///< sent, or why nothing was
  std::uint64_t received_bytes = 0, sent_bytes = 0;
  double milliseconds = 0;  ///< that the start waited
};

/// What decides, beside the disk, where specifiers lead.
struct program_rules {
  std::vector<std::string> conditions, flags;
};

/// In the user's own folder, with a slash before it: how often remotes gave what, and the bytes on the wire.
inline constexpr const char* counts_name = "/remote.counts";

class session {
 public:
  /// `folder` is the user's own, which may be empty.
  session(std::string entry, program_rules, const hash128& engine, std::string folder);

  /// Gives the program a graph of other machines, not proven yet, in the place of what it has, if there is one that fits this disk, and
  /// says whether. Not after a crash: then the program runs from its sources, once.
  bool ask(cached_program&);
  [[nodiscard]] bool has_answer() const noexcept { return has_answer_; }
  /// After keep(): sends what the store has under `key`. In a process that was forked since ask(), too.
  void send(cache_store&, compression&, const hash128& key, double load_ms);

  /// Once, when nobody waits: for `bmes cache stats --remote`.
  void count() const;

  [[nodiscard]] const session_trace& trace() const noexcept { return trace_; }

 private:
  [[nodiscard]] answer call(const std::function<answer(client&, const question&)>&);

  std::string entry_;
  program_rules rules_;
  hash128 engine_;
  std::string folder_, error_;
  bool has_answer_ = false;
  session_trace trace_;
};

}  // namespace bmes::fleet
