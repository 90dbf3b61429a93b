// Graphs compared by what they say, and taken to pieces.
#pragma once

#include "target.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace bmes::fuzz {

namespace detail {

inline std::string part(std::integral auto value) { return std::to_string(value) + ' '; }
template <class E>
  requires std::is_enum_v<E>
std::string part(E value) {
  return part(static_cast<std::uint32_t>(value));
}
// With its length before it, so that two different lines can't have the same characters.
inline std::string part(std::string_view text) { return part(text.size()) + std::string(text) + ' '; }
inline std::string part(byte_view bytes) { return part(as_text(bytes)); }
inline std::string part(const hash128& hash) { return part(byte_view(hash)); }
inline std::string part(const name& n) { return part(n.kind) + part(n.text); }
inline std::string part(const source_identity& s) { return part(s.size) + part(s.hash) + part(s.modification_time) + part(s.change_time) + part(s.device) + part(s.inode); }

template <class... Parts>
std::string line(std::string_view what, const Parts&... parts) {
  return (std::string(what) + ' ' + ... + part(parts));
}

}  // namespace detail

/// Everything that a graph says, a line each: the same lines for the same content, whatever the order in which it
/// is told where the order says nothing.
inline std::vector<std::string> lines(const graph_record& g) {
  using detail::line;
  std::vector<std::string> out;
  const auto target = [&](std::uint32_t to) { return to < g.modules.size() ? line("to", g.modules[to].url) : std::string("nowhere"); };
  out.push_back(line("entry", std::string_view(target(g.entry))));
  for (const module_record& m : g.modules) {
    const auto say = [&](std::string_view what, const auto&... parts) { out.push_back(line(what, m.url, parts...)); };
    say("module", m.source, m.source_length, m.text, m.flags, m.reason);
    for (std::size_t i = 0; i < m.requests.size(); ++i) {
      const module_request& r = m.requests[i];
      say("request", i, r.specifier, r.phase, std::string_view(target(r.resolved)));
      for (const import_attribute& a : r.attributes) say("attribute", i, a.key, a.value);
    }
    for (const import_entry& e : m.imports) say("import", e.type, e.module_request, e.import_name, e.local_name);
    for (const export_entry& e : m.exports) say("export", e.type, e.export_name, e.module_name, e.import_name, e.local_name);
    for (std::size_t i = 0; i < m.stars.size(); ++i) say("star", i, m.stars[i].module_name);
    for (const variable& v : m.variables) say("variable", v.variable_name, v.scope, v.bits);
    for (const payload& p : m.payloads) say("payload", g.engines[p.engine].fingerprint, p.bytes);
  }
  for (const engine_identity& e : g.engines) out.push_back(line("engine", e.fingerprint, e.description));
  for (const resolution_fact& f : g.facts) out.push_back(line("fact", f.path, f.kind, f.kind == fact_kind::file ? f.identity : source_identity{}));
  std::ranges::sort(out);
  return out;
}

/// Whether docs/format.md lets a file of version 4 say all that the graph does.
inline bool can_be_said(const graph_record& g) {
  bool good = g.entry == external || g.entry < g.modules.size();
  const auto rule = [&](bool held) { good = good && held; };
  const auto text = [&](std::string_view t) { rule(is_utf8(t)); };
  const auto text_of_name = [&](const name& n) { text(n.text); };
  const auto distinct = [&](const auto& items, auto key) {
    std::set<decltype(key(*items.begin()))> seen;
    for (const auto& item : items) rule(seen.insert(key(item)).second);
  };
  distinct(g.modules, [](const module_record& m) { return m.url; });
  distinct(g.engines, [](const engine_identity& e) { return e.fingerprint; });
  distinct(g.facts, [](const resolution_fact& f) { return f.path; });
  for (const engine_identity& e : g.engines) text(e.description);
  for (const resolution_fact& f : g.facts) text(f.path), rule(f.kind <= fact_kind::directory);
  for (const module_record& m : g.modules) {
    text(m.url);
    rule((m.flags & ~known_module_flags) == 0 && m.reason <= uncacheable::unsupported_entry);
    for (const module_request& r : m.requests) {
      text(r.specifier);
      rule(r.phase <= import_phase::source && (r.resolved == external || r.resolved < g.modules.size()));
      distinct(r.attributes, [](const import_attribute& a) { return a.key; });
      for (const import_attribute& a : r.attributes) text(a.key), text(a.value);
    }
    distinct(m.imports, [](const import_entry& e) { return e.local_name; });
    for (const import_entry& e : m.imports) {
      text(e.module_request), text_of_name(e.import_name), text(e.local_name);
      rule(e.type <= import_type::namespace_object && (e.import_name == name::star_namespace()) == (e.type == import_type::namespace_object));
    }
    distinct(m.exports, [](const export_entry& e) { return e.export_name; });
    for (const export_entry& e : m.exports) {
      text(e.export_name), text_of_name(e.module_name), text_of_name(e.import_name), text_of_name(e.local_name);
      rule(e.type <= export_type::namespace_object && (e.module_name == name()) == (e.type == export_type::local));
      rule((e.import_name != name()) == (e.type == export_type::indirect) && (e.local_name != name()) == (e.type == export_type::local));
    }
    for (const star_export& s : m.stars) text(s.module_name);
    distinct(m.variables, [](const variable& v) { return std::tuple(v.scope, v.variable_name.kind, v.variable_name.text); });
    for (const variable& v : m.variables) {
      text_of_name(v.variable_name);
      rule((v.bits & ~known_variable_bits) == 0 && v.scope <= variable_scope::lexical);
    }
    distinct(m.payloads, [](const payload& p) { return p.engine; });
    for (const payload& p : m.payloads) rule(p.engine < g.engines.size() && !p.bytes.empty());
  }
  return good;
}

}  // namespace bmes::fuzz
