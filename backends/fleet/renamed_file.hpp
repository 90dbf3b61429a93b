// A file of version 4 under other names, without a look at what does not change.
#pragma once

#include "compression.hpp"

#include <bmes/v4.hpp>
#include <functional>
#include <optional>
#include <string>

namespace bmes::fleet {

struct new_name {
  std::string name;
  source_identity identity;  ///< the times, device and inode to note
};

using rename_function = std::function<std::optional<new_name>(std::string_view, const source_identity&)>;

/// The bytes of `graph`, which are `file`, become those of a file with the names that `rename` gives its modules and facts; `file` is gone then.
/// False, and nothing is changed, where `rename` has no name, where the new file could not have the rows of the old one (strings would
/// come in another order, or one of them is used for something else, too), or there is no room. Complexity: linear in what is no
/// payload; payloads stay where they are.
[[nodiscard]] bool rename_in_place(packing::pages& graph, const v4::file& file, const rename_function& rename);
/// The room that is enough for `count` names, each of which grows by no more than `growth` bytes.
[[nodiscard]] packing::parcel_room room_for_names(std::size_t count, std::size_t growth) noexcept;

}  // namespace bmes::fleet
