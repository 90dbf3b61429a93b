// What takes longest to read, once for all files of the addon.
#include <bmes/cache.hpp>
#include <fmt/format.h>
#include <node.h>
