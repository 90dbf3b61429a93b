// What export_resolver says of a graph against ResolveExport as ECMA-262 has it, step by step and name by name.
#include "target.hpp"

#include <bmes/resolve_export.hpp>
#include <map>
#include <set>

using namespace bmes;
using namespace bmes::fuzz;

namespace {

constexpr std::uint32_t most_modules = 200;
constexpr std::size_t most_rows = 1000;

/// What ResolveExport gives. `unknown` is what depends on a module that the graph does not have.
struct resolved {
  enum class kind_type { binding, none, ambiguous, unknown } kind = kind_type::none;
  std::uint32_t module = external;
  v4::name_ref local_name{};
  friend bool operator==(const resolved&, const resolved&) = default;
};
using kind = resolved::kind_type;

class reference {
 public:
  explicit reference(const v4::file& f) : file_(f) {
    for (const v4::module_view m : f.modules())
      for (const v4::request_row r : m.request_rows()) {
        const auto to = static_cast<std::uint32_t>(r.resolved);
        const auto [at, is_new] = routes_.try_emplace({m.index(), static_cast<std::uint32_t>(r.specifier)}, to);
        // The same specifier with other attributes: imports and exports don't say which is meant.
        if (!is_new && at->second != to) at->second = external;
      }
    for (std::uint32_t i = 0; i < f.string_count(); ++i)
      if (f.text_at(i) == "default") default_ = i;
  }

  [[nodiscard]] resolved resolve(std::uint32_t module, std::uint32_t name) {
    visited_.clear();
    return step(module, name);
  }

  /// Whether every re-export of the graph leads to a binding, in modules of it, and never around a circle.
  [[nodiscard]] bool is_plain() {
    std::vector<int> state(file_.module_count());
    for (std::uint32_t i = 0; i < file_.module_count(); ++i)
      if (!is_plain_from(i, state)) return false;
    // A module that exports what is not there can't be linked: nothing has to be said of it.
    for (const v4::module_view m : file_.modules())
      for (const v4::export_row e : m.export_rows())
        if (resolve(m.index(), static_cast<std::uint32_t>(e.export_name)).kind != kind::binding) return false;
    return true;
  }

 private:
  template <class Ref>
  [[nodiscard]] std::uint32_t route(std::uint32_t module, Ref specifier) const {
    const auto at = routes_.find({module, static_cast<std::uint32_t>(specifier)});
    return at == routes_.end() ? external : at->second;
  }

  [[nodiscard]] bool is_plain_from(std::uint32_t index, std::vector<int>& state) const {
    if (state[index] != 0) return state[index] == 2;
    state[index] = 1;
    const auto m = file_.module_at(index);
    if (m.reason() != uncacheable::none) return false;
    for (const v4::export_row e : m.export_rows()) {
      if (e.type == export_type::local) continue;
      const auto to = route(index, e.module_name);
      if (to == external || (e.type == export_type::indirect && !is_plain_from(to, state))) return false;
    }
    for (const v4::star_row s : m.star_rows())
      if (const auto to = route(index, s.module_name); to == external || !is_plain_from(to, state)) return false;
    state[index] = 2;
    return true;
  }

  // ECMA-262, 16.2.1.7.2.2 (ResolveExport); the numbers are its steps.
  resolved step(std::uint32_t module, std::uint32_t name) {
    if (module == external || file_.module_at(module).reason() != uncacheable::none) return {kind::unknown};
    if (!visited_.insert({module, name}).second) return {kind::none};  // 3, 4
    const auto m = file_.module_at(module);
    for (const v4::export_row e : m.export_rows()) {  // 5, 6
      if (static_cast<std::uint32_t>(e.export_name) != name) continue;
      if (e.type == export_type::local) return {kind::binding, module, e.target_name};
      const auto to = route(module, e.module_name);
      if (to == external) return {kind::unknown};
      if (e.type == export_type::namespace_object) return {kind::binding, to, v4::name_ref::star_namespace};
      return step(to, static_cast<std::uint32_t>(e.target_name));
    }
    if (name == default_) return {kind::none};  // 7
    resolved found;                             // 9, 10
    bool depends = false;
    for (const v4::star_row s : m.star_rows()) {
      const resolved one = step(route(module, s.module_name), name);
      if (one.kind == kind::ambiguous) return one;
      if (one.kind == kind::unknown) depends = true;
      if (one.kind != kind::binding) continue;
      if (found.kind == kind::none) found = one;
      if (found != one) return {kind::ambiguous};
    }
    return depends ? resolved{kind::unknown} : found;  // 11
  }

  const v4::file& file_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> routes_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> visited_;
  std::uint32_t default_ = external;
};

void check(const v4::file& f) {
  {
    const bounded_work limit(f.bytes().size());
    export_resolver resolver(f);
    for (std::uint32_t i = 0; i < f.module_count(); ++i) (void)resolver.exports_of(i);
  }
  // The reference asks for each name at each module.
  const auto rows = f.rows<v4::export_row>().size() + f.rows<v4::star_row>().size() + f.rows<v4::request_row>().size();
  if (f.module_count() > most_modules || rows > most_rows) return;
  std::set<std::uint32_t> names;
  for (const v4::export_row e : f.rows<v4::export_row>()) names.insert(static_cast<std::uint32_t>(e.export_name));
  if (names.size() * f.module_count() * (rows + 1) > 2'000'000) return;
  reference expected(f);
  export_resolver resolver(f);
  const bool is_plain = expected.is_plain();
  for (std::uint32_t i = 0; i < f.module_count(); ++i)
    for (const std::uint32_t name : names) {
      const auto found = resolver.find(i, name);
      const resolved right = expected.resolve(i, name);
      if (found) expect(right == resolved{kind::binding, found->module, found->local_name}, "a binding that is said is the one of ECMA-262");
      if (is_plain && right.kind == kind::binding) expect(found.has_value(), "what is plain is said");
    }
}

/// A graph of few modules and names, made of the input's bytes: circles, conflicts and renames are likely.
owned_graph small_graph(byte_view bytes) {
  static constexpr std::array<std::string_view, 5> names{"a", "b", "c", "default", ""};
  static constexpr std::array<std::string_view, 8> specifiers{"0", "1", "2", "3", "4", "5", "6", "7"};
  std::size_t at = 0;
  const auto below = [&](unsigned n) { return at < bytes.size() ? std::to_integer<unsigned>(bytes[at++]) % n : 0; };
  owned_graph g;
  const std::uint32_t modules = 1 + below(8);
  for (std::uint32_t i = 0; i < modules; ++i) {
    owned_record& m = g.modules.emplace_back();
    m.url = specifiers[i];
    if (below(32) == 1) m.reason = uncacheable::not_java_script;
    for (std::uint32_t to = 0; to < modules; ++to) m.add_request(specifiers[to], {}, import_phase::evaluation, below(32) == 1 ? external : to);
    if (below(32) == 1) m.add_request(specifiers[0], {{"type", "json"}}, import_phase::evaluation, below(modules));
    for (const std::string_view name : names) switch (const auto to = specifiers[below(modules)]; below(5)) {
        case 1:
          m.exports.push_back({export_type::local, name, {}, {}, below(2) == 0 ? bmes::name("x") : bmes::name::star_default()});
          break;
        case 2:
          m.exports.push_back({export_type::indirect, name, to, names[below(5)], {}});
          break;
        case 3:
          m.exports.push_back({export_type::namespace_object, name, to, {}, {}});
          break;
        default:
          break;
      }
    for (unsigned stars = below(4); stars != 0; --stars) m.stars.push_back({specifiers[below(modules)]});
  }
  return g;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto f = v4::file::open(bytes)) check(*f);
  const auto written = v4::to_bytes(small_graph(bytes).view());
  expect(written.has_value(), "a small graph can be written");
  const auto f = v4::file::open(*written);
  expect(f.has_value(), "and is valid");
  check(*f);
  return 0;
}
