// The host's modules in JavaScript, as the build compiled them (host/meson.build).
#pragma once

#include <bmes/bytes.hpp>

namespace bmes::tools {

/// A file of version 4, part of the command.
[[nodiscard]] byte_view host_graph();

}  // namespace bmes::tools
