#include "prelude.hpp"

#include "background.hpp"

// Not in the headers that come with the library, though in the library.
namespace JSC {
class JITWorklist {
 public:
  static JITWorklist* existingGlobalWorklistOrNull();
  void suspendAllThreads();
};
}  // namespace JSC

namespace bmes::jsc {

void quiesce_for_fork(JSC::VM& vm) {
  const JSC::JSLockHolder lock(vm);
  vm.heap.preventCollection();
  if (auto* worklist = JSC::JITWorklist::existingGlobalWorklistOrNull()) worklist->suspendAllThreads();
}

}  // namespace bmes::jsc
