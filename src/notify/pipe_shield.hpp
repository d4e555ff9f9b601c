// While it lives, a connection that the server closed does not kill the process: OpenSSL writes to
// sockets without MSG_NOSIGNAL, and the program's own SIGPIPE handling is not ours to change.
// Used around every transfer. Threads: belongs to the one that made it.
#pragma once

#include <csignal>

namespace dblog::notify {

class PipeShield {
 public:
  PipeShield() noexcept;
  ~PipeShield();
  PipeShield(const PipeShield&) = delete;
  PipeShield& operator=(const PipeShield&) = delete;

 private:
  sigset_t mask_before_;
  bool was_pending_ = false;
};

}  // namespace dblog::notify
