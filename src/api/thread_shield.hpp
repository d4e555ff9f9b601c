// While it lives, what the library writes can neither kill nor cancel the calling thread: a file
// over the size limit raises SIGXFSZ, a closed pipe SIGPIPE, and a pthread_cancel() inside a
// function that is noexcept ends the program. A cancellation is made up for at the next chance.
// errno is as before when it is gone.
// Threads: each belongs to the one that made it.
#pragma once

#include <cerrno>
#include <csignal>
#include <initializer_list>
#include <optional>

namespace dblog {

/// Blocks signals that a write() directs at the writing thread; takes back what was raised.
class BlockedSignals {
 public:
  explicit BlockedSignals(std::initializer_list<int> signals) noexcept;
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t blocked_;
  sigset_t pending_before_;
  sigset_t mask_before_;
};

/// Used around every public call that makes system calls.
class ThreadShield {
 public:
  ThreadShield() noexcept;
  ~ThreadShield();
  ThreadShield(const ThreadShield&) = delete;
  ThreadShield& operator=(const ThreadShield&) = delete;

 private:
  int errno_before_ = errno;  ///< The first member: before the others change it.
  std::optional<BlockedSignals> file_size_signal_;
  int cancel_state_before_ = 0;
};

}  // namespace dblog
