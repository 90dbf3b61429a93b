#pragma once
#include <algorithm>
#include <array>
#include <bmes/checksum.hpp>
#include <span>
#include <string_view>
#include <vector>

namespace bmes {

/// All that decides what a program's specifiers mean, but the disk. Engines that resolve alike have the same
/// description, and with it the same entry.
struct program_description {
  std::string_view entry;                             ///< the key of the entry module
  std::span<const std::string_view> conditions = {};  ///< of packages' exports, beyond those that every program has
  std::span<const std::string_view> flags = {};       ///< whatever else leads specifiers elsewhere, e.g. preserve-symlinks
};

/// The key of a program's entry. The order of conditions and flags makes no difference.
[[nodiscard]] inline hash128 key_of(const program_description& p) {
  std::vector<std::byte> text;
  const auto add_number = [&](std::uint64_t n) {
    std::array<std::byte, 8> wire;
    wire_rep<std::uint64_t>::store(wire, n);
    text.insert(text.end(), wire.begin(), wire.end());
  };
  const auto add = [&](std::string_view s) {
    add_number(s.size());
    text.insert(text.end(), as_bytes(s).begin(), as_bytes(s).end());
  };
  add(p.entry);
  for (const auto list : {p.conditions, p.flags}) {
    std::vector<std::string_view> sorted(list.begin(), list.end());
    std::ranges::sort(sorted);
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    add_number(sorted.size());
    for (const std::string_view s : sorted) add(s);
  }
  return checksum128(text);
}

}  // namespace bmes
