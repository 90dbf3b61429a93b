// The engine that was built in.
#pragma once

#include <bmes/engine.hpp>

namespace bmes::tools {

/// Null, after saying on stderr what is missing, when bmes was built without an engine.
[[nodiscard]] std::unique_ptr<engine> make_engine(module_host&);

}  // namespace bmes::tools
