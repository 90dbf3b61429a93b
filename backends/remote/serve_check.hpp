// Whether a server does what a cache has to.
#pragma once

#include "remote_store.hpp"

#include <vector>

namespace bmes::remote {

struct check_result {
  std::string name, detail;  ///< for people
  bool holds = false;
  bool is_required = false;
};

/// Stores a few entries under keys of chance, and removes them again where it can. Stops at the first required thing that does not hold.
[[nodiscard]] std::vector<check_result> check_server(remote_store&);

}  // namespace bmes::remote
