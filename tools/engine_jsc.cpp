#include "compression.hpp"
#include "engines.hpp"
#include "host_graph.hpp"
#include "jsc.hpp"

#include <bmes/version.hpp>

namespace bmes::tools {

std::unique_ptr<engine> make_engine(module_host& modules) {
  return jsc::make_engine(modules, library_version, {host_graph(), &packing::unpack_text, engine_functions()});
}

std::string engine_description() {
  const auto identity = jsc::identity();
  constexpr char digits[] = "0123456789abcdef";
  std::string out(identity.description);
  out += ", fingerprint ";
  for (const std::byte b : identity.fingerprint) out += {digits[std::to_integer<unsigned>(b) >> 4], digits[std::to_integer<unsigned>(b) & 15]};
  return out;
}

}  // namespace bmes::tools
