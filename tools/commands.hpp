// The commands besides `run`. Each prints what it has to say and gives the process's exit code.
#pragma once

#include <string>
#include <vector>

namespace bmes::tools {

/// What of a file `inspect` shows: a page, unless one of these says otherwise.
struct inspection {
  bool json = false;
  bool html = false;
  bool all = false;
  std::string modules;  ///< a pattern: the records of the modules that match it
};

// The path "-" is standard input or output. Files are written whole or not at all, and over what is no BMES file only with `force`.
int compile_files(const std::vector<std::string>& sources, const std::string& output, unsigned version, bool force);
int validate_files(const std::vector<std::string>& paths, bool json);
int inspect_file(const std::string& path, const inspection& what);
int convert_file(const std::string& input, const std::string& output, unsigned version, bool force);

}  // namespace bmes::tools
