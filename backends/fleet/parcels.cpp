#include "parcels.hpp"

#include "fleet.hpp"

#include <algorithm>
#include <bmes/checksum.hpp>
#include <random>
#include <thread>

namespace bmes::fleet {
namespace {

constexpr auto claimed_for = std::chrono::seconds(60);
constexpr unsigned longest_hesitation_ms = 300, most_tries = 3;

class sending {
 public:
  sending(remote::remote_store& store, const signing::trust& trust, const signing::secret_key& secret, const hash128& key, const candidate& mine)
      : store_(store), trust_(trust), secret_(secret), key_(key), mine_(mine), claim_key_(claim_key()) {}
  ~sending() {
    if (has_claim_) store_.end_claim(claim_key_);
  }
  sending(const sending&) = delete;
  sending& operator=(const sending&) = delete;

  sent_graph run(byte_view packed) {
    if (store_error error = look(); !error.reason.empty()) return {std::move(error), sent_};
    has_claim_ = store_.claim(claim_key_, claimed_for);
    if (!has_claim_) return {{reason::being_sent, "somebody else has begun to, less than a minute ago"}, sent_};
    // Many that began at once do not end at once any more: one of them is first.
    if (!store_.has_claims()) std::this_thread::sleep_for(std::chrono::milliseconds(std::random_device()() % longest_hesitation_ms));
    // Whoever was before may be done.
    if (store_error error = look(); !error.reason.empty()) return {std::move(error), sent_};
    if (store_error error = put_graph(packed); !error.reason.empty()) return {std::move(error), sent_};
    return {list(), sent_};
  }

 private:
  // Two runs of one program may have learned different functions: what they are of is what counts, and who signs.
  [[nodiscard]] hash128 claim_key() const {
    std::array<std::byte, sizeof(signing::digest) + sizeof(signing::key_id)> claimed{};
    std::ranges::copy(mine_.row.facts_digest, claimed.begin());
    std::ranges::copy(secret_.public_part().id(), claimed.begin() + sizeof(signing::digest));
    return checksum128(claimed);
  }

  // What the manifest has beside `mine`. `known_there` if that is in it, with its graph; or why there is no knowing.
  [[nodiscard]] store_error look() {
    candidates_.clear();
    manifest_ = get_proven(store_, trust_, key_, largest_manifest, received_);
    if (!manifest_.bytes) return is_well(manifest_.error.reason) ? store_error{} : manifest_.error;
    if (const auto read = read_manifest(manifest_.bytes->bytes())) candidates_ = *read;
    const auto same = std::ranges::find_if(candidates_, [&](const candidate& c) {
      return c.row.facts_digest == mine_.row.facts_digest && c.row.facts_size == mine_.row.facts_size && c.row.root_depth == mine_.row.root_depth;
    });
    if (same == candidates_.end()) return {};
    // A server that throws away may have thrown the larger half away, and what is there may be anybody's.
    const auto graph = get_proven(store_, trust_, same->row.blob_key, largest_graph, received_);
    if (graph.bytes) return {reason::known_there, "it has this graph"};
    candidates_.erase(same);
    return is_well(graph.error.reason) ? store_error{} : graph.error;
  }

  [[nodiscard]] store_error put_graph(byte_view packed) {
    const hash128& at = mine_.row.blob_key;
    const auto graph = signing::sign(secret_, at, packed);
    bool is_new = false;
    if (auto error = store_.add(at, graph, is_new); !error.reason.empty()) return error;
    // What is there already under this name has to be what somebody signed who is trusted.
    if (!is_new) {
      const auto there = get_proven(store_, trust_, at, largest_graph, received_);
      if (there.bytes) return {};
      if (!is_well(there.error.reason)) return there.error;
      if (auto error = store_.put(at, graph); !error.reason.empty()) return error;
    }
    sent_ += graph.size();
    return {};
  }

  [[nodiscard]] store_error list() {
    for (unsigned tries = 0; tries < most_tries; ++tries) {
      candidates_.insert(candidates_.begin(), mine_);
      if (candidates_.size() > most_candidates) candidates_.resize(most_candidates);
      const auto manifest = signing::sign(secret_, key_, packing::pack_parcel(write_manifest(candidates_)));
      if (auto error = store_.put(key_, manifest); !error.reason.empty()) return error;
      sent_ += manifest.size();
      // Two at once may have read the same manifest: then the other's put has taken this one's place.
      const store_error error = look();
      if (error.reason == reason::known_there) return {};
      if (!error.reason.empty()) return error;
    }
    return {};
  }

  remote::remote_store& store_;
  const signing::trust& trust_;
  const signing::secret_key& secret_;
  const hash128& key_;
  const candidate& mine_;
  hash128 claim_key_;
  bool has_claim_ = false;
  proven_parcel manifest_;  // what `candidates_` point into
  std::vector<candidate> candidates_;
  std::uint64_t received_ = 0, sent_ = 0;
};

}  // namespace

bool is_well(std::string_view why) noexcept {
  return why.empty() || why == bmes::reason::no_entry || why == signing::reason::not_signed || why == signing::reason::unknown_key ||
         why == signing::reason::revoked_key || why == signing::reason::wrong_signature;
}

proven_parcel get_proven(remote::remote_store& store, const signing::trust& trust, const hash128& key, std::uint64_t most, std::uint64_t& received,
                         packing::parcel_room room) {
  proven_parcel out;
  auto got = store.get(key);
  if (!got.entry) {
    out.error = std::move(got.error);
    return out;
  }
  received += got.entry->bytes().size();
  auto proven = signing::prove(trust, key, got.entry->bytes());
  out.error = std::move(proven.error);
  if (!out.error.reason.empty()) return out;
  out.packed = proven.contents;
  out.packed_digest = proven.contents_digest;
  out.stored = std::move(got.entry);
  auto unpacked = packing::unpack_parcel(out.packed, most, room);
  out.bytes = std::move(unpacked.bytes);
  out.error = std::move(unpacked.error);
  return out;
}

sent_graph send_graph(remote::remote_store& store, const signing::trust& trust, const signing::secret_key& secret, const hash128& key,
                      const candidate& mine, byte_view packed) {
  return sending(store, trust, secret, key, mine).run(packed);
}

}  // namespace bmes::fleet
