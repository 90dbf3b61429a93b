// What `bmes run` asks of the system: signals, and a process that writes when nobody waits any more.
#pragma once

#include <bmes/engine.hpp>

namespace bmes::tools {

/// While this object lives, SIGINT and SIGTERM end the run of `e` where they would have ended the process: at the end of
/// the task that is under way, if that comes soon. A second signal, or a task that does not end, and the process ends as
/// it would have. Signals that the process was told to ignore it goes on to ignore. One such object at a time.
class end_signals {
 public:
  explicit end_signals(engine& e);
  ~end_signals();
  end_signals(const end_signals&) = delete;
  end_signals& operator=(const end_signals&) = delete;
  /// The signal that came, 0 if none has.
  [[nodiscard]] int received() const noexcept;
};

/// Ends the process by `signal`, as whoever waits for it expects.
void end_by(int signal);

/// A fork of the process at rest that outlives it, whatever happens to its terminal; nothing that it does is felt. As fork(2), but that no
/// descriptor stays open, here or there, except `kept`: the program is over, and all has been printed.
[[nodiscard]] int fork_to_background(engine& e, int kept);

/// From now on a limit on the size of files is an error of write(2).
void report_large_files();

}  // namespace bmes::tools
