// The allocator's own thread, which looks ten times a second for pages to give back to the system. A program that ends within milliseconds has
// none to give, and waits for the thread to begin and to end: a seventh of a hello's time.
#pragma once
#include "prelude.hpp"

namespace bmes::jsc {

/// There is no such thread until release_scavenger(). Before the engine starts.
void hold_scavenger();
/// For good. Does nothing where it is released already; may be called by any thread.
void release_scavenger();
/// Releases it at the first collection: a program that makes garbage has pages to give.
void release_scavenger_at_collection(JSC::Heap&);

}  // namespace bmes::jsc
