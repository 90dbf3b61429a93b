// `bmes graph`: the modules of a program, how they are connected, and what each takes in the cache.
#pragma once

#include "run.hpp"

#include <string>

namespace bmes::tools {

struct graph_request : resolution_rules {
  std::string entry;   ///< a program with an entry in the cache, or a file of any version
  std::string folder;  ///< empty: the one that `run` has
  enum class form_type { table, json, dot, html } form = form_type::table;
  std::string output = "-";
  bool times = false;                  ///< runs the program, from its sources and from the cache, and shows what each module took
  unsigned runs = 1;                   ///< of each kind; the fastest counts
  std::vector<std::string> arguments;  ///< of the program
};

int show_graph(const graph_request&);

}  // namespace bmes::tools
