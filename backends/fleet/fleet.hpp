// The caches of other machines, as the command and the Node package see them. What does the work is a library of its own, which is
// loaded only when the user's own folder has no fresh entry, or something is to be sent: what it needs (TLS, signatures) would be
// milliseconds of every start.
#pragma once

#include <bmes/bytes.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace bmes::fleet {

/// Which program, and what is to run it: all that is known without a look at its modules.
struct question {
  std::string_view entry;  ///< the key of its first module
  std::span<const std::string_view> conditions, flags;
  hash128 engine{};
};

/// Points to what lives until the next call, or as long as the process.
struct answer {
  std::string_view reason;  ///< empty when there is what was asked for
  std::string_view detail;  ///< for people
  byte_view entry;          ///< a file of version 4, by the paths of this machine
  std::uint64_t received = 0, sent = 0;  ///< bytes on the wire
  double milliseconds = 0;
};

namespace reason {
inline constexpr std::string_view no_library = "no_library", bad_configuration = "bad_configuration", resting = "remote_resting",
                                  no_candidate = "no_candidate", no_trusted_key = "no_trusted_key", no_secret_key = "no_secret_key",
                                  bad_manifest = "bad_manifest", bad_graph = "bad_graph", not_worth_it = "remote_too_slow",
                                  known_there = "known_there", being_sent = "being_sent", stale_here = "stale_here", not_portable = "not_portable", no_remote = "no_remote";
}

/// What a server is good for: one line for people each.
struct check_line {
  std::string_view name, detail;
  bool holds = false, is_required = false;
};

/// Nothing but views and numbers crosses its border: the library has a C++ library of its own. Not for use by several threads. After a
/// fork, the child makes one of its own.
class client {
 public:
  /// A graph whose sources, facts and edges are those on this disk, from the first remote that has one. All that the remotes
  /// are asked takes no longer than the budget.
  [[nodiscard]] virtual answer find(const question&) = 0;
  /// Sends `entry`, a validated file of version 4, with the code of one engine, to each remote that may be written to and has no
  /// such graph. What is not fresh is not sent. `load_ms` is what loading from sources took, 0 when that is not known.
  [[nodiscard]] virtual answer upload(const question&, byte_view entry, double load_ms) = 0;
  /// Whether the server at `url` does what a cache has to. The lines live until the next call.
  [[nodiscard]] virtual std::span<const check_line> check_server(std::string_view url) = 0;
  /// A text of a new secret key, or of the public key of a secret one; empty when that can't be.
  [[nodiscard]] virtual std::string_view generate_key(std::string_view name) = 0;
  [[nodiscard]] virtual std::string_view public_key_of(std::string_view secret) = 0;
  /// What is configured, for people.
  [[nodiscard]] virtual std::string_view description() = 0;

 protected:
  ~client() = default;
};

/// Whether somebody configured remotes: BMES_CACHE_REMOTE, or a file that is there. Takes microseconds.
[[nodiscard]] bool is_configured();
/// The file that configures them: $BMES_FLEET, or the first that is there of $XDG_CONFIG_HOME/bmes/fleet.json (~/.config) and /etc/bmes/fleet.json; empty without.
[[nodiscard]] std::string configuration_file();

struct loaded_client {
  client* it = nullptr;  ///< as long as the process
  std::string error;
};
/// Loads the library, which lies beside the executable or the addon, or where it was installed. `folder` is the user's own, absolute.
[[nodiscard]] loaded_client load_client(const std::string& folder);

}  // namespace bmes::fleet
