// The parts that make up `process`.
#pragma once

#include "native.hpp"

namespace bmes::jsc {

void define_process_events(JSC::JSGlobalObject*, JSC::JSObject* process);
/// Describes what an "exit" listener threw: too late for anything else.
void report_late(host_state&, JSC::JSValue error);

}  // namespace bmes::jsc
