#include "prelude.hpp"

#include "scavenger.hpp"

#include <JavaScriptCore/HeapObserver.h>
#include <bmalloc/pas_scavenger.h>
#include <atomic>

namespace bmes::jsc {
namespace {

// One for the process, as the thread is.
std::atomic<bool> is_held = false;

struct collection_observer final : JSC::HeapObserver {
  void willGarbageCollect() override { release_scavenger(); }
  void didGarbageCollect(JSC::CollectionScope) override {}
};

}  // namespace

void hold_scavenger() {
  if (!is_held.exchange(true)) pas_scavenger_suspend();
}

void release_scavenger() {
  if (is_held.load(std::memory_order_relaxed) && is_held.exchange(false)) pas_scavenger_resume();
}

// As long as the heap, which stays until the process ends.
void release_scavenger_at_collection(JSC::Heap& heap) { heap.addObserver(new collection_observer); }

}  // namespace bmes::jsc
