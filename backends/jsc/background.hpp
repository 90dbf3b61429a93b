// A copy of the process that goes on when the program has ended.
#pragma once
#include "prelude.hpp"

namespace bmes::jsc {

/// Brings the engine's threads to a stop where none of them holds a lock, so that a fork can use the heap.
/// The process has to end soon after: the threads stay stopped.
void quiesce_for_fork(JSC::VM&);

}  // namespace bmes::jsc
