// What takes longest to read, once for all tests of the format.
#include "../support.hpp"

#include <bmes/cache.hpp>
