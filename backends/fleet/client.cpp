#include "client.hpp"

#include "beside.hpp"
#include "candidates.hpp"
#include "compression.hpp"
#include "files.hpp"
#include "folder_store.hpp"
#include "manifest.hpp"
#include "parcels.hpp"
#include "portable_graph.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <bmes/cache.hpp>

namespace bmes::fleet {
namespace {

constexpr std::uint32_t any_depth = 0xFFFFFFFF;

class timer {
 public:
  [[nodiscard]] double milliseconds() const { return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun_).count(); }
  [[nodiscard]] std::chrono::steady_clock::time_point begun() const { return begun_; }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace

fleet_client::fleet_client(std::string folder, const std::string& configuration) : folder_(std::move(folder)), settings_(read_settings(configuration)) {
  if (::sodium_init() < 0 && settings_.error.empty()) settings_.error = "libsodium does not start";
  // Who signs with a key trusts it.
  if (settings_.secret) settings_.trust.accepted.push_back(settings_.secret->public_part());
}

answer fleet_client::tell(std::string_view why, std::string detail) {
  detail_ = std::move(detail);
  answer out;
  out.reason = why;
  out.detail = detail_;
  return out;
}

remote::remote_store* fleet_client::open(const configured_remote& r, std::string& error) {
  auto& known = open_[r.settings.url];
  if (!known) {
    auto made = remote::make_remote_store(r.settings);
    error = std::move(made.error);
    known = std::move(made.store);
  }
  return known.get();
}

std::string fleet_client::rest_file(const configured_remote& r) const {
  return folder_ + "/remote-" + filesystem::to_hex(checksum128(as_bytes(r.settings.url))).substr(0, 16) + ".resting";
}

bool fleet_client::is_resting(const configured_remote& r) const {
  struct stat s {};
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return ::lstat(rest_file(r).c_str(), &s) == 0 && s.st_mtim.tv_sec <= now.tv_sec && now.tv_sec - s.st_mtim.tv_sec < settings_.rest.count();
}

void fleet_client::let_rest(const configured_remote& r) const {
  if (folder_.empty() || !filesystem::make_folder(folder_)) return;
  const filesystem::descriptor fd(::open(rest_file(r).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (fd.valid()) ::futimens(fd.get(), nullptr);
}

answer fleet_client::find(const question& q) {
  const timer t;
  answer out = find_in_all(q, t.begun() + settings_.budget);
  out.milliseconds = t.milliseconds();
  return out;
}

answer fleet_client::find_in_all(const question& q, std::chrono::steady_clock::time_point deadline) {
  if (!settings_.error.empty()) return tell(reason::bad_configuration, settings_.error);
  if (!std::ranges::any_of(settings_.remotes, &configured_remote::is_read)) return tell(reason::no_remote, "none that is read");
  if (settings_.trust.accepted.empty()) return tell(reason::no_trusted_key, "nobody's graphs are trusted: BMES_CACHE_TRUST is empty");
  const project p = project::of(std::string(q.entry));
  const project_paths paths(p.root);
  const hash128 key = manifest_key(q, p, paths);
  looks known;
  answer first;
  first_detail_.clear();
  std::uint64_t received = 0;
  for (const configured_remote& r : settings_.remotes) {
    if (!r.is_read) continue;
    std::string error;
    // Whoever comes after one that took all the time was not asked, and is not at fault.
    const bool is_late = std::chrono::steady_clock::now() >= deadline;
    const bool rests = !is_late && is_resting(r);
    remote::remote_store* const store = is_late || rests ? nullptr : open(r, error);
    answer got;
    if (is_late) {
      got = tell(remote::reason::timeout, "no time was left for it");
    } else if (store) {
      store->set_deadline(deadline);
      got = find_in(*store, key, q, p, paths, known, deadline);
      if (!got.reason.empty()) detail_ = store->name() + (detail_.empty() ? "" : ": ") + detail_;
      if (failed_) let_rest(r);
    } else {
      got = rests ? tell(reason::resting, "it failed less than " + std::to_string(settings_.rest.count()) + " s ago") : tell(reason::bad_configuration, error);
    }
    received += got.received;
    got.received = received;
    if (got.reason.empty()) return got;
    // What stands in the way says more than that there is nothing.
    if (first.reason.empty() || (is_well(first.reason) && !is_well(got.reason))) first = got, first_detail_ = detail_;
  }
  first.received = received;
  first.detail = first_detail_;
  return first;
}

answer fleet_client::find_in(remote::remote_store& store, const hash128& key, const question& q, const project& p, const project_paths& paths,
                             looks& known, std::chrono::steady_clock::time_point deadline) {
  answer out;
  failed_ = false;
  const auto refuse = [&](std::string_view why, std::string detail) {
    const auto told = tell(why, std::move(detail));
    out.reason = told.reason;
    out.detail = told.detail;
    return out;
  };
  const auto fail = [&](store_error error) {
    failed_ = !is_well(error.reason);
    return refuse(error.reason, std::move(error.message));
  };
  const timer asked;
  auto got = get_proven(store, settings_.trust, key, largest_manifest, out.received);
  if (!got.bytes) return fail(std::move(got.error));
  const double round_trip = asked.milliseconds();
  const auto candidates = read_manifest(got.bytes->bytes());
  if (!candidates) return refuse(reason::bad_manifest, std::string(candidates.error().field));
  std::string difference;
  const auto note = [&](std::string what) {
    if (difference.empty()) difference = std::move(what);
  };
  store_error missing;  // of a candidate that fits
  for (const candidate& c : *candidates) {
    const candidate_row& row = c.row;
    if (row.root_depth != any_depth && row.root_depth != paths.depth()) {
      note("a project of another depth");
      continue;
    }
    const auto facts = v4::file::open(c.facts);
    if (!facts) return refuse(reason::bad_manifest, std::string(facts.error().field));
    const auto claims = claims_of(*facts);
    // The key is of the lock file, and packages mostly are what that says. Where there is none, sizes choose among several candidates.
    auto looked_at = claims;
    if (!p.lock_file.empty() || candidates->size() == 1) std::erase_if(looked_at, is_of_package);
    if (auto other = first_other_size(looked_at, paths, known); !other.empty()) {
      note(std::move(other));
      continue;
    }
    if (auto why = why_not_worth_it(row, round_trip, deadline); !why.empty()) return refuse(reason::not_worth_it, std::move(why));
    // Of the sizes that they should have, files mostly are what they should be: the graph comes while they are read.
    std::string other;
    const auto read = [&] { other = first_difference(claims, paths, known); };
    beside reading(read);
    auto blob = get_proven(store, settings_.trust, row.blob_key, largest_graph, out.received, room_to_move(*facts, paths));
    reading.join();
    if (!other.empty()) {
      note(std::move(other));
      continue;
    }
    // An older one may fit as well, and be there.
    if (!blob.bytes && is_well(blob.error.reason)) {
      if (missing.reason.empty()) missing = std::move(blob.error);
      continue;
    }
    if (!blob.bytes) return fail(std::move(blob.error));
    if (blob.packed.size() != row.blob_size || blob.packed_digest != row.blob_digest)
      return refuse(reason::bad_graph, "it is another one than the manifest names");
    // Each byte was just proven by the signature.
    const auto file = v4::file::open(blob.bytes->bytes(), v4::payload_proof::at_use);
    if (!file) return refuse(reason::bad_graph, std::string(file.error().field));
    if (!file->find_engine(q.engine)) return refuse(reason::bad_graph, "it is of another engine");
    // Nobody looks at the disk for it again.
    if (!is_made_from(*file, *facts)) return refuse(reason::bad_graph, "it is of other sources than the manifest names");
    auto local = to_local(std::move(blob.bytes), *file, paths, [&](const std::string& path) { return known.identity_of(path); });
    if (!local) return refuse(reason::bad_graph, std::string(local.error().field));
    entry_ = std::move(*local);
    out.entry = entry_->bytes();
    return out;
  }
  if (!missing.reason.empty()) return refuse(missing.reason, std::move(missing.message));
  return refuse(reason::no_candidate, difference.empty() ? "none" : "not as here: " + difference);
}

std::string fleet_client::why_not_worth_it(const candidate_row& row, double round_trip, time_point deadline) const {
  const double expected = round_trip + static_cast<double>(row.blob_size) / settings_.bytes_per_second * 1000;
  const std::chrono::duration<double, std::milli> left = deadline - std::chrono::steady_clock::now();
  if (expected > left.count()) return std::to_string(row.blob_size) + " bytes would not be here in time";
  // What hardly takes time is not worth a thought.
  const bool is_long = expected > static_cast<double>(settings_.budget.count()) / 4;
  if (is_long && row.saved_microseconds != 0 && expected > row.saved_microseconds / 1000.0)
    return std::to_string(row.blob_size) + " bytes would take longer than what they save";
  return {};
}

answer fleet_client::upload(const question& q, byte_view entry, double load_ms) {
  const timer t;
  answer out = upload_to_all(q, entry, load_ms, t.begun() + settings_.upload_budget);
  out.milliseconds = t.milliseconds();
  return out;
}

answer fleet_client::upload_to_all(const question& q, byte_view entry, double load_ms, std::chrono::steady_clock::time_point deadline) {
  if (!settings_.error.empty()) return tell(reason::bad_configuration, settings_.error);
  if (!std::ranges::any_of(settings_.remotes, &configured_remote::is_written)) return tell(reason::no_remote, "none that is written to");
  if (!settings_.secret) return tell(reason::no_secret_key, "there is no secret key to sign with");
  const auto file = v4::file::open(entry);
  if (!file) return tell(reason::not_portable, std::string(file.error().field));
  if (const auto changes = check_freshness(*file, filesystem::look); const source_change* const c = changes.first())
    return tell(reason::stale_here, std::string(c->path));
  const project p = project::of(std::string(q.entry));
  const project_paths paths(p.root);
  const auto portable = to_portable(*file, q.engine, paths);
  if (!portable) return tell(reason::not_portable, std::string(portable.error().field));
  const auto packed = packing::pack_parcel(portable->graph);
  if (packed.empty()) return tell(reason::not_portable, "it can't be packed");
  candidate mine;
  mine.facts = portable->facts;
  mine.row.blob_key = checksum128(packed);
  mine.row.blob_digest = signing::digest_of(packed);
  mine.row.facts_digest = signing::digest_of(portable->facts);
  mine.row.blob_size = packed.size();
  mine.row.saved_microseconds = static_cast<std::uint32_t>(std::clamp(load_ms * 1000, 0.0, 4e9));
  mine.row.root_depth = portable->is_bound_to_depth ? paths.depth() : any_depth;
  mine.row.facts_size = static_cast<std::uint32_t>(portable->facts.size());
  const hash128 key = manifest_key(q, p, paths);
  answer first;
  first_detail_.clear();
  bool is_sent = false;
  std::uint64_t sent = 0;
  for (const configured_remote& r : settings_.remotes) {
    if (!r.is_written) continue;
    std::string error;
    remote::remote_store* const store = open(r, error);
    if (!store) {
      if (first.reason.empty() || first.reason == reason::known_there) first.reason = reason::bad_configuration, first_detail_ = error;
      continue;
    }
    store->set_deadline(deadline);
    const auto [failure, bytes] = send_graph(*store, settings_.trust, *settings_.secret, key, mine, packed);
    sent += bytes;
    is_sent = is_sent || failure.reason.empty();
    if (failure.reason.empty()) continue;
    if (first.reason.empty() || first.reason == reason::known_there) first.reason = failure.reason, first_detail_ = store->name() + ": " + failure.message;
  }
  if (is_sent && first.reason == reason::known_there) first.reason = {}, first_detail_.clear();
  first.detail = first_detail_;
  first.sent = sent;
  return first;
}

std::span<const check_line> fleet_client::check_server(std::string_view url) {
  lines_.clear();
  checked_ = {};
  for (const configured_remote& r : settings_.remotes)
    if (r.settings.url == url) checked_ = r.settings;
  checked_.url = url;
  texts_.clear();
  const auto add = [&](std::string_view name, bool holds, std::string detail, bool is_required) {
    lines_.push_back({name, texts_.emplace_back(std::move(detail)), holds, is_required});
  };
  auto made = remote::make_remote_store(checked_);
  if (!made.store) {
    add("url", false, made.error, true);
  } else {
    for (auto& c : remote::check_server(*made.store)) add(texts_.emplace_back(std::move(c.name)), c.holds, std::move(c.detail), c.is_required);
  }
  return lines_;
}

std::string_view fleet_client::generate_key(std::string_view name) { return text_ = signing::to_text(signing::generate(std::string(name))); }

std::string_view fleet_client::public_key_of(std::string_view secret) {
  const auto key = signing::parse_secret(secret);
  return text_ = key ? signing::to_text(key->public_part()) : std::string();
}

std::string_view fleet_client::description() {
  text_.clear();
  const auto put = [&](const std::string& line) { text_ += line + "\n"; };
  if (!settings_.error.empty()) put("error    " + settings_.error);
  for (const configured_remote& r : settings_.remotes) {
    std::string error;
    const auto* const store = open(r, error);
    const std::string_view role = !r.is_written ? "read-only" : !r.is_read ? "write-only" : "read-write";
    put("remote   " + (store ? store->name() : error) + ", " + std::string(role) + (is_resting(r) ? ", resting after a failure" : ""));
  }
  for (const auto& k : settings_.trust.accepted) put("trusted  " + k.name);
  for (const auto& k : settings_.trust.revoked) put("revoked  " + k.name);
  if (settings_.secret) put("signs as " + settings_.secret->name);
  put("budget   " + std::to_string(settings_.budget.count()) + " ms");
  return text_;
}

}  // namespace bmes::fleet

extern "C" __attribute__((visibility("default"))) bmes::fleet::client* bmes_fleet_client_1(const char* folder, const char* configuration);
bmes::fleet::client* bmes_fleet_client_1(const char* folder, const char* configuration) { return new bmes::fleet::fleet_client(folder, configuration); }
