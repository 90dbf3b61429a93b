#include "candidates.hpp"

#include "beside.hpp"
#include "files.hpp"

#include <bmes/cache_key.hpp>

namespace bmes::fleet {
namespace {

constexpr std::size_t worth_a_thread = 64;

/// The first name of modules and facts from `begin` on, each `step`th, that is not here what the file says; empty when all are.
std::string difference_in(const v4::file& facts, const project_paths& paths, looks& known, std::size_t begin, std::size_t step) {
  const auto look = [&](std::string_view name, bool with_hash) {
    const auto local = paths.to_local(name);
    return local ? known(*local, with_hash) : disk_state{};
  };
  for (std::size_t i = begin; i < facts.module_count(); i += step) {
    const auto m = facts.module_at(static_cast<std::uint32_t>(i));
    if (!check_file(m.source(), m.url(), look, check_mode::hash).holds) return std::string(m.url());
  }
  const auto all = facts.facts();
  for (std::size_t i = begin; i < all.size(); i += step) {
    const resolution_fact f = all[i];
    if (!check_fact(f, look, check_mode::hash).holds) return std::string(f.path);
  }
  return {};
}

/// The same without a look into files.
std::string other_size_in(const v4::file& facts, const project_paths& paths, looks& known, std::size_t begin, std::size_t step) {
  const auto is_other = [&](std::string_view name, fact_kind kind, std::uint64_t size) {
    const auto local = paths.to_local(name);
    const auto now = local ? known(*local, false) : disk_state{};
    return now.kind != kind || (kind == fact_kind::file && now.identity.size != size);
  };
  for (std::size_t i = begin; i < facts.module_count(); i += step) {
    const auto m = facts.module_at(static_cast<std::uint32_t>(i));
    if (is_other(m.url(), fact_kind::file, m.source().size)) return std::string(m.url());
  }
  const auto all = facts.facts();
  for (std::size_t i = begin; i < all.size(); i += step) {
    const resolution_fact f = all[i];
    if (is_other(f.path, f.kind, f.identity.size)) return std::string(f.path);
  }
  return {};
}

/// What `find` finds, one half of it by another thread if there is much.
std::string find_in_halves(const v4::file& facts, const project_paths& paths, looks& known, decltype(difference_in)& find) {
  if (facts.module_count() < worth_a_thread) return find(facts, paths, known, 0, 1);
  looks others = known;
  std::string there;
  const auto rest = [&] { there = find(facts, paths, others, 1, 2); };
  beside other(rest);
  auto here = find(facts, paths, known, 0, 2);
  other.join();
  known.take(std::move(others));
  return here.empty() ? there : here;
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
  for (auto& [key, state] : other.known_)
    if (auto& here = known_[key]; here.identity.hash == hash128{}) here = state;
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

std::string first_other_size(const v4::file& facts, const project_paths& paths, looks& known) {
  // Of what the second candidate was made from, most has been looked at for the first.
  return known.is_empty() ? find_in_halves(facts, paths, known, other_size_in) : other_size_in(facts, paths, known, 0, 1);
}

std::string first_difference(const v4::file& facts, const project_paths& paths, looks& known) {
  return find_in_halves(facts, paths, known, difference_in);
}

}  // namespace bmes::fleet
