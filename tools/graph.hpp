// `bmes graph`: the modules of a program, how they are connected, and what each takes in the cache.
#pragma once

#include <string>

namespace bmes::tools {

struct graph_request {
  std::string entry;   ///< a program with an entry in the cache, or a file of any version
  std::string folder;  ///< empty: the one that `run` has
  enum class form_type { table, json, dot, html } form = form_type::table;
  std::string output = "-";
};

int show_graph(const graph_request&);

}  // namespace bmes::tools
