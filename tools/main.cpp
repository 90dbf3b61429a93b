#include "commands.hpp"
#include "run.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <bmes/version.hpp>
#include <cstdlib>
#include <fmt/format.h>

namespace {

using namespace bmes::tools;

constexpr int wrong_usage = 2;
constexpr std::array commands{"run", "compile", "validate", "inspect", "convert"};
constexpr std::string_view seed_flag = "--experimental-esm-bytecode";

bool takes_value(const std::string& option) {
  static constexpr std::array options{"--cache", "--cache-dir", "--trace"};
  return std::ranges::find(options, option) != options.end();
}

// `bmes app.mjs --x` is `bmes run app.mjs --x`, and what follows the entry is the program's own, whatever it
// looks like. The seed's flag asks for what is always on.
std::vector<std::string> normalised(int argc, char** argv) {
  std::vector<std::string> in(argv + 1, argv + argc), out;
  std::size_t i = 0;
  while (i < in.size() && in[i] == seed_flag) ++i;
  const bool named = i < in.size() && std::ranges::find(commands, in[i]) != commands.end();
  const bool run_named = named && in[i] == "run";
  const bool about = i < in.size() && (in[i] == "--help" || in[i] == "-h" || in[i] == "--version");
  if (i == in.size() || about || (named && !run_named)) {
    out.assign(in.begin() + static_cast<std::ptrdiff_t>(i), in.end());
    return out;
  }
  if (run_named) ++i;
  out.emplace_back("run");
  for (; i < in.size(); ++i) {
    if (in[i] == seed_flag) continue;
    if (in[i] == "--" || !in[i].starts_with('-')) break;
    out.push_back(in[i]);
    if (takes_value(in[i]) && i + 1 < in.size()) out.push_back(in[++i]);
  }
  if (i < in.size() && in[i] == "--") ++i;
  if (i < in.size()) out.emplace_back("--");
  out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(std::min(i, in.size())), in.end());
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"bmes makes the second start of a JavaScript program fast.", "bmes"};
  app.set_version_flag("--version", std::string("bmes ") + bmes::library_version);
  app.require_subcommand(1);

  run_settings settings;
  std::vector<std::string> program;
  std::string trace;
  auto* run_app = app.add_subcommand("run", "Run an ES module program; `bmes ENTRY` means the same");
  const std::map<std::string, cache_mode> modes{
      {"auto", cache_mode::automatic}, {"off", cache_mode::off}, {"readonly", cache_mode::readonly}, {"refresh", cache_mode::refresh}};
  std::string mode = "auto";
  run_app->add_option("--cache", mode, "auto: use the cache and keep it (default); off; readonly: use it, write nothing; refresh: write it anew")
      ->check(CLI::IsMember({"auto", "off", "readonly", "refresh"}))
      ->option_text("MODE");
  run_app->add_option("--cache-dir", settings.folder, "Folder of the cache (default: $BMES_CACHE_DIR, $XDG_CACHE_HOME/bmes/esm, ~/.bun-cache/esm)")
      ->option_text("DIR");
  run_app->add_option("--trace", trace, "json: after the run, one line on stderr about what the cache did; also BMES_TRACE=json")
      ->check(CLI::IsMember({"json"}))
      ->option_text("FORMAT");
  run_app->add_flag_callback(std::string(seed_flag), [] {}, "Accepted; the cache is on anyway");
  run_app->add_option("ENTRY", program, "The program's first module, and the program's arguments")->required()->option_text("ENTRY [ARGS...]");

  std::vector<std::string> files;
  std::string output;
  unsigned version = bmes::format_version;
  auto* compile_app = app.add_subcommand("compile", "Compile modules to a file, without running them");
  compile_app->add_option("SOURCE", files, "Modules; the first one is the entry")->required();
  compile_app->add_option("-o,--output", output, "The file to write (default: SOURCE.bmes)");
  compile_app->add_option("--format-version", version, "Version of the format")->check(CLI::IsMember({1, 4}));

  bool json = false;
  auto* validate_app = app.add_subcommand("validate", "Check files of any version; exit 1 if one is bad");
  validate_app->add_option("FILE", files)->required();
  validate_app->add_flag("--json", json, "Print JSON");

  auto* inspect_app = app.add_subcommand("inspect", "Print what a file holds");
  inspect_app->add_option("FILE", files)->required()->expected(1);
  inspect_app->add_flag("--json", json, "Print JSON, every field");

  std::string input;
  auto* convert_app = app.add_subcommand("convert", "Convert a file to another version of the format");
  convert_app->add_option("FILE", input)->required();
  convert_app->add_option("OUTPUT", output)->required();
  convert_app->add_option("--format-version", version, "Version of the format")->check(CLI::IsMember({1, 3, 4}));

  auto arguments = normalised(argc, argv);
  std::ranges::reverse(arguments);
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : wrong_usage;
  }

  if (*run_app) {
    const char* environment = std::getenv("BMES_TRACE");
    settings.trace = trace == "json" || (environment && std::string_view(environment) == "json");
    settings.mode = modes.at(mode);
    settings.executable = argv[0];
    settings.entry = program.front();
    settings.arguments.assign(program.begin() + 1, program.end());
    return run(settings);
  }
  if (*compile_app) {
    if (version == 1 && files.size() > 1 && !output.empty()) {
      fmt::print(stderr, "bmes: a file of version 1 holds one module: leave out -o to write one file each\n");
      return wrong_usage;
    }
    return compile_files(files, output, version);
  }
  if (*validate_app) return validate_files(files, json);
  if (*inspect_app) return inspect_files(files, json);
  return convert_file(input, output, version);
}
