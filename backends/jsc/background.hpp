// A copy of the process that goes on when the program has ended.
#pragma once
#include "prelude.hpp"

namespace bmes::jsc {

/// Brings the collector and the JIT's threads to a stop where none of them holds a lock, so that a fork can use
/// the heap. The process has to end soon after: they stay stopped. (The allocator's own thread could only be
/// stopped in its sleep, which takes 100 ms; should it hold a lock at that moment, the fork ends by its alarm.)
void quiesce_for_fork(JSC::VM&);

}  // namespace bmes::jsc
