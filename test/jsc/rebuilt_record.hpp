// A look inside the engine, for the tests: what it has of a module that it never parsed. Includes none of its headers.
#pragma once

#include <bmes/owned.hpp>

namespace bmes::jsc {

/// The engine's record of module `index`, made from a validated file as the warm path makes it, and read back
/// as the cold path reads it. What linking needs is in it; the traits of variables are not.
owned_record rebuilt_record(const v4::file&, std::uint32_t index);

}  // namespace bmes::jsc
