// Globals that belong to no module.
#pragma once

#include "native.hpp"

namespace bmes::jsc {

JSC::JSValue make_print(host_state&);
JSC::JSValue make_queue_microtask(host_state&);
JSC::JSValue make_text_encoder(host_state&);
JSC::JSValue make_text_decoder(host_state&);

}  // namespace bmes::jsc
