#include "commands.hpp"

#include "compression.hpp"
#include "engines.hpp"
#include "files.hpp"
#include "formats.hpp"
#include "module_files.hpp"
#include "output.hpp"

#include <fmt/format.h>
#include <bmes/v1.hpp>
#include <bmes/v4_write.hpp>
#include <cstring>
#include <map>

namespace bmes::tools {
namespace {

std::string output_for(const std::string& source, const std::string& asked) {
  if (!asked.empty()) return asked;
  return source == standard_stream ? source : source + ".bmes";
}

}  // namespace

int compile_files(const std::vector<std::string>& sources, const std::string& output, unsigned version, bool force) {
  for (const std::string& source : sources) {
    const auto name = output_for(source, output);
    if (const auto why = force ? std::string() : why_keep(name, sources); !why.empty()) return fail(fmt::format("{}: {}", name, why));
    if (version != 1) break;
  }
  filesystem::module_files files;
  const auto engine = make_engine(files);
  if (!engine) return 1;
  owned_graph graph;
  graph.engines.push_back(engine->identity());
  std::deque<std::vector<std::byte>> storage;
  std::map<std::string, std::uint32_t, std::less<>> places;
  for (const std::string& source : sources) {
    const bool piped = source == standard_stream;
    const auto path = filesystem::absolute_path(piped ? "[stdin]" : source);
    if (places.contains(path)) continue;
    const auto file = filesystem::read_file(piped ? "/dev/stdin" : path);
    if (file.error != 0) return fail(fmt::format("{}: {}", source, std::strerror(file.error)));
    const auto language = filesystem::language_of(path);
    auto made = version == 1 ? engine->compile_self_contained(path, file.text, language) : engine->compile(path, file.text, language);
    if (made.error) return fail(fmt::format("{}:{}:{}: SyntaxError: {}", source, made.error->line, made.error->column, made.error->message));
    if (version == 1) {
      const auto size = v1::size(made.record.view(), made.bytecode);
      std::vector<std::byte> bytes(size ? static_cast<std::size_t>(*size) : 0);
      const auto written = size ? v1::write(made.record.view(), made.bytecode, bytes) : size;
      if (!written)
        return fail(fmt::format("{}: version 1 can't hold this module: {}: {}", source, written.error().field, info(written.error().code).sentence));
      const auto name = output_for(source, output);
      if (const auto failure = write_output(name, bytes); !failure.empty()) return fail(fmt::format("{}: {}", name, failure));
      continue;
    }
    made.record.source = file.identity;
    made.record.text = storage.emplace_back(packing::pack_text(file.text));
    if (!made.bytecode.empty()) made.record.payloads.push_back({0, storage.emplace_back(std::move(made.bytecode))});
    places.emplace(path, static_cast<std::uint32_t>(graph.modules.size()));
    graph.modules.push_back(std::move(made.record));
  }
  if (version == 1) return 0;
  std::map<std::string, observed_fact, std::less<>> facts;
  for (owned_record& m : graph.modules)
    for (module_request& r : m.requests) {
      auto found = files.resolve({r.specifier, m.url});
      const auto to = places.find(found.url);
      if (to == places.end()) continue;
      r.resolved = to->second;
      for (observed_fact& f : found.facts) facts.try_emplace(f.path, std::move(f));
    }
  for (const auto& [path, fact] : facts) graph.facts.push_back(fact.view());
  graph.entry = 0;
  const auto bytes = v4::to_bytes(graph.view());
  if (!bytes) return fail(fmt::format("{}: {}", bytes.error().field, info(bytes.error().code).sentence));
  const auto name = output_for(sources.front(), output);
  if (const auto failure = write_output(name, *bytes); !failure.empty()) return fail(fmt::format("{}: {}", name, failure));
  return 0;
}

}  // namespace bmes::tools
