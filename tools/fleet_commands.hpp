// What a person does with remotes: keys, sending and getting ahead of time, looking at a server.
#pragma once

#include "run.hpp"

#include <string>
#include <vector>

namespace bmes::tools {

struct fleet_request : resolution_rules {
  std::string folder;  ///< empty: the one that `run` has
  std::vector<std::string> entries;
  bool json = false;
};

/// Sends the entries of the folder, or of these programs. 0 when each remote has them now.
int cache_push(const fleet_request&);
/// Gets these programs' graphs into the folder.
int cache_pull(const fleet_request&);
/// What is configured, and how the remotes served this machine.
int remote_stats(const fleet_request&);
int check_server(const std::string& url, bool json);

/// Writes a new secret key to `file`, which only its owner may read, and prints the public one.
int generate_key(const std::string& name, const std::string& file);
int show_key(const std::string& file);

}  // namespace bmes::tools
