// Work that is counted and not timed: edges of the code that is built with -fsanitize-coverage=trace-pc, and bytes allocated.
#pragma once

#include <cstdint>

namespace support {

struct work {
  std::uint64_t steps = 0;
  std::uint64_t allocated = 0;
};

/// All work since the start of the process.
work done_so_far() noexcept;

/// The work of calling f().
template <class F>
work work_of(F&& f) {
  const work before = done_so_far();
  f();
  const work after = done_so_far();
  return {after.steps - before.steps, after.allocated - before.allocated};
}

}  // namespace support
