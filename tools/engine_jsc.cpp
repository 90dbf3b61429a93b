#include "compression.hpp"
#include "engines.hpp"
#include "host_graph.hpp"
#include "jsc.hpp"

#include <bmes/version.hpp>

namespace bmes::tools {

std::unique_ptr<engine> make_engine(module_host& modules) {
  return jsc::make_engine(modules, library_version, {host_graph(), &packing::unpack_text});
}

}  // namespace bmes::tools
