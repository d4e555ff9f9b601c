// How threads and processes of ours run: as ordinary ones, on all processors. The thread that
// starts one may be a real-time thread, bound to one processor, and its child inherits that.
// Context: crash time. Bare system calls; what the kernel refuses stays as it is.
#pragma once

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace dblog::process {

/// For the calling thread.
inline void take_ordinary_schedule() noexcept {
  const sched_param none{};
  ::syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &none);
  cpu_set_t all;
  std::memset(&all, 0xFF, sizeof all);  // the kernel takes those that there are
  ::syscall(SYS_sched_setaffinity, 0, sizeof all, &all);
}

}  // namespace dblog::process
