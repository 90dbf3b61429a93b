#include "prelude.hpp"

// Faster code for WebAssembly is made by another thread and put in place while the slower code runs. In this build of the engine that goes
// wrong now and then on a busy machine: traps, wrong results, loops without end. So whoever asks for such code waits until it is there.

// Not in the headers that come with the library, though in the library.
namespace JSC::Wasm {
class Plan {
 public:
  void waitForCompletion();
};
}  // namespace JSC::Wasm

namespace bmes::jsc {

// Worklist::enqueue(Ref<Plan>) (the linker's --wrap, see meson.build): a reference goes by its address, and the caller has another one.
void enqueue(void* worklist, JSC::Wasm::Plan** plan) asm("__real__ZN3JSC4Wasm8Worklist7enqueueEN3WTF3RefINS0_4PlanENS2_12RawPtrTraitsIS4_EEEE");
void enqueue_and_wait(void* worklist,
                      JSC::Wasm::Plan** plan) asm("__wrap__ZN3JSC4Wasm8Worklist7enqueueEN3WTF3RefINS0_4PlanENS2_12RawPtrTraitsIS4_EEEE");

void enqueue_and_wait(void* worklist, JSC::Wasm::Plan** plan) {
  JSC::Wasm::Plan* const made = *plan;
  enqueue(worklist, plan);
  made->waitForCompletion();
}

}  // namespace bmes::jsc
