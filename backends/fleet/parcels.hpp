// What lies on a remote: signed, packed, and believed only then.
#pragma once

#include "compression.hpp"
#include "manifest.hpp"
#include "remote_store.hpp"
#include "signature.hpp"

namespace bmes::fleet {

inline constexpr std::uint64_t largest_manifest = 64 << 20, largest_graph = std::uint64_t{1} << 30;

/// Whether a server that is well may say so: of an entry that it has not, or that is not one of somebody who is trusted.
[[nodiscard]] bool is_well(std::string_view reason) noexcept;

struct proven_parcel {
  std::unique_ptr<stored_bytes> stored;  ///< what `packed` lies in
  byte_view packed;
  signing::digest packed_digest{};
  std::unique_ptr<packing::pages> bytes;  ///< unpacked; none when there is an error
  store_error error;
};
/// What is stored under `key`, proven and unpacked, to no more than `most` bytes with this room around. Adds what came to `received`.
[[nodiscard]] proven_parcel get_proven(remote::remote_store&, const signing::trust&, const hash128& key, std::uint64_t most, std::uint64_t& received,
                                       packing::parcel_room = {});

struct sent_graph {
  store_error error;       ///< `known_there`, `being_sent`, or what the server has against it
  std::uint64_t sent = 0;  ///< bytes
};
/// Puts `packed`, the graph of `mine`, on the server, and `mine` first into the manifest of `key`, where that is not so already. A manifest that can't be
/// read for now is not replaced: it has others' candidates. What can be read and is not somebody's who is trusted is.
[[nodiscard]] sent_graph send_graph(remote::remote_store&, const signing::trust&, const signing::secret_key&, const hash128& key, const candidate& mine,
                                    byte_view packed);

}  // namespace bmes::fleet
