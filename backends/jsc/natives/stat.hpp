// fs.statSync and what a file is.
#pragma once

#include "native.hpp"

#include <sys/types.h>

namespace bmes::jsc {

JSC_DECLARE_HOST_FUNCTION(stat_sync);
JSC_DECLARE_HOST_FUNCTION(lstat_sync);

/// An object with isFile(), isDirectory() and isSymbolicLink().
JSC::JSObject* make_file_type(JSC::JSGlobalObject*, mode_t);

}  // namespace bmes::jsc
