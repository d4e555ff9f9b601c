// While it lives, what the library writes can neither kill nor cancel the calling thread: a file
// over the size limit raises SIGXFSZ, a closed stderr SIGPIPE, and a pthread_cancel() inside a
// function that is noexcept ends the program. A cancellation is made up for at the next chance.
// Used around every public call that writes. Threads: belongs to the one that made it.
#pragma once

#include <csignal>

namespace dblog {

class ThreadShield {
 public:
  ThreadShield() noexcept;
  ~ThreadShield();
  ThreadShield(const ThreadShield&) = delete;
  ThreadShield& operator=(const ThreadShield&) = delete;

 private:
  sigset_t pending_before_;
  sigset_t mask_before_;
  int cancel_state_before_ = 0;
};

}  // namespace dblog
