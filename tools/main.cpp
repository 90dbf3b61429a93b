#include "cache_settings.hpp"
#include "commands.hpp"
#include "engines.hpp"
#include "files.hpp"
#include "compile_graph.hpp"
#include "completion.hpp"
#include "more_commands.hpp"
#include "run.hpp"
#include "suggest.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <bmes/version.hpp>
#include <cstdlib>
#include <optional>

namespace {

using namespace bmes::tools;

constexpr int wrong_usage = 2;
const std::vector<std::string> commands{"run", "compile", "validate", "inspect", "convert", "cache", "why", "graph", "completion"};

// The cache's first description had a flag for what is always on here.
constexpr std::string_view first_flag = "--experimental-esm-bytecode";

int complain(std::string_view text) {
  fmt::print(stderr, "bmes: {}\n", text);
  return wrong_usage;
}

bool is_command(std::string_view word) { return std::ranges::find(commands, word) != commands.end(); }

bool takes_value(const std::string& option) {
  static constexpr std::array options{"--cache", "--cache-dir", "--check", "--trace", "--conditions", "-C"};
  return std::ranges::find(options, option) != options.end();
}

// The option by which a program is given as text.
std::optional<std::string> text_option(const std::string& word) {
  if (word == "-e" || word == "--eval") return "--eval";
  if (word == "-p" || word == "--print" || word == "-pe") return "--print";
  return std::nullopt;
}

// `bmes app.mjs --x` is `bmes run app.mjs --x`, and what follows the entry is the program's own, whatever it
// looks like.
std::vector<std::string> normalised(int argc, char** argv) {
  std::vector<std::string> in(argv + 1, argv + argc), out;
  std::size_t i = 0;
  while (i < in.size() && in[i] == first_flag) ++i;
  const bool named = i < in.size() && is_command(in[i]);
  const bool run_named = named && in[i] == "run";
  const bool about = i < in.size() && (in[i] == "--help" || in[i] == "-h" || in[i] == "--version");
  if (i == in.size() || about || (named && !run_named)) {
    out.assign(in.begin() + static_cast<std::ptrdiff_t>(i), in.end());
    return out;
  }
  if (run_named) ++i;
  out.emplace_back("run");
  for (; i < in.size(); ++i) {
    if (in[i] == first_flag) continue;
    if (in[i] == "--" || in[i] == "-" || !in[i].starts_with('-')) break;
    if (const auto given = text_option(in[i])) {
      // What follows the text is the program's own.
      out.push_back(*given);
      if (i + 1 < in.size()) out.push_back(in[i + 1]);
      i += 2;
      if (i < in.size() && in[i] == "--") ++i;
      if (i < in.size()) out.emplace_back("--");
      break;
    }
    out.push_back(in[i]);
    if (takes_value(in[i]) && i + 1 < in.size()) out.push_back(in[++i]);
  }
  const bool has_text = std::ranges::any_of(out, [](const std::string& word) { return word == "--eval" || word == "--print"; });
  if (!has_text && i < in.size() && in[i] == "--") ++i;
  if (!has_text && i < in.size()) out.emplace_back("--");
  out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(std::min(i, in.size())), in.end());
  return out;
}

// The command, the format that it writes, and the engine whose code it can load.
std::string version_text() {
  const auto engine = engine_description();
  return fmt::format("bmes {}\nformat {} (reads 1, 3 and 4)\nengine {}", bmes::library_version, bmes::format_version, engine);
}

// What to say of `bmes rnu x`; nothing when the word may be a program.
std::string mistyped_command(const std::string& word) {
  if (word.find_first_of("./") != word.npos || ::access(word.c_str(), F_OK) == 0) return {};
  std::vector<std::string> names = commands;
  names.insert(names.end(), {"--help", "--version"});
  const auto meant = did_you_mean(word, names);
  return meant.empty() ? meant : fmt::format("there is no command or file {}{}", word, meant);
}

// What to say of an argument that nobody asked for: of the first one, as those after it may be its value.
std::string unexpected(const CLI::App& app, const std::string& command) {
  const auto left = app.remaining(true);
  const auto is_option = [](const std::string& a) { return a.starts_with('-') && a != "--"; };
  const auto option = std::ranges::find_if(left, is_option);
  const CLI::App* at = command.empty() ? &app : app.get_subcommand(command);
  auto where = command.empty() ? std::string("bmes") : "bmes " + command;
  for (; !command.empty() && !at->get_subcommands().empty(); where += " " + at->get_name()) at = at->get_subcommands().front();
  std::vector<std::string> names;
  if (option == left.end()) {
    for (const CLI::App* sub : at->get_subcommands([](const CLI::App*) { return true; })) names.push_back(sub->get_name());
    const auto what = left.empty() ? std::string("more") : left.front();
    return fmt::format("{} takes no {} here{}", where, what, did_you_mean(what, names));
  }
  for (const CLI::Option* o : at->get_options())
    for (const auto& name : o->get_lnames()) names.push_back("--" + name);
  const auto name = option->substr(0, option->find('='));
  return fmt::format("{} has no option {}{}", where, name, did_you_mean(name, names));
}

// A module that prints what a script gives. Indirect eval has the value of a script, and its scope.
std::string printing(const std::string& script) {
  std::string out = "console.log((0, eval)(\"";
  for (const char c : script) {
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else out += c;
  }
  return out += "\"));\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"bmes makes the second start of a JavaScript program fast.", "bmes"};
  app.set_version_flag("--version", version_text);
  app.require_subcommand(1);

  run_settings settings;
  std::vector<std::string> program;
  std::string trace;
  auto* run_app = app.add_subcommand("run", "Run an ES module program; also `bmes ENTRY`");
  const std::map<std::string, cache_mode> modes{
      {"auto", cache_mode::automatic}, {"off", cache_mode::off}, {"readonly", cache_mode::readonly}, {"refresh", cache_mode::refresh}};
  std::string mode, check;
  run_app
      ->add_option("--cache", mode,
                   "auto      read and write the cache (default)\n"
                   "off       neither read nor write it\n"
                   "readonly  read it, write nothing\n"
                   "refresh   don't read it, write it anew")
      ->check(CLI::IsMember({"auto", "off", "readonly", "refresh"}))
      ->option_text("MODE");
  run_app
      ->add_option("--check", check,
                   "What tells that a source changed: stat, size and\n"
                   "times (default); hash, its contents; none, nothing")
      ->check(CLI::IsMember({"stat", "hash", "none"}))
      ->option_text("MODE");
  run_app
      ->add_option("--cache-dir", settings.folder,
                   "Folder of the cache; else $BMES_CACHE_DIR,\n"
                   "$XDG_CACHE_HOME/bmes/esm or ~/.bun-cache/esm")
      ->option_text("DIR");
  run_app->add_option("--trace", trace, "After the run, say on stderr what the cache did:\ntext, or json, a line of it; also $BMES_TRACE")
      ->check(CLI::IsMember({"json", "text"}))
      ->option_text("FORMAT");
  run_app->add_option("-C,--conditions", settings.conditions, "One more condition of packages' exports")->option_text("NAME");
  run_app->add_flag("--preserve-symlinks", settings.preserve_symlinks, "Don't follow links to what they lead to");
  run_app->add_flag_callback(
      std::string(first_flag), [] {}, "Accepted; the cache is on anyway");
  std::string module_text, expression;
  auto* eval = run_app->add_option("-e,--eval", module_text, "Run TEXT, a module in the present folder")->option_text("TEXT");
  run_app->add_option("-p,--print", expression, "Run TEXT, print what it gives")->option_text("TEXT")->excludes(eval);
  run_app->add_option("ENTRY", program, "First module, - is stdin; the program's own follow")->option_text("[ARGS...]");

  std::vector<std::string> files;
  std::string output;
  bool force = false;
  unsigned version = bmes::format_version;
  constexpr auto forced = "Write over a source, or over no BMES file";
  auto* compile_app = app.add_subcommand("compile", "Compile modules to a file, without running them");
  compile_app->add_option("SOURCE", files, "Modules, the first one is the entry; - is stdin")->required()->option_text("...");
  compile_app->add_option("-o,--output", output, "The file to write, - is stdout\n(default: the first SOURCE with .bmes added)")->option_text("FILE");
  compile_app->add_option("--format-version", version, "1: one module with its text; 4: a graph (default)")
      ->check(CLI::IsMember({1, 4}))
      ->option_text("1|4");
  compile_app->add_flag("--force", force, forced);
  bool graph = false;
  std::string into;
  resolution_rules rules;
  auto* graph_flag = compile_app->add_flag("--graph", graph, "Follow imports; make what run finds, an entry\nof the cache for each SOURCE");
  compile_app->add_option("--into", into, "With --graph: a folder for others to read, in the\nplace of the own one; see BMES_CACHE_READONLY")
      ->needs(graph_flag)
      ->option_text("DIR");

  add_resolution_options(compile_app, rules, graph_flag);

  bool json = false;
  auto* validate_app = app.add_subcommand("validate", "Check files of any version; exit 1 if one is bad");
  validate_app->add_option("FILE", files, "Files of any version; - is stdin")->required()->option_text("...");
  validate_app->add_flag("--json", json, "Print a line of JSON for each");

  inspection what;
  std::string input;
  auto* inspect_app = app.add_subcommand("inspect", "Print what a file holds");
  inspect_app->add_option("FILE", input, "A file of any version; - is stdin")->required()->option_text(" ");
  auto* modules = inspect_app
                      ->add_option("--modules", what.modules,
                                   "The records of the modules that match: in the\n"
                                   "last part of the URL, or if PATTERN has a /, in\n"
                                   "all of it; * ? [a-z] stand for characters")
                      ->option_text("PATTERN");
  auto* all = inspect_app->add_flag("--all", what.all, "Sections, engines, facts, all modules")->excludes(modules)->option_text(" ");
  auto* as_json = inspect_app->add_flag("--json", what.json, "Every field as JSON, see docs/inspect.md")->excludes(modules)->excludes(all)->option_text(" ");
  inspect_app->add_flag("--html", what.html, "A page of every field and byte, cross-linked")->excludes(modules)->excludes(all)->excludes(as_json);

  auto* convert_app = app.add_subcommand("convert", "Convert a file to another version of the format");
  convert_app->add_option("FILE", input, "A file of any version; - is stdin")->required()->option_text(" ");
  convert_app->add_option("OUTPUT", output, "The file to write, - is stdout; may be FILE")->required()->option_text(" ");
  convert_app->add_option("--format-version", version, "Version of the format (default: 4)")->check(CLI::IsMember({1, 3, 4}))->option_text("1|3|4");
  convert_app->add_flag("--force", force, forced);

  std::function<int()> chosen;
  add_cache_commands(app, chosen);
  std::string shell;
  auto* completion_app = app.add_subcommand("completion", "Print completions for a shell, or the manual page");
  completion_app->add_option("FORM", shell, "bash, zsh, fish, or man for man(1)")->required()->check(CLI::IsMember({"bash", "zsh", "fish", "man"}))->option_text(" ");
  completion_app->footer("Example: source <(bmes completion bash)");

  app.footer("`bmes COMMAND --help` says more.");  // last: the commands would have it too

  auto arguments = normalised(argc, argv);
  const auto command = arguments.empty() || !is_command(arguments.front()) ? std::string() : arguments.front();
  std::ranges::reverse(arguments);
  try {
    app.parse(arguments);
  } catch (const CLI::ExtrasError&) {
    return complain(unexpected(app, command));
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : wrong_usage;
  }

  if (chosen) return chosen();
  if (*completion_app) {
    fmt::print("{}", completion_of(app, shell));
    return 0;
  }
  if (*run_app) {
    const auto asked = bmes::filesystem::environment("BMES_TRACE");
    if (!asked.empty() && asked != "json" && asked != "text")
      return complain(fmt::format("BMES_TRACE is {}, and may only be json, text or empty", asked));
    const bool is_eval = run_app->count("--eval") > 0, is_print = run_app->count("--print") > 0;
    if (!is_eval && !is_print) {
      if (program.empty()) return complain("run needs an ENTRY: `bmes run --help` says more");
      const auto first = std::find_if(argv + 1, argv + argc, [](std::string_view a) { return a != first_flag; });
      if (const auto mistyped = program.front() == *first ? mistyped_command(*first) : std::string(); !mistyped.empty()) return complain(mistyped);
    }
    const std::string_view form = trace.empty() ? asked : trace;
    settings.trace = form.empty() ? trace_form::none : form == "json" ? trace_form::json : trace_form::text;
    std::string wrong;
    settings.check = check.empty() ? bmes::filesystem::check_asked_for(&wrong) : *bmes::check_mode_of(check);
    if (!wrong.empty()) return complain(wrong + ", and may only be stat, hash or none");
    if (mode.empty()) mode = bmes::filesystem::environment("BMES_CACHE");
    if (mode.empty()) mode = "auto";
    if (!modes.contains(mode)) return complain(fmt::format("BMES_CACHE is {}, and may only be auto, off, readonly or refresh", mode));
    settings.mode = modes.at(mode);
    settings.executable = argv[0];
    if (is_eval || is_print) {
      settings.entry = "[eval1]";
      settings.text = is_eval ? module_text : printing(expression);
      settings.arguments = program;
    } else {
      settings.entry = program.front();
      settings.arguments.assign(program.begin() + 1, program.end());
      if (settings.entry == "-") settings.text = bmes::filesystem::read_file("/dev/stdin").text;
    }
    // There is no file whose change would tell of another program.
    if (settings.text) settings.mode = cache_mode::off;
    return run(settings);
  }
  if (*compile_app) {
    if (graph) return compile_graphs(files, rules, into);
    if (version == 1 && files.size() > 1 && !output.empty()) return complain("version 1 holds one module a file: leave out -o to write several");
    return compile_files(files, output, version, force);
  }
  if (*validate_app) return validate_files(files, json);
  if (*inspect_app) return inspect_file(input, what);
  return convert_file(input, output, version, force);
}
