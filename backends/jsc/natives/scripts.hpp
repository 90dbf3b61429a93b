// Scripts of node:vm.
#pragma once

#include "prelude.hpp"

namespace bmes::jsc {

/// Where they come from: nothing that they could import from.
inline constexpr WTF::ASCIILiteral script_origin = "script:vm"_s;

}  // namespace bmes::jsc
