// What the golden files hold, in the order in which files of version 4 have it. It is never edited: a file with other
// content is another golden file, with a content of its own.
#pragma once

#include <array>
#include <bmes/format.hpp>

namespace golden {

using namespace bmes;

inline constexpr std::array bytecode_a{std::byte{0xCA}, std::byte{0xFE}, std::byte{0}};
inline constexpr std::array bytecode_b{std::byte{1}};
inline constexpr std::array text_frame{std::byte{0x28}, std::byte{0xB5}, std::byte{0x2F}, std::byte{0xFD}};
inline constexpr std::uint32_t code_features = 7;

constexpr hash128 hash_of(unsigned seed) {
  hash128 out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(seed * 16 + i);
  return out;
}

/// What version 1 can hold.
inline owned_record module_v1() {
  owned_record m;
  m.add_request("./x.mjs");
  m.add_request("./data.json", {{"type", "json"}});
  m.imports = {{import_type::single, "./x.mjs", "a", "b"},
               {import_type::single_type_script, "./x.mjs", "T", "t"},
               {import_type::namespace_object, "./x.mjs", name::star_namespace(), "whole"}};
  m.exports = {{export_type::indirect, "", "./x.mjs", "\xC3\xA9", {}},
               {export_type::local, "default", {}, {}, name::star_default()},
               {export_type::namespace_object, "ns", "./x.mjs", {}, {}}};
  m.stars = {{"./x.mjs"}};
  return m;
}

/// What version 3 can hold.
inline owned_record module_v3() {
  owned_record m = module_v1();
  m.variables = {
      {"b", variable_scope::declared, 0x25}, {"x", variable_scope::lexical, 0}, {name::star_default(), variable_scope::lexical, known_variable_bits}};
  return m;
}

/// What version 4 could hold at first.
inline owned_graph graph() {
  owned_graph g;
  g.engines = {{hash_of(1), "engine one"}, {hash_of(2), "engine two"}};
  g.facts = {{"/app/node_modules", fact_kind::directory, {}},
             {"/app/package.json", fact_kind::file, {12, hash_of(3), 5, 6}},
             {"/app/x.js", fact_kind::absent, {}}};

  owned_record data;
  data.url = "/app/data.json";
  data.flags = 0;
  data.reason = uncacheable::not_java_script;

  owned_record main = module_v3();
  main.url = "/app/main.mjs";
  main.source = {1234, hash_of(4), 1'700'000'000'000'000'001, 1'700'000'000'000'000'002};
  main.source_length = 1200;
  main.text = text_frame;
  main.flags = known_module_flags;
  main.requests[0].resolved = 2;
  main.requests[1].resolved = 0;
  main.add_request("./late.mjs", {{"a", ""}, {"type", "wasm"}}, import_phase::defer);
  main.add_request("./source.wasm", {}, import_phase::source);
  main.payloads = {{0, bytecode_b}, {1, bytecode_a}};

  owned_record x;
  x.url = "/app/x.mjs";
  x.source = {0, hash_of(5), 0, 0};
  x.exports = {{export_type::local, "a", {}, {}, "a"}};
  x.add_request("./main.mjs", {}, import_phase::evaluation, 1);
  x.payloads = {{1, bytecode_a}};

  g.modules.push_back(std::move(data));
  g.modules.push_back(std::move(main));
  g.modules.push_back(std::move(x));
  g.entry = 1;
  return g;
}

/// The same, with the section `identity`.
inline owned_graph graph_with_identities() {
  owned_graph g = graph();
  const auto is = [](source_identity& s, std::uint64_t device, std::uint64_t inode) { s.device = device, s.inode = inode; };
  is(g.modules[1].source, 0x0102'0304'0506'0708, 9);
  is(g.modules[2].source, 0, 10);
  is(g.facts[1].identity, 0x0102'0304'0506'0708, 0xFFFF'FFFF'FFFF'FFFF);
  return g;
}

}  // namespace golden
