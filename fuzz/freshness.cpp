// A graph against disks: the one that it was made from is fresh, and a change of whatever it recorded is told with its path.
#include "model.hpp"

#include <bmes/freshness.hpp>
#include <map>

using namespace bmes;
using namespace bmes::fuzz;

namespace {

/// What a file of version 4 says was on the disk, modules first.
struct recorded {
  std::string_view path;
  disk_state state;
  bool is_module = false;
};

std::vector<recorded> records_of(const v4::file& file) {
  std::vector<recorded> out;
  for (std::uint32_t i = 0; i < file.module_count(); ++i) {
    const auto m = file.module_at(i);
    out.push_back({m.url(), {fact_kind::file, m.source()}, true});
  }
  for (const resolution_fact f : file.facts()) out.push_back({f.path, {f.kind, f.identity}, false});
  return out;
}

/// A disk that gives a hash only to those who ask for it.
struct disk {
  std::map<std::string_view, disk_state> states;
  mutable std::size_t hashes = 0;

  disk_state operator()(std::string_view path, bool with_hash) const {
    const auto at = states.find(path);
    if (at == states.end()) return {};
    disk_state out = at->second;
    if (!with_hash) out.identity.hash = {};
    hashes += with_hash;
    return out;
  }
};

/// docs/format.md, section 7, rules 3 and 4.
bool holds(const disk_state& known, const disk_state& now) {
  if (known.kind != now.kind || known.kind != fact_kind::file) return known.kind == now.kind;
  const auto& a = known.identity;
  const auto& b = now.identity;
  const bool same_times =
      a.modification_time != 0 && a.change_time != 0 && a.modification_time == b.modification_time && a.change_time == b.change_time;
  const bool same_place = (a.device == 0 || a.device == b.device) && (a.inode == 0 || a.inode == b.inode);
  return a.size == b.size && ((same_times && same_place) || a.hash == b.hash);
}

/// Everything recorded that does not hold is told, in order, and nothing else.
void check(const v4::file& file, const std::vector<recorded>& records, const disk& now) {
  const auto found = check_freshness(file, now);
  expect(found.edges_hold() == found.facts.empty() && (found.first() == nullptr) == (found.modules.empty() && found.facts.empty()), "all is told");
  auto module = found.modules.begin(), fact = found.facts.begin();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const recorded& r = records[i];
    const disk_state state = now(r.path, true);
    if (holds(r.state, state)) continue;
    expect(r.is_module ? module != found.modules.end() : fact != found.facts.end(), "what does not hold is told");
    const source_change& c = r.is_module ? *module++ : *fact++;
    const auto reason = !r.is_module                    ? stale_reason::resolution_changed
                        : state.kind == fact_kind::file ? stale_reason::source_changed
                                                        : stale_reason::source_missing;
    expect(c.reason == reason && !name_of(reason).empty(), "with the reason");
    expect(c.path == r.path && c.path.data() == r.path.data() && c.index == (r.is_module ? i : i - file.module_count()), "and its place");
    expect(c.before.kind == r.state.kind && c.before.identity == r.state.identity && c.now.kind == state.kind, "from what to what");
    expect(!describe(c).empty(), "in words");
  }
  expect(module == found.modules.end() && fact == found.facts.end(), "what holds is not told");
  for (const renewed_source& s : found.renewed) expect(s.identity == now(s.path, true).identity, "a new identity is the disk's");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto file = v4::file::open(bytes);
  if (!file) return 0;
  const auto records = records_of(*file);
  disk unchanged;
  bool consistent = true;
  for (const recorded& r : records) consistent = holds(r.state, unchanged.states.emplace(r.path, r.state).first->second) && consistent;
  check(*file, records, unchanged);
  unchanged.hashes = 0;
  expect(!consistent || check_freshness(*file, unchanged).first() == nullptr, "on the disk that it was made from, a graph is fresh");
  const auto untimed = [](const recorded& r) {
    return r.state.kind == fact_kind::file && (r.state.identity.modification_time == 0 || r.state.identity.change_time == 0);
  };
  const auto hashed = static_cast<std::size_t>(std::ranges::count_if(records, untimed));
  expect(!consistent || unchanged.hashes == hashed, "only what has no times is hashed");

  // Every change of one recorded thing; of large graphs, of some of them.
  const std::size_t step = records.size() / 16 + 1;
  for (std::size_t i = size % step; i < records.size(); i += step) {
    const disk_state known = records[i].state;
    const auto try_with = [&](const disk_state& changed, bool stale) {
      disk now = unchanged;
      now.states[records[i].path] = changed;
      check(*file, records, now);
      if (consistent) expect((check_freshness(*file, now).first() != nullptr) == stale, "a change makes a graph stale, and a touch does not");
    };
    for (const fact_kind kind : {fact_kind::absent, fact_kind::file, fact_kind::directory})
      if (kind != known.kind) try_with({kind, known.identity}, true);
    if (known.kind != fact_kind::file) continue;
    const auto edited = [&](auto edit) {
      disk_state out = known;
      edit(out.identity);
      return out;
    };
    const auto touch_times = [](source_identity& s) { ++s.modification_time, ++s.change_time; };
    const auto other_hash = [](source_identity& s) { s.hash[15] ^= std::byte{1}; };
    try_with(edited([](source_identity& s) { ++s.size; }), true);
    try_with(edited(touch_times), false);
    try_with(edited([](source_identity& s) { ++s.change_time; }), false);
    try_with(edited([](source_identity& s) { ++s.device; }), false);
    try_with(edited([](source_identity& s) { ++s.inode; }), false);
    try_with(edited([&](source_identity& s) { touch_times(s), other_hash(s); }), true);
    try_with(edited([&](source_identity& s) { ++s.change_time, other_hash(s); }), true);
    // Same size and times: taken for the same, unless the times are not known.
    // (A path may be recorded twice, as a module and as a fact.)
    const auto asks_for_hash = [&](const recorded& r) { return r.path == records[i].path && untimed(r); };
    try_with(edited(other_hash), std::ranges::any_of(records, asks_for_hash));
  }
  return 0;
}
