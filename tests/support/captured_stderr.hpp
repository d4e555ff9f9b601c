// What a piece of code writes to descriptor 2.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/support/file_bytes.hpp"

namespace dblog::test {

/// Stderr goes to `file` while it lives.
class CapturedStderr {
 public:
  explicit CapturedStderr(std::filesystem::path file)
      : file_(std::move(file)), before_(::dup(STDERR_FILENO)) {
    const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(descriptor, STDERR_FILENO);
    ::close(descriptor);
  }
  ~CapturedStderr() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  [[nodiscard]] std::string text() const { return bytes_of(file_); }

 private:
  std::filesystem::path file_;
  int before_;
};

}  // namespace dblog::test
