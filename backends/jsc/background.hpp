// A copy of the process that goes on when the program has ended.
#pragma once
#include "prelude.hpp"

#include <sys/types.h>

namespace bmes::jsc {

/// fork(2) at a moment when no other thread holds a lock, so that the child can use the heap; -1 where there is no
/// such moment soon. The process has to end soon after: the collector and the JIT stay stopped.
pid_t fork_at_rest(JSC::VM&);

}  // namespace bmes::jsc
