// Work that a second processor can take part in.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

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

/// The numbers below `count`, each given out once, to whichever thread asks.
class parts {
 public:
  explicit parts(std::size_t count) noexcept : count_(count) {}
  /// Calls `work(i)` with those that are left, one by one.
  template <class Work>
  void take(const Work& work) {
    for (std::size_t i = next_++; i < count_; i = next_++) work(i);
  }

 private:
  std::atomic<std::size_t> next_{0};
  std::size_t count_;
};

/// Calls `work(i)` for each i below `count`, on two threads if there is more than one.
template <class Work>
void for_each_part(std::size_t count, const Work& work) {
  parts all(count);
  const auto take = [&] { all.take(work); };
  if (count < 2) return take();
  const beside other(take);
  take();
}

/// A piece of work of one thread that another one waits for, and takes a share of meanwhile.
class awaited_work {
 public:
  awaited_work() = default;
  awaited_work(const awaited_work&) = delete;
  awaited_work& operator=(const awaited_work&) = delete;

  /// On the thread whose work it is: calls `work(i)` for each i below `count`, and returns when all have returned. Who waits may call some.
  template <class Work>
  void for_each_part(std::size_t count, const Work& work) {
    parts all(count);
    share mine{&all, &work, [](const share& s) { s.all->take(*static_cast<const Work*>(s.work)); }};
    {
      const std::lock_guard lock(mutex_);
      shared_ = &mine;
    }
    changed_.notify_all();
    all.take(work);
    std::unique_lock lock(mutex_);
    shared_ = nullptr;
    changed_.wait(lock, [&] { return !is_helped_; });
  }
  /// On the thread whose work it is: all of it is done.
  void end() {
    {
      const std::lock_guard lock(mutex_);
      has_ended_ = true;
    }
    changed_.notify_all();
  }
  /// On one other thread: returns after end().
  void wait() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return shared_ || has_ended_; });
      if (!shared_) return;
      const share taken = *std::exchange(shared_, nullptr);
      is_helped_ = true;
      lock.unlock();
      taken.call(taken);
      lock.lock();
      is_helped_ = false;
      changed_.notify_all();
    }
  }

 private:
  struct share {
    parts* all;
    const void* work;
    void (*call)(const share&);
  };
  std::mutex mutex_;
  std::condition_variable changed_;
  share* shared_ = nullptr;  // what parts of are left
  bool is_helped_ = false, has_ended_ = false;
};

}  // namespace bmes
