// The engine's headers once for all files of this backend: they take seconds each time.
#include "prelude.hpp"
