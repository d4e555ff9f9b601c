// Context: crash time.
#include "handlers/memory_probe.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace dblog::crash {

bool is_readable(const void* address) noexcept {
  // The kernel copies the signal set before it looks at what is to be done with it (Linux,
  // kernel/signal.c): EFAULT if it cannot be read, else EINVAL, and nothing has changed.
  constexpr int kNoSuchAction = -1;
  constexpr unsigned long kSignalSetSize = 8;
  const int saved_errno = errno;
  ::syscall(SYS_rt_sigprocmask, kNoSuchAction, address, nullptr, kSignalSetSize);
  const bool is_mapped = errno != EFAULT;
  errno = saved_errno;
  return is_mapped;
}

}  // namespace dblog::crash
