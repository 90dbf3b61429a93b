// What the commands about the cache can be asked: cache, why, graph.
#include "cache_folder.hpp"
#include "cache_settings.hpp"
#include "command_line.hpp"
#include "fleet_commands.hpp"
#include "graph.hpp"
#include "why.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace bmes::tools {
namespace {

constexpr auto folder_help = "Folder of the cache (default: that of run)";

CLI::Validator size_text() {
  const auto judge = [](const std::string& text) { return filesystem::parse_size(text) ? std::string() : text + " is no size, such as 300M"; };
  return CLI::Validator(judge, "");
}
CLI::Validator duration_text() {
  const auto judge = [](const std::string& text) { return filesystem::parse_duration(text) ? std::string() : text + " is no time, such as 30d"; };
  return CLI::Validator(judge, "");
}

struct cache_options {
  cache_request request;
  std::string size, age;

  [[nodiscard]] cache_request made() const {
    cache_request out = request;
    if (!size.empty()) out.most_bytes = filesystem::parse_size(size);
    if (!age.empty()) out.longest_unused = filesystem::parse_duration(age);
    return out;
  }
};

void add_remote_commands(CLI::App* cache, std::function<int()>& chosen) {
  const auto asked = std::make_shared<fleet_request>();
  const auto add = [&](const char* name, const char* help, int (*work)(const fleet_request&)) {
    auto* const command = cache->add_subcommand(name, help);
    command->add_option("--dir", asked->folder, folder_help)->option_text("DIR");
    command->add_flag("--json", asked->json, "Print JSON");
    add_resolution_options(command, *asked);
    command->callback([&chosen, asked, work] { chosen = [asked, work] { return work(*asked); }; });
    return command;
  };
  add("push", "Send entries to the remotes, signed", cache_push)
      ->add_option("ENTRY", asked->entries, "Programs (default: all entries)")
      ->option_text("...");
  add("pull", "Get programs' graphs from the remotes", cache_pull)->add_option("ENTRY", asked->entries, "Programs")->required()->option_text("...");
  const auto url = std::make_shared<std::string>();
  auto* const check = cache->add_subcommand("serve-check", "Tell whether a server is fit to be a remote");
  check->add_option("URL", *url, "As in BMES_CACHE_REMOTE; what it stores is removed")->required()->option_text(" ");
  check->add_flag("--json", asked->json, "Print JSON");
  check->callback([&chosen, url, asked] { chosen = [url, asked] { return check_server(*url, asked->json); }; });
}

}  // namespace

void add_resolution_options(CLI::App* command, resolution_rules& rules, CLI::Option* needed) {
  auto* const conditions = command->add_option("-C,--conditions", rules.conditions, "One more condition of packages' exports, as with\nrun")
                               ->option_text("NAME")
                               ->allow_extra_args(false);
  auto* const links = command->add_flag("--preserve-symlinks", rules.preserve_symlinks, "Don't follow links to what they lead to");
  if (needed) conditions->needs(needed), links->needs(needed);
}

void add_key_command(CLI::App& app, std::function<int()>& chosen) {
  auto* const key = app.add_subcommand("key", "Make keys that entries of remotes are signed with");
  key->require_subcommand(0, 1);
  key->callback([&chosen, key] {
    if (key->get_subcommands().empty()) chosen = [key] { return std::fputs(key->help().c_str(), stderr), 2; };
  });
  const auto name = std::make_shared<std::string>(), file = std::make_shared<std::string>();
  auto* const generate = key->add_subcommand("generate", "Write a secret key, print its public one");
  generate->add_option("NAME", *name, "What people call it, e.g. ci-2026")->required()->option_text(" ");
  generate->add_option("-o,--output", *file, "The file of the secret key, which is made")->required()->option_text("FILE");
  generate->callback([&chosen, name, file] { chosen = [name, file] { return generate_key(*name, *file); }; });
  auto* const show = key->add_subcommand("show", "Print the public key of a secret one");
  show->add_option("FILE", *file, "The file of the secret key")->required()->option_text(" ");
  show->callback([&chosen, file] { chosen = [file] { return show_key(*file); }; });
}

void add_cache_commands(CLI::App& app, std::function<int()>& chosen) {
  auto* const cache = app.add_subcommand("cache", "Look at the cache, check it, make it smaller");
  cache->require_subcommand(0, 1);
  cache->callback([&chosen, cache] {
    if (cache->get_subcommands().empty()) chosen = [cache] { return std::fputs(cache->help().c_str(), stderr), 2; };
  });
  const auto options = std::make_shared<cache_options>();
  const auto add = [&](const char* name, const char* help, int (*work)(const cache_request&)) {
    auto* const command = cache->add_subcommand(name, help);
    command->add_option("--dir", options->request.folder, folder_help)->option_text("DIR");
    command->add_flag("--json", options->request.json, "Print JSON");
    command->callback([&chosen, options, work] { chosen = [options, work] { return work(options->made()); }; });
    return command;
  };
  const auto add_dry_run = [&](CLI::App* command) {
    command->add_flag("-n,--dry-run", options->request.dry_run, "Say what would be removed, and remove nothing");
  };
  add("path", "Print its folder; exit 1 if it would not be used", cache_path);
  add("list", "List its entries, the last used first", cache_list);
  auto* const stats = add("stats", "Count its entries, engines and bytes", [](const cache_request& r) {
    return r.remote ? remote_stats({{}, r.folder, {}, r.json}) : cache_stats(r);
  });
  stats->add_flag("--remote", options->request.remote, "Which remotes there are, and how they served");
  auto* const verify = add("verify", "Read all of it; exit 1 if something is damaged", cache_verify);
  auto* const audit = verify->add_flag("--audit", options->request.audit,
                                       "Compile a sample again from its sources, and exit 1\nif the entry says something else of it");
  verify->add_option("--sample", options->request.sample, "So many modules of an entry; 0 is all (default: 16)")->needs(audit)->option_text("N");
  auto* const prune = add("prune", "Remove what is too much", cache_prune);
  add_dry_run(prune);
  prune->add_option("--max-size", options->size, "Down to nine tenths of it if it is larger; 0 is no\nlimit (default: $BMES_CACHE_MAX, or 512M)")
      ->check(size_text())
      ->option_text("SIZE");
  prune->add_option("--max-age", options->age, "What was not used for longer, e.g. 30d\n(default: $BMES_CACHE_MAX_AGE, or no limit)")
      ->check(duration_text())
      ->option_text("TIME");
  add_dry_run(add("clear", "Remove all of it", cache_clear));
  add_remote_commands(cache, chosen);

  const auto asked = std::make_shared<why_request>();
  const auto check = std::make_shared<std::string>();
  auto* const why_app = app.add_subcommand("why", "Say whether a next start would be a hit");
  why_app->add_option("ENTRY", asked->entry, "The program's first module")->required()->option_text(" ");
  why_app->add_option("--cache-dir", asked->folder, folder_help)->option_text("DIR");
  why_app->add_option("--check", *check, "stat, hash or none, as with run")->check(CLI::IsMember({"stat", "hash", "none"}))->option_text("MODE");
  add_resolution_options(why_app, *asked);
  why_app->add_flag("--json", asked->json, "Print JSON");
  why_app->callback([&chosen, asked, check] {
    asked->check = check->empty() ? filesystem::check_asked_for() : *check_mode_of(*check);
    chosen = [asked] { return why(*asked); };
  });

  using form = graph_request::form_type;
  const auto graph = std::make_shared<graph_request>();
  auto* const graph_app = app.add_subcommand("graph", "Show the modules of a program and what each takes");
  graph_app->add_option("ENTRY", graph->entry, "A program with an entry in the cache, or a file")->required()->option_text(" ");
  graph_app->add_option("--cache-dir", graph->folder, folder_help)->option_text("DIR");
  auto* const json = graph_app
                         ->add_flag_callback(
                             "--json", [graph] { graph->form = form::json; }, "Print JSON, not a table of the largest")
                         ->option_text(" ");
  auto* const dot = graph_app
                        ->add_flag_callback(
                            "--dot", [graph] { graph->form = form::dot; }, "Print Graphviz's DOT")
                        ->excludes(json)
                        ->option_text(" ");
  graph_app
      ->add_flag_callback(
          "--html", [graph] { graph->form = form::html; }, "Print a page with a treemap, a table, a search")
      ->excludes(json)
      ->excludes(dot)
      ->option_text(" ");
  add_resolution_options(graph_app, *graph);
  auto* const times =
      graph_app->add_flag("--times", graph->times,
                          "Run the program, from its sources and from the\ncache, and show what each module took; what it\nprints goes to stderr");
  graph_app->add_option("--runs", graph->runs, "With --times: so many runs of each kind, of which\nthe fastest counts (default: 1)")
      ->needs(times)
      ->check(CLI::Range(1, 1000))
      ->option_text("N");
  graph_app->add_option("ARGS", graph->arguments, "The program's, with --times; after --")->needs(times)->option_text("...");
  graph_app->add_option("-o,--output", graph->output, "The file to write, - is stdout (default)")->option_text("FILE");
  graph_app->callback([&chosen, graph] { chosen = [graph] { return show_graph(*graph); }; });
}

}  // namespace bmes::tools
