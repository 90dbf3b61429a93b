// `bmes why`: what the next start of a program would find, and what to do about it.
#pragma once

#include "run.hpp"

#include <bmes/freshness.hpp>
#include <string>

namespace bmes::tools {

struct why_request : resolution_rules {
  std::string entry;
  std::string folder;  ///< empty: the one that `run` has
  check_mode check = check_mode::stat;
  bool json = false;
};

/// 0 when the start would be a hit, else 1. Nothing is run, and nothing written.
int why(const why_request&);

}  // namespace bmes::tools
