#include "candidates.hpp"

#include "beside.hpp"
#include "files.hpp"

#include <bmes/cache_key.hpp>

namespace bmes::fleet {
namespace {

constexpr std::size_t worth_a_thread = 64;

/// The name of a claim that `is_wrong`; empty when none is. Half of them are looked at by another thread if there are many.
std::string first_wrong(std::span<const resolution_fact> claims, looks& known, const auto& is_wrong) {
  const auto find = [&](looks& mine, std::size_t begin, std::size_t step) {
    for (std::size_t i = begin; i < claims.size(); i += step)
      if (is_wrong(claims[i], mine)) return std::string(claims[i].path);
    return std::string();
  };
  if (claims.size() < worth_a_thread) return find(known, 0, 1);
  looks others = known;
  std::string there;
  const auto rest = [&] { there = find(others, 1, 2); };
  beside other(rest);
  auto here = find(known, 0, 2);
  other.join();
  known.take(std::move(others));
  return here.empty() ? there : here;
}

disk_state look_at(std::string_view name, bool with_hash, const project_paths& paths, looks& known) {
  const auto local = paths.to_local(name);
  return local ? known(*local, with_hash) : disk_state{};
}

}  // namespace

disk_state looks::operator()(const std::string& key, bool with_hash) {
  const auto at = known_.find(key);
  if (at != known_.end() && (!with_hash || at->second.kind != fact_kind::file || at->second.identity.hash != hash128{})) return at->second;
  return known_[key] = filesystem::look(key, with_hash);
}

source_identity looks::identity_of(const std::string& key) const {
  const auto at = known_.find(key);
  return at == known_.end() ? source_identity{} : at->second.identity;
}

void looks::take(looks&& other) {
  known_.merge(other.known_);
  // What both have looked at, one of them perhaps with a hash.
  for (auto& [key, state] : other.known_)
    if (auto& here = known_.at(key); here.identity.hash == hash128{}) here = state;
}

hash128 manifest_key(const question& q, const project& p, const project_paths& paths) {
  const auto contents = [](const std::string& path) {
    if (path.empty()) return std::string("absent");
    return filesystem::to_hex(filesystem::look(path, true).identity.hash);
  };
  const std::string entry = paths.to_portable(q.entry), engine = filesystem::to_hex(q.engine);
  const auto name_of = [&](const std::string& path) { return path.empty() ? std::string() : paths.to_portable(path); };
  const std::string format = "bmes manifest 2, format " + std::to_string(v4::version), lock = name_of(p.lock_file) + " " + contents(p.lock_file),
                    package = name_of(p.package) + " " + contents(p.package);
  // What follows has an order of its own, and is told from the flags.
  std::vector<std::string> given;
  for (const std::string_view f : q.flags) given.push_back("flag " + std::string(f));
  for (const std::string* const s : {&format, &engine, &lock, &package}) given.push_back("fact " + *s);
  const std::vector<std::string_view> flags(given.begin(), given.end());
  return key_of({entry, q.conditions, flags});
}

std::vector<resolution_fact> claims_of(const v4::file& facts) {
  std::vector<resolution_fact> out;
  out.reserve(facts.module_count() + facts.facts().size());
  for (const auto m : facts.modules()) out.push_back({m.url(), fact_kind::file, m.source()});
  for (const resolution_fact f : facts.facts()) out.push_back(f);
  return out;
}

bool is_of_package(const resolution_fact& claim) noexcept { return claim.path.find("/node_modules/") != std::string_view::npos; }

std::string first_other_size(std::span<const resolution_fact> claims, const project_paths& paths, looks& known) {
  return first_wrong(claims, known, [&](const resolution_fact& c, looks& mine) {
    const disk_state now = look_at(c.path, false, paths, mine);
    return now.kind != c.kind || (c.kind == fact_kind::file && now.identity.size != c.identity.size);
  });
}

std::string first_difference(std::span<const resolution_fact> claims, const project_paths& paths, looks& known) {
  return first_wrong(claims, known, [&](const resolution_fact& c, looks& mine) {
    const auto look = [&](std::string_view name, bool with_hash) { return look_at(name, with_hash, paths, mine); };
    return !check_fact(c, look, check_mode::hash).holds;
  });
}

}  // namespace bmes::fleet
