// A file and a variation of it, merged: all modules are there, each with the record, the payloads and the edges that the
// rules of docs/design.md give it, and merging nothing into the result changes nothing.
#include "model.hpp"
#include "target.hpp"

#include <bmes/merge.hpp>
#include <map>
#include <random>

using namespace bmes;
using namespace bmes::fuzz;

namespace {

constexpr std::array new_code{std::byte{0xC0}};

/// Some of the file's modules, of the same source or another, with some of their payloads, and modules and engines of its own.
owned_graph vary(const v4::file& file, std::uint64_t seed) {
  std::minstd_rand random(static_cast<std::uint32_t>(seed));
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  owned_graph all = to_owned(file), out;
  const auto file_modules = static_cast<std::uint32_t>(all.modules.size());
  std::vector<std::uint32_t> place(file_modules, external);
  for (std::uint32_t i = 0; i < file_modules; ++i)
    if (one_in(2)) place[i] = static_cast<std::uint32_t>(out.modules.size()), out.modules.push_back(std::move(all.modules[i]));
  // A URL is never the start of this one.
  if (one_in(2)) out.modules.emplace_back().url = std::string(file_modules == 0 ? "" : file.module_at(file_modules - 1).url()).append("new");
  if (one_in(2) && !file.find_engine(checksum128({}))) out.engines.push_back({checksum128({}), "new engine"});
  std::vector<std::uint32_t> engine_place(file.engine_count(), external);
  for (std::uint32_t i = 0; i < file.engine_count(); ++i)
    if (one_in(2)) engine_place[i] = static_cast<std::uint32_t>(out.engines.size()), out.engines.push_back(file.engine(i));

  const auto own = static_cast<std::uint32_t>(out.modules.size()), own_engines = static_cast<std::uint32_t>(out.engines.size());
  for (owned_record& m : out.modules) {
    for (module_request& r : m.requests)
      if (r.resolved != external) r.resolved = place[r.resolved] != external ? place[r.resolved] : own + r.resolved;
    if (one_in(3)) m.source.hash = checksum128(m.source.hash);
    if (one_in(3)) m.text = {};
    std::erase_if(m.payloads, [&](const payload&) { return one_in(2); });
    for (payload& p : m.payloads) p.engine = engine_place[p.engine] != external ? engine_place[p.engine] : own_engines + p.engine;
    const bool has_new = own_engines != 0 && std::ranges::none_of(m.payloads, [](const payload& p) { return p.engine == 0; });
    if (has_new && one_in(2)) m.payloads.push_back({0, new_code});
  }
  for (const resolution_fact& f : all.facts) {
    if (!one_in(2)) continue;
    out.facts.push_back(f);
    if (one_in(3)) out.facts.back().kind = f.kind == fact_kind::absent ? fact_kind::directory : fact_kind::absent;
  }
  return out;
}

/// A module's record without what depends on the graph around it.
std::vector<std::string> record_of(owned_record m) {
  m.payloads.clear(), m.text = {};
  for (module_request& r : m.requests) r.resolved = external;
  const auto view = m.view();
  return lines({external, std::span(&view, 1), {}, {}});
}

using payloads_by_engine = std::map<hash128, std::vector<std::byte>>;

void add_payloads(payloads_by_engine& to, const v4::module_view& m) {
  for (const v4::payload_view p : m.payloads()) {
    const byte_view bytes = m.payload_for(p.engine);
    to.try_emplace(m.owner().engine(p.engine).fingerprint, bytes.begin(), bytes.end());
  }
}

bool same_bytes(byte_view a, byte_view b) { return std::ranges::equal(a, b); }

void check(const v4::file& base, const owned_graph& graph, const v4::file& merged) {
  const auto own = static_cast<std::uint32_t>(graph.modules.size()), own_engines = static_cast<std::uint32_t>(graph.engines.size());
  const auto url_of = [&](std::uint32_t to) -> std::string_view { return to < own ? graph.modules[to].url : base.module_at(to - own).url(); };
  std::uint32_t both = 0;
  for (const owned_record& given : graph.modules) {
    const auto at = merged.find_module(given.url), before_at = base.find_module(given.url);
    expect(at.has_value(), "a module that was added is there");
    const auto m = merged.module_at(*at);
    expect(record_of(to_owned(m)) == record_of(to_owned(given.view())), "with the record that was given");
    for (std::size_t i = 0; i < given.requests.size(); ++i) {
      const auto asked = given.requests[i].resolved, leads = m.requests()[i].resolved;
      expect((asked == external) == (leads == external), "its edges are the given ones");
      if (leads != external) expect(merged.module_at(leads).url() == url_of(asked), "its edges lead where they were said to");
    }
    payloads_by_engine expected, found;
    for (const payload& p : given.payloads)
      expected.try_emplace(p.engine < own_engines ? graph.engines[p.engine].fingerprint : base.engine(p.engine - own_engines).fingerprint,
                           p.bytes.begin(), p.bytes.end());
    byte_view text = given.text;
    if (before_at) {
      ++both;
      const auto before = base.module_at(*before_at);
      const bool same = given.source.hash != hash128{} && given.source.hash == before.source().hash && given.source.size == before.source().size;
      if (same) add_payloads(expected, before);
      if (same && text.empty()) text = before.text();
    }
    add_payloads(found, m);
    expect(found == expected, "its payloads are the given ones, and those of other engines for the same source");
    expect(same_bytes(m.text(), text), "its text is the given one, or that of the same source");
  }
  expect(merged.module_count() == base.module_count() + own - both, "no module is lost and none is made");

  for (const v4::module_view before : base.modules()) {
    if (std::ranges::any_of(graph.modules, [&](const owned_record& m) { return m.url == before.url(); })) continue;
    const auto at = merged.find_module(before.url());
    expect(at.has_value(), "a module that was there is there");
    const auto m = merged.module_at(*at);
    expect(record_of(to_owned(m)) == record_of(to_owned(before)), "as it was");
    for (std::size_t i = 0; i < before.requests().size(); ++i) {
      const auto was = before.requests()[i].resolved, is = m.requests()[i].resolved;
      if (is != external) expect(was != external && merged.module_at(is).url() == base.module_at(was).url(), "an edge leads where it led, or out");
    }
    payloads_by_engine expected, found;
    add_payloads(expected, before), add_payloads(found, m);
    expect(found == expected && same_bytes(m.text(), before.text()), "with its payloads and its text");
  }
  for (const resolution_fact& f : graph.facts)
    expect(std::ranges::any_of(merged.facts(), [&](const resolution_fact& kept) { return kept.path == f.path && kept.kind == f.kind; }),
           "a fact that was given holds");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto base = v4::file::open(bytes);
  if (!base) return 0;
  for (std::uint64_t i = 0; i < 4; ++i) {
    const owned_graph graph = vary(*base, checksum64(bytes) + i);
    std::vector<std::byte> written;
    {
      const bounded_work limit(size);
      const auto merged = merge(graph.view(), *base);
      expect(merged.has_value(), "what counts on into the file can be merged");
      const auto out = v4::to_bytes(merged->view());
      expect(out.has_value(), "and written");
      written = *out;
    }
    const auto merged = v4::file::open(written);
    expect(merged.has_value(), "what was merged is valid");
    check(*base, graph, *merged);
    // The first time it may leave out engines that only the variation named.
    const auto with_nothing = [](byte_view in) {
      const auto file = v4::file::open(in);
      const auto same = merge(graph_record{}, *file);
      return *v4::to_bytes(same->view());
    };
    const auto again = with_nothing(written);
    expect(with_nothing(again) == again, "merging nothing changes nothing");
  }
  return 0;
}
