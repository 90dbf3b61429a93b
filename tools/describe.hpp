// What a file holds, in words for people.
#pragma once

#include "conversion.hpp"

#include <fmt/format.h>
#include <iterator>

namespace bmes::tools {

using buffer = fmt::memory_buffer;

template <class... T>
void put(buffer& out, fmt::format_string<T...> text, T&&... values) {
  fmt::format_to(std::back_inserter(out), text, std::forward<T>(values)...);
}

[[nodiscard]] std::string words_for(const name&);
[[nodiscard]] std::string_view words_for(uncacheable);

/// A page: how many modules there are, whose bytecode, what the bytes are, which modules are large. `stored` is the size
/// on the disk, where the file is in an LZ4 frame.
void put_overview(buffer& out, const any_graph&, byte_view bytes, std::uint64_t stored);

/// Everything that the record of a module says.
void put_module(buffer& out, const owned_graph&, std::size_t index);

/// Everything: sections, engines, facts, and all modules.
void put_graph(buffer& out, const any_graph&, byte_view bytes);

}  // namespace bmes::tools
