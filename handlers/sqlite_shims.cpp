// What the private SQLite calls in place of the C library's functions, by symbol: the build
// renames its open to dblog_crash_shim_open and so on (cmake/make_private_sqlite).
// Context: crash time. Must never allocate, lock or touch errno after success.
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdarg>

extern "C" {
int dblog_crash_shim_open(const char* path, int flags, ...);
int dblog_crash_shim_fcntl(int descriptor, int command, ...);
int dblog_crash_shim_close(int descriptor);
int dblog_crash_shim_usleep(unsigned microseconds);
unsigned dblog_crash_shim_sleep(unsigned seconds);
char* dblog_crash_shim_getenv(const char* name);
}

// SQLite would make its files 0644 less the umask; a database of crashes is private.
int dblog_crash_shim_open(const char* path, int flags, ...) {
  constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
  return ::open(path, flags | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
}

// POSIX locks belong to the process, so two copies of SQLite in one process do not exclude each
// other with them. Open-file-description locks (Linux 3.15) belong to the descriptor, and do
// exclude the POSIX locks of others, this process's included.
int dblog_crash_shim_fcntl(int descriptor, int command, ...) {
  std::va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  switch (command) {
    case F_SETLK: command = F_OFD_SETLK; break;
    case F_SETLKW: command = F_OFD_SETLKW; break;
    case F_GETLK: command = F_OFD_GETLK; break;
    default: return ::fcntl(descriptor, command, argument);
  }
  static_cast<struct flock*>(argument)->l_pid = 0;  // required by fcntl(2) for OFD commands
  return ::fcntl(descriptor, command, argument);
}

// Closing any descriptor of a file drops all POSIX locks that the process has on it, those of the
// program's own SQLite too (fcntl(2)). What we opened stays open until the process ends.
int dblog_crash_shim_close(int descriptor) {
  (void)descriptor;
  return 0;
}

int dblog_crash_shim_usleep(unsigned microseconds) {
  const timespec duration{static_cast<time_t>(microseconds / 1'000'000),
                          static_cast<long>(microseconds % 1'000'000) * 1'000};
  return ::clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, nullptr);
}

unsigned dblog_crash_shim_sleep(unsigned seconds) {
  dblog_crash_shim_usleep(seconds * 1'000'000);
  return 0;
}

// SQLite asks for SQLITE_TMPDIR and TMPDIR; the crash connection makes no temporary files.
char* dblog_crash_shim_getenv(const char* name) {
  (void)name;
  return nullptr;
}
