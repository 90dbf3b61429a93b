// Work that nobody waits for: a copy of the process does it.
#pragma once

#include <functional>

namespace bmes::v8_backend {

/// Runs `work` in a child with nothing of the parent's open but the descriptor `kept`; here when there can be no child. A
/// process that lives on has no child afterwards.
void in_background(const std::function<void()>& work, int kept, bool lives_on);

}  // namespace bmes::v8_backend
