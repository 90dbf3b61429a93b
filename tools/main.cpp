#include "command_line.hpp"
#include "completion.hpp"
#include "engines.hpp"
#include "suggest.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <bmes/version.hpp>
#include <initializer_list>
#include <optional>

namespace {

using namespace bmes::tools;

const std::vector<std::string> commands{"run", "compile", "validate", "inspect", "convert", "cache", "why", "graph", "key", "completion"};

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

}  // namespace

int bmes::tools::complain(std::string_view text) {
  fmt::print(stderr, "bmes: {}\n", text);
  return wrong_usage;
}

int main(int argc, char** argv) {
  auto arguments = normalised(argc, argv);
  const auto command = arguments.empty() || !is_command(arguments.front()) ? std::string() : arguments.front();
  if (const auto first = std::find_if(argv + 1, argv + argc, [](std::string_view a) { return a != first_flag; });
      first != argv + argc && **first != '-' && !is_command(*first))
    if (const auto mistyped = mistyped_command(*first); !mistyped.empty()) return complain(mistyped);

  if (arguments.size() > 2 && arguments[0] == "run" && arguments[1] == "--") return run_plainly({arguments.begin() + 2, arguments.end()}, argv[0]);

  const std::ios_base::Init streams;
  CLI::App app{"bmes makes the second start of a JavaScript program fast.", "bmes"};
  app.set_version_flag("--version", version_text);
  app.require_subcommand(1);
  std::function<int()> chosen;
  const auto is_asked_for = [&](std::initializer_list<std::string_view> names) {
    return command.empty() || command == "completion" || std::ranges::find(names, command) != names.end();
  };
  if (is_asked_for({"run"})) add_run_command(app, chosen, argv[0]);
  if (is_asked_for({"compile", "validate", "inspect", "convert"})) add_file_commands(app, chosen);
  if (is_asked_for({"cache", "why", "graph"})) add_cache_commands(app, chosen);
  if (is_asked_for({"key"})) add_key_command(app, chosen);
  if (is_asked_for({"completion"})) {
    auto* const completion = app.add_subcommand("completion", "Print completions for a shell, or the manual page");
    const auto form = std::make_shared<std::string>();
    completion->add_option("FORM", *form, "bash, zsh, fish, or man for man(1)")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}))
        ->option_text(" ");
    completion->footer("Example: source <(bmes completion bash)");
    completion->callback([&app, &chosen, form] { chosen = [&app, form] { return fmt::print("{}", completion_of(app, *form)), 0; }; });
  }
  app.footer("`bmes COMMAND --help` says more.");  // last: the commands would have it too

  std::ranges::reverse(arguments);
  try {
    app.parse(arguments);
  } catch (const CLI::ExtrasError&) {
    return complain(unexpected(app, command));
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : wrong_usage;
  }
  return chosen();
}
