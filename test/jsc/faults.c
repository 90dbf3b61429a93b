// Preloaded into the command: the n-th call that is about the cache's folder fails. Of the calls of a run there is a log, so that a
// test can go through all of them.
//
// FAULT_FOLDER   whose calls count
// FAULT_LOG      a file that gets the name of each call, a line each
// FAULT_AT       the number of the call that fails, from 1; none without it
// FAULT_FROM     if set, all calls after that one fail too
// FAULT_ERRNO    with which error; 0: a write that writes half, and no error
// FAULT_CRASH    write(2) of this text to stdout is a fault of the process, and does not come back
// FAULT_SIGNAL   the signal that the process then sends itself, instead of a fault
// The names of calls are to be those of the library.
#undef _FILE_OFFSET_BITS
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { most_descriptors = 1024 };
static char ours[most_descriptors];
static int count;
static volatile int* volatile nowhere;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int number(const char* name) {
  const char* text = getenv(name);
  return text ? atoi(text) : 0;
}

static int is_path(const char* path) {
  const char* folder = getenv("FAULT_FOLDER");
  return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_ours(int fd) { return fd >= 0 && fd < most_descriptors && ours[fd]; }

// Counts a call; whether it is to fail. Then errno is set.
static int fails(const char* name) {
  const char* log = getenv("FAULT_LOG");
  ++count;
  if (log) {
    const long fd = syscall(SYS_open, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    syscall(SYS_write, fd, name, strlen(name));
    syscall(SYS_write, fd, "\n", 1);
    syscall(SYS_close, fd);
  }
  const int at = number("FAULT_AT");
  if (at == 0 || count < at || (count > at && !getenv("FAULT_FROM"))) return 0;
  errno = number("FAULT_ERRNO");
  return 1;
}

static int note(int fd, int is) {
  if (fd >= 0 && fd < most_descriptors) ours[fd] = (char)is;
  return fd;
}

static int open_by(const char* name, const char* path, int flags, mode_t mode) {
  if (!is_path(path)) return note((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), 0);
  if (fails(name)) return -1;
  return note((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), 1);
}

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_by("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_by("open", path, flags, mode);
}
int close(int fd) {
  note(fd, 0);
  return (int)syscall(SYS_close, fd);
}
int mkdir(const char* path, mode_t mode) { return is_path(path) && fails("mkdir") ? -1 : REAL(mkdir)(path, mode); }
int rename(const char* from, const char* to) { return is_path(to) && fails("rename") ? -1 : REAL(rename)(from, to); }
int unlink(const char* path) { return is_path(path) && fails("unlink") ? -1 : REAL(unlink)(path); }
int access(const char* path, int mode) { return is_path(path) && fails("access") ? -1 : REAL(access)(path, mode); }
int stat(const char* path, struct stat* to) { return is_path(path) && fails("stat") ? -1 : REAL(stat)(path, to); }
int fstat(int fd, struct stat* to) { return is_ours(fd) && fails("fstat") ? -1 : REAL(fstat)(fd, to); }
int fstatat(int fd, const char* path, struct stat* to, int flags) { return getenv("FAULT_FOLDER") && fails("fstatat") ? -1 : REAL(fstatat)(fd, path, to, flags); }
int stat64(const char* path, struct stat64* to) { return is_path(path) && fails("stat") ? -1 : REAL(stat64)(path, to); }
int fstat64(int fd, struct stat64* to) { return is_ours(fd) && fails("fstat") ? -1 : REAL(fstat64)(fd, to); }
int fstatat64(int fd, const char* path, struct stat64* to, int flags) { return getenv("FAULT_FOLDER") && fails("fstatat") ? -1 : REAL(fstatat64)(fd, path, to, flags); }
int flock(int fd, int how) { return is_ours(fd) && fails("flock") ? -1 : REAL(flock)(fd, how); }
int futimens(int fd, const struct timespec times[2]) { return is_ours(fd) && fails("futimens") ? -1 : REAL(futimens)(fd, times); }
ssize_t readlink(const char* path, char* to, size_t size) {
  return getenv("FAULT_FOLDER") && strcmp(path, "/proc/self/exe") == 0 && fails("readlink") ? -1 : REAL(readlink)(path, to, size);
}
DIR* opendir(const char* path) { return is_path(path) && fails("opendir") ? NULL : REAL(opendir)(path); }
ssize_t read(int fd, void* to, size_t size) { return is_ours(fd) && fails("read") ? -1 : syscall(SYS_read, fd, to, size); }
ssize_t write(int fd, const void* from, size_t size) {
  const char* crash = getenv("FAULT_CRASH");
  if (fd == 1 && crash && size >= strlen(crash) && memcmp(from, crash, strlen(crash)) == 0) {
    if (getenv("FAULT_SIGNAL")) kill(getpid(), number("FAULT_SIGNAL"));
    else *nowhere = 0;
  }
  if (!is_ours(fd) || !fails("write")) return syscall(SYS_write, fd, from, size);
  return errno != 0 ? -1 : syscall(SYS_write, fd, from, (size + 1) / 2);
}
ssize_t pread(int fd, void* to, size_t size, off_t offset) { return is_ours(fd) && fails("pread") ? -1 : syscall(SYS_pread64, fd, to, size, offset); }
ssize_t pwrite(int fd, const void* from, size_t size, off_t offset) {
  if (!is_ours(fd) || !fails("pwrite")) return syscall(SYS_pwrite64, fd, from, size, offset);
  return errno != 0 ? -1 : syscall(SYS_pwrite64, fd, from, (size + 1) / 2, offset);
}
ssize_t pread64(int fd, void* to, size_t size, off64_t offset) { return pread(fd, to, size, offset); }
ssize_t pwrite64(int fd, const void* from, size_t size, off64_t offset) { return pwrite(fd, from, size, offset); }
void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  if (is_ours(fd) && fails("mmap")) return MAP_FAILED;
  return (void*)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}
void* mmap64(void* at, size_t size, int protection, int flags, int fd, off64_t offset) { return mmap(at, size, protection, flags, fd, offset); }
pid_t fork(void) { return getenv("FAULT_FOLDER") && fails("fork") ? -1 : REAL(fork)(); }
