// What the commands about files can be asked: compile, validate, inspect, convert.
#include "command_line.hpp"
#include "commands.hpp"
#include "compile_graph.hpp"

#include <CLI/CLI.hpp>
#include <bmes/version.hpp>
#include <memory>

namespace bmes::tools {
namespace {

struct file_options {
  std::vector<std::string> files;
  std::string input, output, into;
  inspection what;
  resolution_rules rules;
  unsigned version = format_version;
  bool force = false, graph = false, json = false, push = false;
};

int compile_as_asked(const file_options& asked) {
  if (asked.graph) return compile_graphs(asked.files, asked.rules, asked.into, asked.push);
  if (asked.version == 1 && asked.files.size() > 1 && !asked.output.empty())
    return complain("version 1 holds one module a file: leave out -o to write several");
  return compile_files(asked.files, asked.output, asked.version, asked.force);
}

}  // namespace

void add_file_commands(CLI::App& app, std::function<int()>& chosen) {
  const auto asked = std::make_shared<file_options>();
  const auto add = [&](const char* name, const char* help, int (*work)(const file_options&)) {
    auto* const command = app.add_subcommand(name, help);
    command->callback([&chosen, asked, work] { chosen = [asked, work] { return work(*asked); }; });
    return command;
  };
  constexpr auto forced = "Write over a source, or over no BMES file";
  auto* const compile = add("compile", "Compile modules to a file, without running them", compile_as_asked);
  compile->add_option("SOURCE", asked->files, "Modules, the first one is the entry; - is stdin")->required()->option_text("...");
  compile->add_option("-o,--output", asked->output, "The file to write, - is stdout\n(default: the first SOURCE with .bmes added)")->option_text("FILE");
  compile->add_option("--format-version", asked->version, "1: one module with its text; 4: a graph (default)")
      ->check(CLI::IsMember({1, 4}))
      ->option_text("1|4");
  compile->add_flag("--force", asked->force, forced);
  auto* graph_flag = compile->add_flag("--graph", asked->graph, "Follow imports; make what run finds, an entry\nof the cache for each SOURCE");
  compile->add_option("--into", asked->into, "With --graph: a folder for others to read, in the\nplace of the own one; see BMES_CACHE_READONLY")
      ->needs(graph_flag)
      ->option_text("DIR");
  compile->add_flag("--push", asked->push, "With --graph: send it to the remotes, signed")->needs(graph_flag);
  add_resolution_options(compile, asked->rules, graph_flag);

  auto* const validate = add("validate", "Check files of any version; exit 1 if one is bad", [](const file_options& o) { return validate_files(o.files, o.json); });
  validate->add_option("FILE", asked->files, "Files of any version; - is stdin")->required()->option_text("...");
  validate->add_flag("--json", asked->json, "Print a line of JSON for each");

  auto* const inspect = add("inspect", "Print what a file holds", [](const file_options& o) { return inspect_file(o.input, o.what); });
  inspect->add_option("FILE", asked->input, "A file of any version; - is stdin")->required()->option_text(" ");
  auto* modules = inspect
                      ->add_option("--modules", asked->what.modules,
                                   "The records of the modules that match: in the\n"
                                   "last part of the URL, or if PATTERN has a /, in\n"
                                   "all of it; * ? [a-z] stand for characters")
                      ->option_text("PATTERN");
  auto* all = inspect->add_flag("--all", asked->what.all, "Sections, engines, facts, all modules")->excludes(modules)->option_text(" ");
  auto* as_json = inspect->add_flag("--json", asked->what.json, "Every field as JSON, see docs/inspect.md")->excludes(modules)->excludes(all)->option_text(" ");
  inspect->add_flag("--html", asked->what.html, "A page of every field and byte, cross-linked")->excludes(modules)->excludes(all)->excludes(as_json);

  auto* const convert = add("convert", "Convert a file to another version of the format", [](const file_options& o) { return convert_file(o.input, o.output, o.version, o.force); });
  convert->add_option("FILE", asked->input, "A file of any version; - is stdin")->required()->option_text(" ");
  convert->add_option("OUTPUT", asked->output, "The file to write, - is stdout; may be FILE")->required()->option_text(" ");
  convert->add_option("--format-version", asked->version, "Version of the format (default: 4)")->check(CLI::IsMember({1, 3, 4}))->option_text("1|3|4");
  convert->add_flag("--force", asked->force, forced);
}

}  // namespace bmes::tools
