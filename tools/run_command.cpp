// What `bmes run` can be asked on the command line and in the environment.
#include "cache_settings.hpp"
#include "command_line.hpp"
#include "files.hpp"
#include "run.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <map>
#include <memory>

namespace bmes::tools {
namespace {

const std::map<std::string, cache_mode> modes{
    {"auto", cache_mode::automatic}, {"off", cache_mode::off}, {"readonly", cache_mode::readonly}, {"refresh", cache_mode::refresh}};

struct run_options {
  run_settings settings;
  std::vector<std::string> program;
  std::string trace, mode, check, module_text, expression;
  bool is_eval = false, is_print = false;
};

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

int run_as_asked(run_options& asked) {
  run_settings& settings = asked.settings;
  const auto trace_asked = filesystem::environment("BMES_TRACE");
  if (!trace_asked.empty() && trace_asked != "json" && trace_asked != "text")
    return complain(fmt::format("BMES_TRACE is {}, and may only be json, text or empty", trace_asked));
  const bool is_text = asked.is_eval || asked.is_print;
  if (!is_text && asked.program.empty()) return complain("run needs an ENTRY: `bmes run --help` says more");
  const std::string_view form = asked.trace.empty() ? trace_asked : asked.trace;
  settings.trace = form.empty() ? trace_form::none : form == "json" ? trace_form::json : trace_form::text;
  std::string wrong;
  settings.check = asked.check.empty() ? filesystem::check_asked_for(&wrong) : *check_mode_of(asked.check);
  if (!wrong.empty()) return complain(wrong + ", and may only be stat, hash or none");
  if (asked.mode.empty()) asked.mode = filesystem::environment("BMES_CACHE");
  if (asked.mode.empty()) asked.mode = "auto";
  const auto mode = modes.find(asked.mode);
  if (mode == modes.end()) return complain(fmt::format("BMES_CACHE is {}, and may only be auto, off, readonly or refresh", asked.mode));
  settings.mode = mode->second;
  if (is_text) {
    settings.entry = "[eval1]";
    settings.text = asked.is_eval ? asked.module_text : printing(asked.expression);
    settings.arguments = asked.program;
  } else {
    settings.entry = asked.program.front();
    settings.arguments.assign(asked.program.begin() + 1, asked.program.end());
    if (settings.entry == "-") settings.text = filesystem::read_file("/dev/stdin").text;
  }
  // There is no file whose change would tell of another program.
  if (settings.text) settings.mode = cache_mode::off;
  return run(settings);
}

}  // namespace

int run_plainly(std::vector<std::string> program, const char* executable) {
  run_options asked;
  asked.settings.executable = executable;
  asked.program = std::move(program);
  return run_as_asked(asked);
}

void add_run_command(CLI::App& app, std::function<int()>& chosen, const char* executable) {
  const auto asked = std::make_shared<run_options>();
  asked->settings.executable = executable;
  auto* const command = app.add_subcommand("run", "Run JavaScript or TypeScript; also `bmes ENTRY`");
  command
      ->add_option("--cache", asked->mode,
                   "auto      read and write the cache (default)\n"
                   "off       neither read nor write it\n"
                   "readonly  read it, write nothing\n"
                   "refresh   don't read it, write it anew")
      ->check(CLI::IsMember({"auto", "off", "readonly", "refresh"}))
      ->option_text("MODE");
  command
      ->add_option("--check", asked->check,
                   "What tells that a source changed: stat, size and\n"
                   "times (default); hash, its contents; none, nothing")
      ->check(CLI::IsMember({"stat", "hash", "none"}))
      ->option_text("MODE");
  command
      ->add_option("--cache-dir", asked->settings.folder,
                   "Folder of the cache; else $BMES_CACHE_DIR,\n"
                   "$XDG_CACHE_HOME/bmes/esm or ~/.bun-cache/esm")
      ->option_text("DIR");
  command->add_option("--trace", asked->trace, "After the run, say on stderr what the cache did:\ntext, or json, a line of it; also $BMES_TRACE")
      ->check(CLI::IsMember({"json", "text"}))
      ->option_text("FORMAT");
  command->add_option("-C,--conditions", asked->settings.conditions, "One more condition of packages' exports")->option_text("NAME");
  command->add_flag("--preserve-symlinks", asked->settings.preserve_symlinks, "Don't follow links to what they lead to");
  command->add_flag_callback(
      std::string(first_flag), [] {}, "Accepted; the cache is on anyway");
  auto* const eval = command->add_option("-e,--eval", asked->module_text, "Run TEXT, a module in the present folder")->option_text("TEXT");
  auto* const print = command->add_option("-p,--print", asked->expression, "Run TEXT, print what it gives")->option_text("TEXT")->excludes(eval);
  command->add_option("ENTRY", asked->program, "First module, - is stdin; the program's own follow")->option_text("[ARGS...]");
  command->callback([&chosen, asked, eval, print] {
    asked->is_eval = !eval->empty();
    asked->is_print = !print->empty();
    chosen = [asked] { return run_as_asked(*asked); };
  });
}

}  // namespace bmes::tools
