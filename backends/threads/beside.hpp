// Work that a second processor can take part in.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <atomic>
#include <cstddef>

namespace bmes {

/// Calls `work` on a thread of its own; or, where no thread can be had, in join(). `work` outlives this object.
///
/// Linux may queue a new thread behind its maker, for a millisecond or two while other processors are idle: this one begins on another
/// processor than its maker is on, if it may, and can be on all of its maker's from then on.
template <class Work>
class beside {
 public:
  explicit beside(Work& work) : work_(work) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    const int used = ::sched_getcpu();
    if (used >= 0 && ::sched_getaffinity(0, sizeof all_, &all_) == 0) {
      cpu_set_t others = all_;
      CPU_CLR(static_cast<unsigned>(used), &others);
      moves_ = CPU_COUNT(&others) != 0 && ::pthread_attr_setaffinity_np(&attributes, sizeof others, &others) == 0;
    }
    const auto run = [](void* self) -> void* {
      const auto* me = static_cast<beside*>(self);
      if (me->moves_) ::sched_setaffinity(0, sizeof me->all_, &me->all_);
      me->work_();
      return nullptr;
    };
    runs_ = moves_ && ::pthread_create(&thread_, &attributes, run, this) == 0;
    if (!runs_) moves_ = false, runs_ = ::pthread_create(&thread_, nullptr, run, this) == 0;
    ::pthread_attr_destroy(&attributes);
  }
  ~beside() { join(); }
  beside(const beside&) = delete;
  beside& operator=(const beside&) = delete;

  [[nodiscard]] bool has_thread() const noexcept { return runs_; }
  /// Returns when the work is done.
  void join() {
    if (is_joined_) return;
    is_joined_ = true;
    if (runs_)
      ::pthread_join(thread_, nullptr);
    else
      work_();
  }

 private:
  Work& work_;
  cpu_set_t all_{};
  pthread_t thread_{};
  bool moves_ = false;
  bool runs_ = false, is_joined_ = false;
};

/// Calls `work(i)` for each i below `count`, on two threads if there is more than one.
template <class Work>
void for_each_part(std::size_t count, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  if (count < 2) return take();
  const beside other(take);
  take();
}

}  // namespace bmes
