// A store on a local folder: one file an entry, `<key in hex>.cache`, and beside it `<key in hex>.writing`, locked, while somebody is
// about to write it, or `<key in hex>.crashed`, set aside by a crash_breaker, and `<key in hex>.counts`, how starts went.
#pragma once

#include "housekeeping.hpp"

#include <bmes/store.hpp>

namespace bmes::filesystem {

inline constexpr std::string_view entry_suffix = ".cache", turn_suffix = ".writing", crashed_suffix = ".crashed", counts_suffix = ".counts",
                                  temporary_suffix = ".tmp";

struct folder_places {
  std::string own;       ///< the user's, absolute; empty when there is none
  std::string readonly;  ///< one that is only read, whoever owns it; absolute, or empty
  bool is_shared = false;  ///< what is put in `own`, and `own` if it is made, may be read by all
};

/// The user's folder is made (mode 0700, its parents too) when something is first put. Entries are written to a temporary file and
/// renamed, mode 0600; then the folder is brought back within `limits`. A folder that belongs to somebody else, or that others can
/// write to, is neither read nor written, and an entry likewise is not read. Those in the read-only folder may also be root's
/// or its owner's. Starts are counted in the user's folder: of hits, once the entry is a minute old, one of sixteen for all. Of two entries the one
/// of the user's folder counts that was put after the other one came to this machine.
[[nodiscard]] std::unique_ptr<cache_store> make_folder_store(folder_places places, folder_limits limits = {});

/// Makes a user's own folder where there is none, and its parents; false when that can't be.
[[nodiscard]] bool make_folder(const std::string& folder);

/// Why `folder` is not to be used as the user's own, or as one that is only read; no reason when it is, or is not there.
[[nodiscard]] store_error check_folder(const std::string& folder, bool is_own);

}  // namespace bmes::filesystem
