#include "engines.hpp"

#include <cstdio>

namespace bmes::tools {

std::unique_ptr<engine> make_engine(module_host&) {
  std::fputs("bmes: this build has no JavaScript engine: build with -Djsc=enabled (scripts/setup installs it)\n", stderr);
  return nullptr;
}

std::string engine_description() { return "none"; }

}  // namespace bmes::tools
