// The commands by their names and options. Describing all takes a twentieth of a hello's start: only the one that is run is described, and a program
// without options needs no parser.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}

namespace bmes::tools {

struct resolution_rules;

inline constexpr int wrong_usage = 2;

/// The cache's first description had a flag for what is always on here.
inline constexpr std::string_view first_flag = "--experimental-esm-bytecode";

/// Each describes commands to the parser; what was asked for is left in `chosen`, which gives the process's exit code and lives as long as the parser.
void add_run_command(CLI::App&, std::function<int()>& chosen, const char* executable);
void add_file_commands(CLI::App&, std::function<int()>& chosen);
void add_cache_commands(CLI::App&, std::function<int()>& chosen);
void add_key_command(CLI::App&, std::function<int()>& chosen);

/// A program and its arguments, without any option: there is nothing to parse.
int run_plainly(std::vector<std::string> program, const char* executable);

/// What changes where specifiers lead; only with `needed`, if that is given.
void add_resolution_options(CLI::App* command, resolution_rules&, CLI::Option* needed = nullptr);

/// Prints to standard error what is wrong with the usage, and gives the exit code that says so.
int complain(std::string_view);

}  // namespace bmes::tools
