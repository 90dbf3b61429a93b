// What takes longest to read, once for all files of the command. Not CLI11: its constants would be made anew for each of them, at every start.
#include <bmes/cache.hpp>
#include <fmt/format.h>
