// `bmes compile --graph`: the entry of a program, made without running it.
#pragma once

#include "run.hpp"

#include <string>
#include <vector>

namespace bmes::tools {

/// Follows what the entries import, and puts what `run` looks for into `folder`, or into the user's own cache. What is put into a folder
/// that was named is for others and for other machines: all can read it, and it has no times of files, so that its bytes
/// depend on nothing but the names and contents of the sources.
int compile_graphs(const std::vector<std::string>& entries, const resolution_rules& rules, const std::string& folder, bool push = false);

}  // namespace bmes::tools
