// The entries of a cache folder, as people ask about them.
#pragma once

#include "folder_store.hpp"
#include "start_counts.hpp"

#include "audit.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bmes::tools {

/// What an entry says of itself.
struct entry_facts {
  filesystem::stored_file file;
  std::string program;               ///< the entry module; empty when the file names none
  bool is_for_node = false;          ///< its specifiers lead where only Node's resolution does
  std::vector<std::string> engines;  ///< descriptions, in the file's order
  std::vector<hash128> fingerprints;
  std::uint32_t modules = 0;
  std::uint64_t unpacked_bytes = 0;
  filesystem::start_counts counts;
  std::optional<audit_result> audit;
  std::string wrong;   ///< why it can't be used, in words; empty when it can
  std::string reason;  ///< the same, as the trace has it
};

/// Reads the entry `file` of `folder`; with `prove`, all of it, and compared with its sources if there is an auditor.
[[nodiscard]] entry_facts read_entry(const std::string& folder, const filesystem::stored_file& file, bool prove, auditor* compare = nullptr);

/// "JavaScriptCore", "Node v26.1.0".
[[nodiscard]] std::string short_engine(std::string_view description);

struct cache_request {
  std::string folder;  ///< empty: the one that `run` has
  bool json = false;
  bool dry_run = false;
  bool audit = false;
  bool remote = false;
  std::size_t sample = 16;  ///< modules of an entry, with `audit`
  std::optional<std::uint64_t> most_bytes;
  std::optional<std::int64_t> longest_unused;
};

int cache_path(const cache_request&);
int cache_list(const cache_request&);
int cache_stats(const cache_request&);
int cache_verify(const cache_request&);
int cache_prune(const cache_request&);
int cache_clear(const cache_request&);

}  // namespace bmes::tools
