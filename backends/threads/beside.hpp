// Work that a second processor can take part in.
#pragma once

#include <pthread.h>
#include <atomic>
#include <cstddef>

namespace bmes {

/// Calls `work` on a thread of its own; or, where no thread can be had, in join(). `work` outlives this object.
template <class Work>
class beside {
 public:
  explicit beside(Work& work) : work_(work) {
    runs_ = ::pthread_create(
                &thread_, nullptr,
                [](void* self) -> void* {
                  static_cast<beside*>(self)->work_();
                  return nullptr;
                },
                this) == 0;
  }
  ~beside() { join(); }
  beside(const beside&) = delete;
  beside& operator=(const beside&) = delete;

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
  pthread_t thread_{};
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
