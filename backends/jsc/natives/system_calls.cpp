// What the host's modules in JavaScript build on: system calls as they are. Each gives what it has, or a negative errno; which error that
// becomes is decided there.
#include "prelude.hpp"

#include "system.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

namespace bmes::jsc {

using namespace JSC;

namespace {

/// The arguments of a call, as C++ has them. A wrong one is the host's own mistake.
class call_arguments {
 public:
  call_arguments(JSGlobalObject* global, CallFrame* frame) : global_(global), frame_(frame) {}
  double number(unsigned i, double otherwise = 0) const {
    JSValue v = frame_->argument(i);
    return v.isNumber() ? v.asNumber() : otherwise;
  }
  int integer(unsigned i, int otherwise = 0) const { return static_cast<int>(static_cast<std::int64_t>(number(i, otherwise))); }
  bool flag(unsigned i) const { return frame_->argument(i).isTrue(); }
  std::string text(unsigned i) const { return text_of(frame_->argument(i)); }
  std::string text_of(JSValue v) const {
    if (auto bytes = bytes_of(v)) return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
    return v.isString() ? utf8_of(asString(v)->value(global_)) : std::string();
  }
  std::vector<std::string> texts(unsigned i) const {
    std::vector<std::string> out;
    for (JSValue v : values(i)) out.push_back(text_of(v));
    return out;
  }
  std::vector<JSValue> values(unsigned i) const {
    std::vector<JSValue> out;
    if (auto* array = jsDynamicCast<JSArray*>(frame_->argument(i)))
      for (unsigned k = 0; k < array->length(); k++) out.push_back(array->get(global_, k));
    return out;
  }
  /// The part of a view that begins at argument i + 1 and has as many bytes as i + 2 says.
  std::span<std::uint8_t> bytes(unsigned i) const {
    auto all = bytes_of(frame_->argument(i)).value_or(std::span<const std::uint8_t>());
    auto from = std::min(all.size(), static_cast<std::size_t>(std::max(0.0, number(i + 1))));
    auto size = std::min(all.size() - from, static_cast<std::size_t>(std::max(0.0, number(i + 2, static_cast<double>(all.size() - from)))));
    return {const_cast<std::uint8_t*>(all.data()) + from, size};
  }

 private:
  JSGlobalObject* global_;
  CallFrame* frame_;
};

JSValue result_of(long value) { return jsNumber(static_cast<double>(value < 0 ? -errno : value)); }

JSValue array_of(JSGlobalObject* global, std::initializer_list<double> numbers) {
  MarkedArgumentBuffer out;
  for (double n : numbers) out.append(jsNumber(n));
  return constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), out);
}

using system_call = JSValue (*)(JSGlobalObject*, const call_arguments&);
template <system_call Call>
EncodedJSValue as_function(JSGlobalObject* global, CallFrame* frame) {
  return JSValue::encode(Call(global, call_arguments(global, frame)));
}

/// A call that may change files.
template <system_call Call>
EncodedJSValue as_change(JSGlobalObject* global, CallFrame* frame) {
  disk_changes(global);
  return as_function<Call>(global, frame);
}

timespec time_of(double seconds) {
  if (!(seconds > -1e15 && seconds < 1e15)) seconds = 0;
  double whole = std::floor(seconds);
  return {static_cast<time_t>(whole), static_cast<long>((seconds - whole) * 1e9)};
}

JSValue status_of(JSGlobalObject* global, const struct stat& s) {
  auto n = [](auto v) { return static_cast<double>(v); };
  return array_of(global, {n(s.st_dev), n(s.st_mode), n(s.st_nlink), n(s.st_uid), n(s.st_gid), n(s.st_rdev), n(s.st_blksize), n(s.st_ino), n(s.st_size),
                           n(s.st_blocks), n(s.st_atim.tv_sec), n(s.st_atim.tv_nsec), n(s.st_mtim.tv_sec), n(s.st_mtim.tv_nsec), n(s.st_ctim.tv_sec),
                           n(s.st_ctim.tv_nsec), n(s.st_ctim.tv_sec), n(s.st_ctim.tv_nsec)});
}

/// The time of a file's birth, which stat(2) does not know.
JSValue status_at(JSGlobalObject* global, int folder, const char* path, int flags) {
  struct statx s {};
  if (::statx(folder, path, flags | AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS | STATX_BTIME, &s) != 0) return jsNumber(-errno);
  auto n = [](auto v) { return static_cast<double>(v); };
  const auto device = [&](auto major, auto minor) { return n(static_cast<std::uint64_t>(major) << 8 | minor); };
  const auto& born = (s.stx_mask & STATX_BTIME) ? s.stx_btime : s.stx_ctime;
  return array_of(global, {device(s.stx_dev_major, s.stx_dev_minor), n(s.stx_mode), n(s.stx_nlink), n(s.stx_uid), n(s.stx_gid),
                           device(s.stx_rdev_major, s.stx_rdev_minor), n(s.stx_blksize), n(s.stx_ino), n(s.stx_size), n(s.stx_blocks),
                           n(s.stx_atime.tv_sec), n(s.stx_atime.tv_nsec), n(s.stx_mtime.tv_sec), n(s.stx_mtime.tv_nsec), n(s.stx_ctime.tv_sec),
                           n(s.stx_ctime.tv_nsec), n(born.tv_sec), n(born.tv_nsec)});
}

// Files

JSValue call_open(JSGlobalObject* global, const call_arguments& a) {
  if ((a.integer(1) & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0) disk_changes(global);
  return result_of(::open(a.text(0).c_str(), a.integer(1) | O_CLOEXEC, a.integer(2, 0666)));
}
JSValue call_close(JSGlobalObject*, const call_arguments& a) { return result_of(::close(a.integer(0))); }
JSValue call_read(JSGlobalObject*, const call_arguments& a) {
  auto to = a.bytes(1);
  double at = a.number(4, -1);
  return result_of(at < 0 ? ::read(a.integer(0), to.data(), to.size()) : ::pread(a.integer(0), to.data(), to.size(), static_cast<off_t>(at)));
}
JSValue call_write(JSGlobalObject*, const call_arguments& a) {
  auto from = a.bytes(1);
  double at = a.number(4, -1);
  return result_of(at < 0 ? ::write(a.integer(0), from.data(), from.size()) : ::pwrite(a.integer(0), from.data(), from.size(), static_cast<off_t>(at)));
}
JSValue call_stat(JSGlobalObject* global, const call_arguments& a) { return status_at(global, AT_FDCWD, a.text(0).c_str(), 0); }
JSValue call_lstat(JSGlobalObject* global, const call_arguments& a) { return status_at(global, AT_FDCWD, a.text(0).c_str(), AT_SYMLINK_NOFOLLOW); }
JSValue call_fstat(JSGlobalObject* global, const call_arguments& a) {
  struct stat s {};
  return ::fstat(a.integer(0), &s) == 0 ? status_of(global, s) : jsNumber(-errno);
}
JSValue call_link(JSGlobalObject*, const call_arguments& a) { return result_of(::link(a.text(0).c_str(), a.text(1).c_str())); }
JSValue call_symlink(JSGlobalObject*, const call_arguments& a) { return result_of(::symlink(a.text(0).c_str(), a.text(1).c_str())); }
JSValue call_readlink(JSGlobalObject* global, const call_arguments& a) {
  char target[PATH_MAX];
  auto size = ::readlink(a.text(0).c_str(), target, sizeof target);
  return size < 0 ? jsNumber(-errno) : JSValue(js_text(global->vm(), {target, static_cast<std::size_t>(size)}));
}
JSValue call_chmod(JSGlobalObject*, const call_arguments& a) { return result_of(::chmod(a.text(0).c_str(), static_cast<mode_t>(a.integer(1)))); }
JSValue call_fchmod(JSGlobalObject*, const call_arguments& a) { return result_of(::fchmod(a.integer(0), static_cast<mode_t>(a.integer(1)))); }
JSValue call_chown(JSGlobalObject*, const call_arguments& a) {
  return result_of(::chown(a.text(0).c_str(), static_cast<uid_t>(a.integer(1)), static_cast<gid_t>(a.integer(2))));
}
JSValue call_lchown(JSGlobalObject*, const call_arguments& a) {
  return result_of(::lchown(a.text(0).c_str(), static_cast<uid_t>(a.integer(1)), static_cast<gid_t>(a.integer(2))));
}
JSValue call_utimes(JSGlobalObject*, const call_arguments& a) {
  const timespec times[] = {time_of(a.number(1)), time_of(a.number(2))};
  return result_of(::utimensat(AT_FDCWD, a.text(0).c_str(), times, a.flag(3) ? AT_SYMLINK_NOFOLLOW : 0));
}
JSValue call_futimes(JSGlobalObject*, const call_arguments& a) {
  const timespec times[] = {time_of(a.number(1)), time_of(a.number(2))};
  return result_of(::futimens(a.integer(0), times));
}
JSValue call_truncate(JSGlobalObject*, const call_arguments& a) { return result_of(::truncate(a.text(0).c_str(), static_cast<off_t>(a.number(1)))); }
JSValue call_ftruncate(JSGlobalObject*, const call_arguments& a) { return result_of(::ftruncate(a.integer(0), static_cast<off_t>(a.number(1)))); }
JSValue call_fsync(JSGlobalObject*, const call_arguments& a) { return result_of(a.flag(1) ? ::fdatasync(a.integer(0)) : ::fsync(a.integer(0))); }
JSValue call_mkdtemp(JSGlobalObject* global, const call_arguments& a) {
  std::string name = a.text(0) + "XXXXXX";
  return ::mkdtemp(name.data()) ? JSValue(js_text(global->vm(), name)) : jsNumber(-errno);
}
JSValue call_mkdir(JSGlobalObject*, const call_arguments& a) { return result_of(::mkdir(a.text(0).c_str(), static_cast<mode_t>(a.integer(1, 0777)))); }
JSValue call_copy(JSGlobalObject*, const call_arguments& a) {
  const int from = ::open(a.text(0).c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) return jsNumber(-errno);
  struct stat s {};
  int failed = ::fstat(from, &s) != 0 ? errno : 0;
  const int to = failed ? -1 : ::open(a.text(1).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | (a.flag(2) ? O_EXCL : 0), s.st_mode & 07777);
  if (!failed && to < 0) failed = errno;
  std::vector<char> part(1 << 16);
  while (!failed) {
    const auto size = ::read(from, part.data(), part.size());
    if (size < 0) failed = errno;
    if (size <= 0) break;
    for (ssize_t done = 0; done < size && !failed;) {
      const auto written = ::write(to, part.data() + done, static_cast<std::size_t>(size - done));
      if (written < 0) failed = errno;
      else done += written;
    }
  }
  ::close(from);
  if (to >= 0) ::close(to);
  return jsNumber(-failed);
}

// The process

JSValue call_chdir(JSGlobalObject*, const call_arguments& a) { return result_of(::chdir(a.text(0).c_str())); }
JSValue call_umask(JSGlobalObject*, const call_arguments& a) {
  const mode_t before = ::umask(static_cast<mode_t>(a.integer(0)));
  if (a.integer(0, -1) < 0) ::umask(before);
  return jsNumber(before);
}
JSValue call_kill(JSGlobalObject*, const call_arguments& a) { return result_of(::kill(a.integer(0), a.integer(1))); }
JSValue call_identity(JSGlobalObject* global, const call_arguments&) {
  auto n = [](auto v) { return static_cast<double>(v); };
  return array_of(global, {n(::getuid()), n(::geteuid()), n(::getgid()), n(::getegid())});
}
JSValue call_usage(JSGlobalObject* global, const call_arguments&) {
  struct rusage u {};
  ::getrusage(RUSAGE_SELF, &u);
  auto n = [](auto v) { return static_cast<double>(v); };
  return array_of(global, {n(u.ru_utime.tv_sec) * 1e6 + n(u.ru_utime.tv_usec), n(u.ru_stime.tv_sec) * 1e6 + n(u.ru_stime.tv_usec), n(u.ru_maxrss), n(u.ru_ixrss),
                           n(u.ru_idrss), n(u.ru_isrss), n(u.ru_minflt), n(u.ru_majflt), n(u.ru_nswap), n(u.ru_inblock), n(u.ru_oublock), n(u.ru_msgsnd),
                           n(u.ru_msgrcv), n(u.ru_nsignals), n(u.ru_nvcsw), n(u.ru_nivcsw)});
}
JSValue call_abort(JSGlobalObject*, const call_arguments&) { ::abort(); }

// Terminals

JSValue call_is_terminal(JSGlobalObject*, const call_arguments& a) { return jsBoolean(::isatty(a.integer(0)) == 1); }
JSValue call_window_size(JSGlobalObject* global, const call_arguments& a) {
  winsize size{};
  if (::ioctl(a.integer(0), TIOCGWINSZ, &size) != 0) return jsNumber(-errno);
  return array_of(global, {static_cast<double>(size.ws_col), static_cast<double>(size.ws_row)});
}
JSValue call_set_raw(JSGlobalObject*, const call_arguments& a) {
  termios mode{};
  if (::tcgetattr(a.integer(0), &mode) != 0) return jsNumber(-errno);
  if (a.flag(1)) {
    ::cfmakeraw(&mode);
    mode.c_oflag |= OPOST | ONLCR;
  } else {
    mode.c_iflag |= BRKINT | ICRNL | IXON;
    mode.c_oflag |= OPOST;
    mode.c_lflag |= ECHO | ICANON | ISIG | IEXTEN;
  }
  return result_of(::tcsetattr(a.integer(0), TCSADRAIN, &mode));
}

// Other processes

JSValue call_pipe(JSGlobalObject* global, const call_arguments&) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return jsNumber(-errno);
  return array_of(global, {static_cast<double>(ends[0]), static_cast<double>(ends[1])});
}
/// spawn(file, arguments, environment, folder, descriptors, detached): the process. A descriptor of -1 is /dev/null.
JSValue call_spawn(JSGlobalObject*, const call_arguments& a) {
  auto arguments = a.texts(1), environment = a.texts(2);
  std::vector<char*> argv, envp;
  for (auto& text : arguments) argv.push_back(text.data());
  for (auto& text : environment) envp.push_back(text.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  const std::string folder = a.text(3), file = a.text(0);
  if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  int to = 0;
  for (JSValue v : a.values(4)) {
    const int from = v.isNumber() ? static_cast<int>(v.asNumber()) : -1;
    if (from < 0) ::posix_spawn_file_actions_addopen(&actions, to, "/dev/null", to == 0 ? O_RDONLY : O_WRONLY, 0);
    else ::posix_spawn_file_actions_adddup2(&actions, from, to);
    ++to;
  }
  // A program begins with the signals as they are by default; this one may have handlers, and ignores SIGPIPE.
  sigset_t all, none;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (a.flag(5) ? POSIX_SPAWN_SETSID : 0)));
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, file.c_str(), &actions, &attributes, argv.data(), envp.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return jsNumber(failed ? -failed : child);
}
/// A descriptor that can be read from once the process has ended.
JSValue call_pidfd(JSGlobalObject*, const call_arguments& a) {
#ifdef SYS_pidfd_open
  return result_of(::syscall(SYS_pidfd_open, a.integer(0), 0));
#else
  return jsNumber(-ENOSYS);
#endif
}
/// [process, exit code, signal].
JSValue call_wait(JSGlobalObject* global, const call_arguments& a) {
  int status = 0;
  const pid_t ended = ::waitpid(a.integer(0), &status, a.flag(1) ? WNOHANG : 0);
  if (ended < 0) return jsNumber(-errno);
  return array_of(global, {static_cast<double>(ended), WIFEXITED(status) ? WEXITSTATUS(status) : 0.0, WIFSIGNALED(status) ? WTERMSIG(status) : 0.0});
}
/// poll(descriptors to read, to write, milliseconds): those that are ready.
JSValue call_poll(JSGlobalObject* global, const call_arguments& a) {
  std::vector<pollfd> all;
  for (JSValue v : a.values(0)) all.push_back({static_cast<int>(v.asNumber()), POLLIN, 0});
  for (JSValue v : a.values(1)) all.push_back({static_cast<int>(v.asNumber()), POLLOUT, 0});
  if (::poll(all.data(), all.size(), a.integer(2, -1)) < 0) return jsNumber(-errno);
  MarkedArgumentBuffer ready;
  for (auto& p : all)
    if (p.revents) ready.append(jsNumber(p.fd));
  return constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), ready);
}
JSValue call_set_nonblocking(JSGlobalObject*, const call_arguments& a) {
  return result_of(::fcntl(a.integer(0), F_SETFL, ::fcntl(a.integer(0), F_GETFL) | O_NONBLOCK));
}

// The machine

JSValue call_random(JSGlobalObject*, const call_arguments& a) {
  auto to = a.bytes(0);
  for (std::size_t done = 0; done < to.size();) {
    const auto size = ::getrandom(to.data() + done, to.size() - done, 0);
    if (size < 0 && errno != EINTR) return jsNumber(-errno);
    done += static_cast<std::size_t>(std::max<ssize_t>(0, size));
  }
  return jsNumber(0);
}
JSValue call_uname(JSGlobalObject* global, const call_arguments&) {
  utsname name{};
  ::uname(&name);
  MarkedArgumentBuffer parts;
  for (const char* text : {name.sysname, name.nodename, name.release, name.version, name.machine}) parts.append(js_text(global->vm(), text));
  return constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), parts);
}
JSValue call_sysinfo(JSGlobalObject* global, const call_arguments&) {
  struct sysinfo s {};
  ::sysinfo(&s);
  auto n = [](auto v) { return static_cast<double>(v); };
  return array_of(global, {n(s.uptime), n(s.totalram) * s.mem_unit, n(s.freeram) * s.mem_unit, n(s.loads[0]) / 65536, n(s.loads[1]) / 65536, n(s.loads[2]) / 65536});
}
JSValue call_user(JSGlobalObject* global, const call_arguments&) {
  const passwd* user = ::getpwuid(::getuid());
  if (!user) return jsNumber(-ENOENT);
  MarkedArgumentBuffer parts;
  for (const char* text : {user->pw_name, user->pw_dir, user->pw_shell}) parts.append(js_text(global->vm(), text ? text : ""));
  return constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), parts);
}

/// [type, bsize, frsize, blocks, bfree, bavail, files, ffree] of the file system that a path is on.
JSValue call_statfs(JSGlobalObject* global, const call_arguments& a) {
  struct ::statfs s{};
  if (::statfs(a.text(0).c_str(), &s) != 0) return jsNumber(-errno);
  auto n = [](auto v) { return static_cast<double>(v); };
  return array_of(global, {n(s.f_type), n(s.f_bsize), n(s.f_frsize), n(s.f_blocks), n(s.f_bfree), n(s.f_bavail), n(s.f_files), n(s.f_ffree)});
}

/// A descriptor that tells what happens to a path, or a negative errno.
JSValue call_inotify(JSGlobalObject*, const call_arguments& a) {
  const int descriptor = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (descriptor < 0) return jsNumber(-errno);
  constexpr std::uint32_t events = IN_ATTRIB | IN_CREATE | IN_MODIFY | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_MOVED_FROM | IN_MOVED_TO;
  if (::inotify_add_watch(descriptor, a.text(0).c_str(), events) >= 0) return jsNumber(descriptor);
  const JSValue out = jsNumber(-errno);
  ::close(descriptor);
  return out;
}

// The loop

/// watch(descriptor, callback, writable): calls back whenever it is ready, until unwatch(descriptor).
JSValue call_watch(JSGlobalObject* global, const call_arguments& a) {
  auto& watched = state_of(global).watched[a.integer(0)];
  watched.wants_to_write = a.flag(2);
  return jsUndefined();
}
JSValue call_unwatch(JSGlobalObject* global, const call_arguments& a) {
  state_of(global).watched.erase(a.integer(0));
  return jsUndefined();
}

JSC_DEFINE_HOST_FUNCTION(watch, (JSGlobalObject * global, CallFrame* frame)) {
  call_watch(global, call_arguments(global, frame));
  auto& watched = state_of(global).watched[static_cast<int>(frame->argument(0).asNumber())];
  watched.callback.set(global->vm(), asObject(frame->argument(1)));
  watched.keeps_alive = !frame->argument(3).isFalse();
  return JSValue::encode(jsUndefined());
}

/// keepAlive(descriptor, whether)
JSC_DEFINE_HOST_FUNCTION(keep_alive, (JSGlobalObject * global, CallFrame* frame)) {
  auto& all = state_of(global).watched;
  if (auto at = all.find(static_cast<int>(frame->argument(0).asNumber())); at != all.end()) at->second.keeps_alive = frame->argument(1).isTrue();
  return JSValue::encode(jsUndefined());
}

/// error(negative errno, call, path, second path): as Node would throw it.
JSC_DEFINE_HOST_FUNCTION(make_error, (JSGlobalObject * global, CallFrame* frame)) {
  call_arguments a(global, frame);
  const std::string call = a.text(1);
  return JSValue::encode(make_system_error(global, {-a.integer(0), call.c_str(), a.text(2), a.text(3)}));
}

JSC_DEFINE_HOST_FUNCTION(error_name, (JSGlobalObject * global, CallFrame* frame)) {
  const char* name = ::strerrorname_np(-call_arguments(global, frame).integer(0));
  return JSValue::encode(js_text(global->vm(), name ? name : ""));
}

// What follows a promise or a callback: AsyncLocalStorage. The engine carries it through promises.
JSC_DEFINE_HOST_FUNCTION(get_context, (JSGlobalObject * global, CallFrame*)) { return JSValue::encode(async_context(global)); }
JSC_DEFINE_HOST_FUNCTION(set_context, (JSGlobalObject * global, CallFrame* frame)) {
  set_async_context(global, frame->argument(0));
  return JSValue::encode(jsUndefined());
}

}  // namespace

#if USE(BUN_JSC_ADDITIONS)
JSValue async_context(JSGlobalObject* global) {
  auto* held = global->m_asyncContextData.get();
  return held ? held->internalField(InternalFieldTuple::Field(0)).get() : jsUndefined();
}
void set_async_context(JSGlobalObject* global, JSValue value) {
  if (auto* held = global->m_asyncContextData.get()) held->internalField(InternalFieldTuple::Field(0)).set(global->vm(), held, value);
}
#else
JSValue async_context(JSGlobalObject*) { return jsUndefined(); }
void set_async_context(JSGlobalObject*, JSValue) {}
#endif

JSObject* make_system(host_state& state) {
  JSObject* system = constructEmptyObject(state.global, state.global->objectPrototype(), 64);
  define(state.global, system,
         {{"open"_s, 3, as_function<call_open>},
          {"close"_s, 1, as_function<call_close>},
          {"read"_s, 5, as_function<call_read>},
          {"write"_s, 5, as_function<call_write>},
          {"stat"_s, 1, as_function<call_stat>},
          {"lstat"_s, 1, as_function<call_lstat>},
          {"fstat"_s, 1, as_function<call_fstat>},
          {"link"_s, 2, as_change<call_link>},
          {"symlink"_s, 2, as_change<call_symlink>},
          {"readlink"_s, 1, as_function<call_readlink>},
          {"chmod"_s, 2, as_change<call_chmod>},
          {"fchmod"_s, 2, as_change<call_fchmod>},
          {"chown"_s, 3, as_change<call_chown>},
          {"lchown"_s, 3, as_change<call_lchown>},
          {"utimes"_s, 4, as_function<call_utimes>},
          {"futimes"_s, 3, as_function<call_futimes>},
          {"truncate"_s, 2, as_change<call_truncate>},
          {"ftruncate"_s, 2, as_change<call_ftruncate>},
          {"fsync"_s, 2, as_function<call_fsync>},
          {"mkdtemp"_s, 1, as_change<call_mkdtemp>},
          {"mkdir"_s, 2, as_change<call_mkdir>},
          {"copy"_s, 3, as_change<call_copy>},
          {"chdir"_s, 1, as_function<call_chdir>},
          {"umask"_s, 1, as_function<call_umask>},
          {"kill"_s, 2, as_function<call_kill>},
          {"identity"_s, 0, as_function<call_identity>},
          {"usage"_s, 0, as_function<call_usage>},
          {"abort"_s, 0, as_function<call_abort>},
          {"isTerminal"_s, 1, as_function<call_is_terminal>},
          {"windowSize"_s, 1, as_function<call_window_size>},
          {"setRaw"_s, 2, as_function<call_set_raw>},
          {"pipe"_s, 0, as_function<call_pipe>},
          {"spawn"_s, 6, as_change<call_spawn>},
          {"pidfd"_s, 1, as_function<call_pidfd>},
          {"wait"_s, 2, as_function<call_wait>},
          {"poll"_s, 3, as_function<call_poll>},
          {"setNonblocking"_s, 1, as_function<call_set_nonblocking>},
          {"statfs"_s, 1, as_function<call_statfs>},
          {"inotify"_s, 1, as_function<call_inotify>},
          {"random"_s, 1, as_function<call_random>},
          {"uname"_s, 0, as_function<call_uname>},
          {"sysinfo"_s, 0, as_function<call_sysinfo>},
          {"user"_s, 0, as_function<call_user>},
          {"watch"_s, 3, watch},
          {"unwatch"_s, 1, as_function<call_unwatch>},
          {"keepAlive"_s, 2, keep_alive},
          {"error"_s, 4, make_error},
          {"errorName"_s, 1, error_name},
          {"getContext"_s, 0, get_context},
          {"setContext"_s, 1, set_context}});
  return system;
}

}  // namespace bmes::jsc
