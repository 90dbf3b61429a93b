// What the tests of the engine share: the one engine of the process, and records as text.
#pragma once

#include <bmes/engine.hpp>
#include <bmes/owned.hpp>
#include <bmes/v1.hpp>
#include <bmes/v4_write.hpp>
#include <boost/test/unit_test.hpp>

#include "files.hpp"
#include "jsc.hpp"
#include "module_files.hpp"

#include <string>
#include <vector>

namespace support {

inline bmes::engine& engine() {
  static bmes::filesystem::module_files modules;
  static const auto made = bmes::jsc::make_engine(modules, "0");
  return *made;
}

/// Compiles, and fails the test if that failed.
inline bmes::compiled_module compile(std::string_view source, std::string_view url = "/module.mjs") {
  auto made = engine().compile(url, source, bmes::source_language::java_script);
  if (made.error) BOOST_FAIL(std::string(url) + ": " + made.error->message);
  return made;
}

/// Gives the value, and fails the test if there is none.
template <class T>
T must(bmes::result<T> r) {
  if (!r) BOOST_FAIL(std::string(bmes::info(r.error().code).name) + " in " + std::string(r.error().field));
  return *r;
}

inline std::string to_text(const bmes::name& n) {
  switch (n.kind) {
    case bmes::name::kind_type::absent: return "-";
    case bmes::name::kind_type::star_default: return "*default*";
    case bmes::name::kind_type::star_namespace: return "*namespace*";
    case bmes::name::kind_type::text: break;
  }
  return '"' + std::string(n.text) + '"';
}

enum class variables { whole, declared_names };

/// The entries of a record, one a line and in their order.
inline std::vector<std::string> lines(const bmes::owned_record& m, variables which = variables::whole) {
  std::vector<std::string> out;
  for (const auto& r : m.requests) {
    std::string line = "request " + to_text(r.specifier);
    for (const auto& a : r.attributes) line += " with " + to_text(a.key) + ": " + to_text(a.value);
    if (r.phase != bmes::import_phase::evaluation) line += " in another phase";
    out.push_back(line);
  }
  for (const auto& e : m.imports)
    out.push_back("import " + std::to_string(static_cast<int>(e.type)) + " " + to_text(e.import_name) + " as " + to_text(e.local_name) + " from " + to_text(e.module_request));
  for (const auto& e : m.exports)
    out.push_back("export " + std::to_string(static_cast<int>(e.type)) + " " + to_text(e.export_name) + " local " + to_text(e.local_name) + " import " +
                  to_text(e.import_name) + " from " + to_text(e.module_name));
  for (const auto& s : m.stars) out.push_back("star " + to_text(s.module_name));
  for (const auto& v : m.variables) {
    if (which == variables::declared_names && v.scope != bmes::variable_scope::declared) continue;
    auto line = (v.scope == bmes::variable_scope::declared ? "declared " : "lexical ") + to_text(v.variable_name);
    if (which == variables::whole) line += " " + std::to_string(v.bits);
    out.push_back(line);
  }
  return out;
}

inline void check_equal(const std::vector<std::string>& got, const std::vector<std::string>& expected) {
  BOOST_CHECK_EQUAL_COLLECTIONS(got.begin(), got.end(), expected.begin(), expected.end());
}

/// A file of version 4 with these modules and their bytecode.
inline std::vector<std::byte> to_file(std::vector<bmes::compiled_module>& modules) {
  bmes::owned_graph graph;
  graph.engines.push_back(engine().identity());
  graph.entry = 0;
  for (auto& m : modules) {
    graph.modules.push_back(std::move(m.record));
    if (!m.bytecode.empty()) graph.modules.back().payloads = {{0, m.bytecode}};
  }
  auto bytes = must(bmes::v4::to_bytes(graph.view()));
  for (std::size_t i = 0; i < modules.size(); ++i) {
    modules[i].record = std::move(graph.modules[i]);
    modules[i].record.payloads.clear();
  }
  return bytes;
}

}  // namespace support
