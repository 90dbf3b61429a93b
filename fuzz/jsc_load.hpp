// The programs of the engine's target, and the files that the engine makes of them. Includes none of its headers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bmes::fuzz {

/// A program, what it prints when it is run from its sources, and the cache file that such a run leaves.
struct known_program {
  std::string_view entry;
  std::string prints;
  std::vector<std::byte> file;
};

/// Made on the first call, with the engine of this process.
const std::vector<known_program>& known_programs();

/// The first program's file with each payload at another module: fresh and undamaged, and nothing that the engine takes.
std::vector<std::byte> file_with_moved_payloads();

}  // namespace bmes::fuzz
