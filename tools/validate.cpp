#include "commands.hpp"
namespace bmes::tools { int validate_files(const std::vector<std::string>&, bool){return 1;} int inspect_files(const std::vector<std::string>&, bool){return 1;} int convert_file(const std::string&, const std::string&, unsigned){return 1;} }
