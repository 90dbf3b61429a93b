// A store on a local folder: one file an entry, `<folder>/<key in hex>.cache`, and beside it a locked one,
// `<key in hex>.writing`, while somebody is about to write it.
#pragma once

#include <bmes/store.hpp>

namespace bmes::filesystem {

/// The folder is made (mode 0700, its parents too) when something is first put. Entries are written to a
/// temporary file and renamed, mode 0600. An entry that is not a regular file of the user, or that others can
/// write to, is not used. `folder` is an absolute path.
[[nodiscard]] std::unique_ptr<cache_store> make_folder_store(std::string folder);

}  // namespace bmes::filesystem
