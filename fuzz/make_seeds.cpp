// Makes seeds: make_seeds FOLDER [FILE...] writes one of everything that a module can have, in each version, and the
// names of the modules in FILEs, without code and texts, which are the work of others. Of real modules: bmes compile.
#include "../tools/conversion.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace bmes;
using path = std::filesystem::path;

constexpr std::array code{std::byte{0xCA}, std::byte{0xFE}, std::byte{0}};
constexpr std::array text{std::byte{0x28}, std::byte{0xB5}, std::byte{0x2F}, std::byte{0xFD}};

tools::any_graph one_of_everything() {
  tools::any_graph any;
  owned_graph& g = any.graph;
  any.code_features = 1;
  g.entry = 0;
  g.engines = {tools::unknown_engine};
  g.facts = {{"/absent", fact_kind::absent, {}}, {"/file", fact_kind::file, {1, {}, 2, 3}}, {"/folder", fact_kind::directory, {}}};
  owned_record& m = g.modules.emplace_back();
  m.url = "/a.mjs";
  m.source = {48, {}, 1, 2};
  m.source_length = 48;
  m.text = text;
  m.flags = known_module_flags;
  m.reason = uncacheable::no_bytecode;
  m.add_request("./x", {}, import_phase::evaluation, 0);
  m.add_request("./data.json", {{"type", "json"}, {"x", ""}});
  m.imports = {{import_type::single, "./x", "a", "b"},
               {import_type::single_type_script, "./x", "T", "U"},
               {import_type::namespace_object, "./x", name::star_namespace(), "\xC3\xA9"}};
  m.exports = {{export_type::local, "default", {}, {}, name::star_default()},
               {export_type::indirect, "", "./x", "a", {}},
               {export_type::namespace_object, "ns", "./x", {}, {}}};
  m.stars = {{"./x"}, {"./y"}};
  m.variables = {{"b", variable_scope::declared, 0x25}, {name::star_default(), variable_scope::lexical, known_variable_bits}};
  m.payloads = {{0, code}};
  return any;
}

bool write(const path& folder, const std::string& as, tools::any_graph& any) {
  for (const unsigned version : {v1::version, v3::version, v4::version}) {
    if (!tools::too_much_for(any, version).empty()) continue;
    const auto bytes = tools::write_graph(any, version);
    if (!bytes) return false;
    std::ofstream out(folder / (as + ".v" + std::to_string(version) + ".bmes"), std::ios::binary);
    for (const std::byte b : *bytes) out.put(static_cast<char>(b));
    if (!out.flush()) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  auto everything = one_of_everything();
  if (!write(argv[1], "everything", everything)) return 1;
  for (int i = 2; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    auto any = tools::read_graph(std::as_bytes(std::span(bytes)));
    if (!any) return 1;
    for (owned_record& m : any->graph.modules) m.payloads.clear(), m.text = {};
    if (!write(argv[1], path(argv[i]).stem().string(), *any)) return 1;
  }
  return 0;
}
