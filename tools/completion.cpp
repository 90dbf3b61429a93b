#include "completion.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <bmes/version.hpp>
#include <vector>

namespace bmes::tools {
namespace {

struct option_text {
  std::string long_name, short_name, value, help;
};
struct command_text {
  std::string name, help, footer;
  std::vector<option_text> options;
  std::vector<std::string> positionals;
};

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  std::string out;
  for (const char c : text)
    if (c != ' ' || !out.ends_with(' ')) out += c;
  return out;
}

command_text describe(const CLI::App& app) {
  command_text out{app.get_name(), app.get_description(), app.get_footer(), {}, {}};
  for (const CLI::Option* o : app.get_options()) {
    if (o->get_positional()) {
      out.positionals.push_back(o->get_name(true));
      continue;
    }
    option_text text;
    if (!o->get_lnames().empty()) text.long_name = "--" + o->get_lnames().front();
    if (!o->get_snames().empty()) text.short_name = "-" + o->get_snames().front();
    text.value = o->get_items_expected_max() > 0 ? o->get_option_text() : std::string();
    if (text.value == " ") text.value.clear();
    text.help = o->get_description();
    out.options.push_back(std::move(text));
  }
  return out;
}

std::vector<command_text> commands_of(const CLI::App& app) {
  std::vector<command_text> out;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) out.push_back(describe(*sub));
  return out;
}

std::string names_of(const command_text& c) {
  std::string out;
  for (const option_text& o : c.options)
    for (const auto& name : {o.long_name, o.short_name})
      if (!name.empty()) out += (out.empty() ? "" : " ") + name;
  return out;
}

std::string for_bash(const CLI::App& app) {
  std::string names, cases;
  for (const command_text& c : commands_of(app)) {
    names += (names.empty() ? "" : " ") + c.name;
    cases += fmt::format("    {}) options='{}' ;;\n", c.name, names_of(c));
  }
  return fmt::format(R"(_bmes() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} command=run options
  ((COMP_CWORD > 1)) && command=${{COMP_WORDS[1]}}
  case $command in
{}    *) options='{}' ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '{}' -- "$current"; compgen -f -- "$current")
  fi
}}
complete -o bashdefault -o default -F _bmes bmes
)",
                     cases, names_of(describe(app)), names);
}

// Quoted for a string in single quotes, in which brackets and colons may mean something.
std::string quoted(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (special.find(c) != special.npos) out += '\\';
    out += c;
  }
  return out;
}

std::string for_zsh(const CLI::App& app) {
  std::string names, cases;
  for (const command_text& c : commands_of(app)) {
    names += fmt::format("  '{}:{}'\n", c.name, quoted(c.help, ":"));
    cases += fmt::format("  {})\n    _arguments", c.name);
    for (const option_text& o : c.options)
      for (const auto& name : {o.long_name, o.short_name})
        if (!name.empty()) cases += fmt::format(" \\\n      '{}[{}]{}'", name, quoted(o.help, "[]:"), o.value.empty() ? "" : ":" + o.value + ":_files");
    cases += " \\\n      '*:file:_files' ;;\n";
  }
  return fmt::format("#compdef bmes\nlocal -a commands\ncommands=(\n{})\nif ((CURRENT == 2)) && [[ $PREFIX != -* ]]; then\n  _describe command commands\n  _files\n  return\nfi\n"
                     "case $words[2] in\n{}  *) _files ;;\nesac\n",
                     names, cases);
}

std::string for_fish(const CLI::App& app) {
  std::string out;
  for (const command_text& c : commands_of(app)) {
    out += fmt::format("complete -c bmes -n __fish_use_subcommand -a {} -d '{}'\n", c.name, quoted(c.help, ""));
    for (const option_text& o : c.options)
      out += fmt::format("complete -c bmes -n '__fish_seen_subcommand_from {}'{}{} -d '{}'{}\n", c.name, o.long_name.empty() ? "" : " -l " + o.long_name.substr(2),
                         o.short_name.empty() ? "" : " -s " + o.short_name.substr(1), quoted(o.help, ""), o.value.empty() ? "" : " -r");
  }
  return out;
}

// For troff, in which "-" is no minus sign and a dot at the start of a line is a request.
std::string for_troff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    if (c == '-') out += "\\-";
    else if (c == '\\') out += "\\e";
    else out += c;
  }
  return out;
}

std::string for_man(const CLI::App& app) {
  std::string out = fmt::format(".TH BMES 1 \"\" \"bmes {}\"\n.SH NAME\nbmes \\- make the second start of a JavaScript program fast\n.SH SYNOPSIS\n", bmes::library_version);
  out += ".B bmes\n[OPTIONS] ENTRY [ARGS...]\n";
  const auto commands = commands_of(app);
  for (const command_text& c : commands) {
    out += fmt::format(".br\n.B bmes {}\n[OPTIONS]", c.name);
    for (const auto& name : c.positionals) out += " " + name;
    out += "\n";
  }
  out += ".SH COMMANDS\n";
  for (const command_text& c : commands) {
    out += fmt::format(".SS {}\n{}.\n", c.name, for_troff(c.help));
    for (const option_text& o : c.options) {
      const auto names = o.short_name + (o.short_name.empty() || o.long_name.empty() ? "" : ", ") + o.long_name;
      out += fmt::format(".TP\n.B {}{}\n{}\n", for_troff(names), o.value.empty() ? "" : " " + for_troff(o.value), for_troff(one_line(o.help)));
    }
    if (!c.footer.empty()) out += fmt::format(".PP\n.nf\n{}\n.fi\n", for_troff(c.footer));
  }
  out += ".SH ENVIRONMENT\n";
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"BMES_CACHE_DIR", "The folder of the cache."},
           {"BMES_CACHE_READONLY", "A folder that is asked beside it and never written; its owner is trusted."},
           {"BMES_CACHE_MAX, BMES_CACHE_MAX_AGE", "How large the folder may grow (512M), and how long an entry may go unused (no limit)."},
           {"BMES_CACHE, BMES_CHECK, BMES_TRACE", "What \\-\\-cache, \\-\\-check and \\-\\-trace say, where those are not given."},
           {"NO_COLOR, FORCE_COLOR", "No colours, or colours also where there is no terminal."}})
    out += fmt::format(".TP\n.B {}\n{}\n", name, text);
  return out;
}

}  // namespace

std::string completion_of(const CLI::App& app, std::string_view form) {
  return form == "bash" ? for_bash(app) : form == "zsh" ? for_zsh(app) : form == "fish" ? for_fish(app) : for_man(app);
}

}  // namespace bmes::tools
