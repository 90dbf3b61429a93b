// Compiles the host's modules to one file of the format, and the engine's own functions to another; makes the source that carries both in the command.
//   make_graph OUTPUT.bmes OUTPUT.functions OUTPUT.cpp KEY=FILE...
#include "compression.hpp"
#include "files.hpp"
#include "jsc.hpp"

#include <bmes/v4_write.hpp>
#include <cstdio>
#include <deque>
#include <map>

namespace {

int fail(const std::string& text) {
  std::fprintf(stderr, "make_graph: %s\n", text.c_str());
  return 1;
}

bool write(const char* name, bmes::byte_view bytes) {
  std::FILE* const file = std::fopen(name, "wb");
  if (!file) return false;
  const bool is_written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return std::fclose(file) == 0 && is_written;
}

// Adds a function of this name, which gives what the file holds.
void carry(std::string& source, const std::string& name, const std::string& file, bmes::byte_view bytes) {
  source += "\nasm(R\"(\n.section .rodata." + name + ", \"a\"\n.balign 4096\nbmes_" + name + ":\n.incbin \"" + file + "\"\n.previous\n)\");\n";
  source += "extern \"C\" const std::byte bmes_" + name + "[" + std::to_string(bytes.size()) + "];\n";
  source += "bmes::byte_view bmes::tools::" + name + "() { return bmes_" + name + "; }\n// ";
  constexpr char digits[] = "0123456789abcdef";
  // So that it is compiled anew when the file is another one.
  for (const std::byte b : bmes::checksum128(bytes)) source += {digits[std::to_integer<unsigned>(b) >> 4], digits[std::to_integer<unsigned>(b) & 15]};
  source += '\n';
}

// Nothing is asked of it: modules are compiled, and not run.
class no_modules final : public bmes::module_host {
 public:
  bmes::resolution resolve(const bmes::resolution_request&) override { return {}; }
  bmes::format_answer format_of(std::string_view, bool) override { return {}; }
  bmes::fetched_module fetch(std::string_view) override { return {}; }
  std::optional<std::string> text_of(std::uint32_t) override { return std::nullopt; }
  bool is_fresh(std::uint32_t) override { return false; }
  void new_turn() override {}
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return fail("usage: make_graph OUTPUT.bmes OUTPUT.functions OUTPUT.cpp KEY=FILE...");
  no_modules none;
  const auto engine = bmes::jsc::make_engine(none, "");
  bmes::owned_graph graph;
  graph.engines.push_back(engine->identity());
  std::deque<std::vector<std::byte>> storage;
  std::map<std::string, std::uint32_t, std::less<>> places;
  for (int i = 4; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto equals = argument.find('=');
    const std::string key(argument.substr(0, equals)), path(argument.substr(std::min(equals + 1, argument.size())));
    auto file = bmes::filesystem::read_file(path);
    if (file.error != 0) return fail(path + " can't be read");
    bmes::compiled_module made;
    if (path.ends_with(".js")) {
      made = engine->compile(key, file.text, bmes::source_language::java_script);
      if (made.error) return fail(path + ":" + std::to_string(made.error->line) + ": " + made.error->message);
    } else {
      // Carried as it is, for who asks for it.
      made.record.url = key;
      made.record.source = {file.text.size(), bmes::checksum128(bmes::as_bytes(file.text))};
      made.record.reason = bmes::uncacheable::not_java_script;
    }
    // Times and inodes are of the build's machine.
    made.record.text = storage.emplace_back(bmes::packing::pack_text(file.text));
    if (!made.bytecode.empty()) made.record.payloads.push_back({0, storage.emplace_back(std::move(made.bytecode))});
    places.emplace(key, static_cast<std::uint32_t>(graph.modules.size()));
    graph.modules.push_back(std::move(made.record));
  }
  for (auto& m : graph.modules)
    for (auto& r : m.requests) {
      const auto to = places.find(r.specifier);
      if (to != places.end()) r.resolved = to->second;
      // The natives are part of the command.
      else if (!r.specifier.starts_with("native:")) return fail(std::string(m.url) + " imports " + std::string(r.specifier) + ", which is no module of the host");
    }
  const auto bytes = bmes::v4::to_bytes(graph.view());
  if (!bytes) return fail(std::string(bytes.error().field));
  const auto functions = bmes::jsc::compile_engine_functions(*engine);
  std::string source = "#include \"host_graph.hpp\"\n";
  carry(source, "host_graph", argv[1], *bytes);
  carry(source, "engine_functions", argv[2], functions);
  if (!write(argv[1], *bytes) || !write(argv[2], functions) || !write(argv[3], bmes::as_bytes(source))) return fail("can't write");
}
