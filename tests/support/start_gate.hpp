// Lets forked children start together.
#pragma once

#include <unistd.h>

#include <stdexcept>

namespace dblog::test {

class StartGate {
 public:
  StartGate() {
    if (::pipe(ends_) != 0) throw std::runtime_error("pipe failed");
  }
  ~StartGate() {
    ::close(ends_[0]);
    open();
  }
  StartGate(const StartGate&) = delete;
  StartGate& operator=(const StartGate&) = delete;

  /// In a child: returns when the parent opens the gate.
  void wait() const {
    ::close(ends_[1]);
    char byte;
    while (::read(ends_[0], &byte, 1) < 0) {
    }
  }

  /// In the parent.
  void open() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2];
};

}  // namespace dblog::test
