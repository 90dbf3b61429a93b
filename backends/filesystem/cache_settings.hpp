// What the environment says of the cache, for every host of it.
#pragma once

#include "folder_store.hpp"

#include <bmes/freshness.hpp>
#include <optional>

namespace bmes::filesystem {

/// The value of a variable; empty where there is none.
[[nodiscard]] std::string environment(const char* name);

/// A size in bytes: digits, and K, M or G for powers of 1,024, with "B" or "iB" after it or not. Nothing for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view);
/// A time in nanoseconds, whole seconds: digits, and s, m, h or d. Nothing for anything else.
[[nodiscard]] std::optional<std::int64_t> parse_duration(std::string_view);

/// BMES_CACHE_READONLY beside the user's own folder.
[[nodiscard]] folder_places places_for(std::string own);

/// BMES_CACHE_MAX and BMES_CACHE_MAX_AGE. What can't be understood is as if it were not there, and named in `wrong`.
[[nodiscard]] folder_limits limits_asked_for(std::string* wrong = nullptr);

/// BMES_CHECK, likewise.
[[nodiscard]] check_mode check_asked_for(std::string* wrong = nullptr);

}  // namespace bmes::filesystem
