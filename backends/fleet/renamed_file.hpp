// A file of version 4 under other names, without a look at what does not change.
#pragma once

#include "pages.hpp"

#include <bmes/v4.hpp>
#include <functional>
#include <optional>
#include <string>

namespace bmes::fleet {

struct new_name {
  std::string name;
  source_identity identity;  ///< the times, device and inode to note
};

/// `file` with the modules and facts that `rename` gives other names for; those of nothing stop it. Null where the new file could not have
/// the rows of the old one: strings would come in another order, or one of them is used for something else, too. Complexity: linear;
/// what is not renamed is copied.
[[nodiscard]] std::unique_ptr<stored_bytes> renamed_file(const v4::file& file,
                                                         const std::function<std::optional<new_name>(std::string_view, const source_identity&)>& rename);

}  // namespace bmes::fleet
