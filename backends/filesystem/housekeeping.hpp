// What lies in a cache folder, and what of it goes when it is too much.
#pragma once

#include <bmes/bytes.hpp>
#include <bmes/module.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bmes::filesystem {

/// How large a folder may grow. Zero is no limit.
struct folder_limits {
  std::uint64_t most_bytes = std::uint64_t{512} << 20;
  std::int64_t longest_unused = 0;  ///< nanoseconds
};

inline constexpr std::int64_t one_second = 1'000'000'000;

enum class file_role : std::uint8_t {
  entry,      ///< a program's
  crashed,    ///< an entry that was set aside
  temporary,  ///< of somebody who writes, or wrote
  counts,     ///< of a program's starts
  engine,     ///< where an engine was when it last wrote
};

struct stored_file {
  std::string name;  ///< in the folder
  file_role role = file_role::entry;
  std::uint64_t bytes = 0;
  std::int64_t written = 0, used = 0;  ///< nanoseconds since 1970
};

/// The files of a cache in `folder`, by name; those of others are left out. None, and errno is set, when it can't be read.
[[nodiscard]] std::vector<stored_file> survey(const std::string& folder);

enum class removal_reason : std::uint8_t {
  abandoned,    ///< a temporary file that nobody writes any more, an entry that was set aside long ago, counts of one that is gone
  unused,       ///< for longer than the limit
  too_large,    ///< one that would leave no room for others
  dead_engine,  ///< all of its engines are gone, and the folder is too large
  least_used,   ///< the folder is too large
};
[[nodiscard]] std::string_view name_of(removal_reason) noexcept;

struct removal {
  std::size_t file = 0;  ///< its index in the survey
  removal_reason reason{};
};
/// What is to go, in this order, so that the folder is within its limits: a pure function. A folder that is too large gets down to nine
/// tenths, so that not every write is followed by a removal. `is_dead` says of an entry that no engine is left that could
/// use it; it is asked only when the folder is too large.
[[nodiscard]] std::vector<removal> to_remove(const std::vector<stored_file>&, const folder_limits&, std::int64_t now,
                                             const std::function<bool(const stored_file&)>& is_dead);

/// Whether all engines that the entry has code for wrote to this folder, and are gone or replaced.
[[nodiscard]] bool has_dead_engines_only(const std::string& folder, const std::string& name);

/// Keeps in `folder` where the program is that runs `engine`: this one.
void note_engine(const std::string& folder, const hash128& engine);

/// The present as those times.
[[nodiscard]] std::int64_t present();

/// Brings the folder back within its limits. What another process has mapped stays valid.
void keep_within(const std::string& folder, const folder_limits&);

}  // namespace bmes::filesystem
