// Which remotes there are, who is trusted, and how long a start waits for them.
#pragma once

#include "remote_store.hpp"
#include "signature.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace bmes::fleet {

struct configured_remote {
  remote::remote_settings settings;
  bool is_read = true, is_written = true;
};

struct fleet_settings {
  std::vector<configured_remote> remotes;
  signing::trust trust;
  std::optional<signing::secret_key> secret;
  std::chrono::milliseconds budget{100};         ///< for all that a start asks
  std::chrono::milliseconds upload_budget{20000};  ///< for all that is sent after one
  std::chrono::seconds rest{10};                 ///< how long a remote that failed is left alone
  double bytes_per_second = 100e6;               ///< how fast a transfer is expected to be, to tell what is not worth it
  std::string error;                             ///< the first thing that could not be understood; then nothing is used
};

/// What BMES_CACHE_REMOTE and the other variables say, and the file, a JSON object, where they say nothing (docs/fleet.md, "Settings").
[[nodiscard]] fleet_settings read_settings(const std::string& file);

}  // namespace bmes::fleet
