// Context: crash time.
#include "src/base/memory_probe.hpp"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace dblog::base {
namespace {

std::atomic<bool> has_valgrind{false};

// Sandboxes may end a program for this call, and know nothing of valgrind's: not for others.
bool can_be_copied(const void* address) noexcept {
  char copy[8];
  const iovec to{copy, sizeof copy};
  const iovec from{const_cast<void*>(address), sizeof copy};
  return ::syscall(SYS_process_vm_readv, ::getpid(), &to, 1UL, &from, 1UL, 0UL) ==
         static_cast<long>(sizeof copy);
}

}  // namespace

void expect_valgrind(bool is_there) noexcept { has_valgrind.store(is_there); }

bool is_under_valgrind() noexcept { return has_valgrind.load(std::memory_order_relaxed); }

bool is_readable(const void* address) noexcept {
  // The kernel copies the signal set before it looks at what is to be done with it (Linux,
  // kernel/signal.c): EFAULT if it cannot be read, else EINVAL, and nothing has changed.
  constexpr int kNoSuchAction = -1;
  constexpr unsigned long kSignalSetSize = 8;
  const int saved_errno = errno;
  if (is_under_valgrind()) {
    const bool is_copied = can_be_copied(address);
    errno = saved_errno;
    return is_copied;
  }
  ::syscall(SYS_rt_sigprocmask, kNoSuchAction, address, nullptr, kSignalSetSize);
  const bool is_mapped = errno != EFAULT;
  errno = saved_errno;
  return is_mapped;
}

}  // namespace dblog::base
