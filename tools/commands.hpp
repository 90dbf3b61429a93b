// The commands besides `run`. Each prints what it has to say and gives the process's exit code.
#pragma once

#include <string>
#include <vector>

namespace bmes::tools {

int compile_files(const std::vector<std::string>& sources, const std::string& output, unsigned version);
int validate_files(const std::vector<std::string>& paths, bool json);
int inspect_files(const std::vector<std::string>& paths, bool json);
int convert_file(const std::string& input, const std::string& output, unsigned version);

}  // namespace bmes::tools
