// What leads from a program's key to its graphs (docs/fleet.md, "Bytes"): of each graph what it was made from, and under which key it lies.
#pragma once

#include <bmes/cursor.hpp>
#include <bmes/error.hpp>
#include <bmes/schema.hpp>
#include <vector>

namespace bmes::fleet {

/// BLAKE2b, 256 bits: what a name cannot be forged for.
using digest = std::array<std::byte, 32>;

inline constexpr std::uint32_t manifest_magic = 0x4D534D42;  // "BMSM"
/// The oldest go first.
inline constexpr std::uint32_t most_candidates = 8;

struct manifest_header {
  static constexpr std::string_view name = "manifest";
  std::uint32_t magic = manifest_magic;
  std::uint32_t version = 1;
  std::uint32_t candidate_count = 0;
  std::uint32_t reserved = 0;
  static constexpr auto fields() {
    return std::tuple{field{"manifest.magic", &manifest_header::magic, "0x4D534D42"},
                      field{"manifest.version", &manifest_header::version, "1"},
                      field{"manifest.candidate_count", &manifest_header::candidate_count, "candidates, at most 8, the newest first"},
                      field{"manifest.reserved", &manifest_header::reserved, "zero"}};
  }
};

struct candidate_row {
  static constexpr std::string_view name = "candidate";
  hash128 blob_key{};
  digest blob_digest{};
  digest facts_digest{};
  std::uint64_t blob_size = 0;
  std::uint32_t saved_microseconds = 0;
  std::uint32_t root_depth = 0;
  std::uint32_t facts_size = 0;
  std::uint32_t reserved = 0;
  static constexpr auto fields() {
    return std::tuple{field{"candidate.blob_key", &candidate_row::blob_key, "XXH3-128 of the graph as it is stored; its key"},
                      field{"candidate.blob_digest", &candidate_row::blob_digest, "digest of the same"},
                      field{"candidate.facts_digest", &candidate_row::facts_digest, "digest of the candidate's facts file"},
                      field{"candidate.blob_size", &candidate_row::blob_size, "bytes of the graph as it is stored"},
                      field{"candidate.saved_microseconds", &candidate_row::saved_microseconds, "what loading from sources took, 0 unknown"},
                      field{"candidate.root_depth", &candidate_row::root_depth, "folders above the root if something outside of it counts, or 0xFFFFFFFF"},
                      field{"candidate.facts_size", &candidate_row::facts_size, "bytes of its facts file, after the rows in their order"},
                      field{"candidate.reserved", &candidate_row::reserved, "zero"}};
  }
};

struct candidate {
  candidate_row row;
  byte_view facts;  ///< a file of version 4: modules and facts, by portable names, without code
};

/// Points into `bytes`. The facts files are not looked at. Fails with bad_magic, unsupported_version, bad_count, truncated or trailing_bytes.
[[nodiscard]] result<std::vector<candidate>> read_manifest(byte_view bytes);
[[nodiscard]] std::vector<std::byte> write_manifest(const std::vector<candidate>&);

}  // namespace bmes::fleet
