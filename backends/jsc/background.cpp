#include "prelude.hpp"

#include "background.hpp"

#include <bmalloc/pas_scavenger.h>
#include <chrono>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <thread>
#include <unistd.h>

// Not in the headers that come with the library, though in the library.
namespace JSC {
class JITWorklist {
 public:
  static JITWorklist* existingGlobalWorklistOrNull();
  void suspendAllThreads();
};
}  // namespace JSC

namespace bmes::jsc {
namespace {

constexpr auto patience = std::chrono::milliseconds(200);
constexpr auto between_looks = std::chrono::microseconds(50);

// "pid (name) S ...", proc(5); a name may hold anything.
bool sleeps(const char* thread) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%s/stat", thread);
  const int fd = ::open(path.data(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::array<char, 256> text{};
  const auto size = ::read(fd, text.data(), text.size());
  ::close(fd);
  const std::string_view line(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const auto name_end = line.rfind(") ");
  return name_end != line.npos && line.substr(name_end + 2).starts_with('S');
}

bool all_others_sleep() {
  const std::unique_ptr<DIR, decltype([](DIR* d) { ::closedir(d); })> threads(::opendir("/proc/self/task"));
  if (!threads) return false;
  const auto own = std::to_string(::gettid());
  while (const dirent* thread = ::readdir(threads.get()))
    if (thread->d_name[0] != '.' && thread->d_name != own && !sleeps(thread->d_name)) return false;
  return true;
}

}  // namespace

pid_t fork_at_rest(JSC::VM& vm) {
  const JSC::JSLockHolder lock(vm);
  vm.heap.preventCollection();
  if (auto* worklist = JSC::JITWorklist::existingGlobalWorklistOrNull()) worklist->suspendAllThreads();
  // The allocator's locks spin, so a thread that sleeps holds none of them; and its own thread, which wakes ten
  // times a second to free pages, needs this mutex to begin.
  pas_scavenger_data* const scavenger = pas_scavenger_data_instance;
  if (scavenger) ::pthread_mutex_lock(&scavenger->lock);
  const auto give_up = std::chrono::steady_clock::now() + patience;
  pid_t child = -1;
  while (std::chrono::steady_clock::now() < give_up) {
    if (all_others_sleep()) {
      child = ::fork();
      break;
    }
    std::this_thread::sleep_for(between_looks);
  }
  if (scavenger) ::pthread_mutex_unlock(&scavenger->lock);
  return child;
}

}  // namespace bmes::jsc
