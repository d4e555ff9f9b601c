// While it lives, what the library does can neither kill nor cancel the calling thread: a file over
// the size limit raises SIGXFSZ, a pthread_cancel() inside a function that is noexcept ends the
// program, and so does a floating-point trap that the program has enabled (SIGFPE). errno and the
// floating-point environment are as before when it is gone.
// Used around every public call that makes system calls or may calculate. Threads: each belongs to
// the one that made it.
#pragma once

#include <sys/resource.h>

#include <cerrno>
#include <cfenv>
#include <optional>

#include "src/process/signal_block.hpp"

namespace dblog::api {

class CallScope {
 public:
  CallScope() noexcept {
    // Without a limit no file is over it: three system calls less in each push.
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY) return;
    file_size_signal_.emplace(process::signal_set(SIGXFSZ));
  }

 private:
  struct ErrnoKept {
    int value = errno;
    ~ErrnoKept() { errno = value; }
  };
  struct FloatingPointKept {
    FloatingPointKept() noexcept { std::feholdexcept(&before); }
    ~FloatingPointKept() { std::fesetenv(&before); }
    FloatingPointKept(const FloatingPointKept&) = delete;
    FloatingPointKept& operator=(const FloatingPointKept&) = delete;
    std::fenv_t before{};
  };
  ErrnoKept errno_;  // before the others change it, and after they have
  FloatingPointKept floating_point_;
  process::CancellationOff no_cancellation_;
  std::optional<process::ScopedSignalBlock> file_size_signal_;
};

}  // namespace dblog::api
