// An open file that is closed with the object.
// Context: crash time; ordinary code uses it too. Threads: one at a time.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace dblog::base {

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

  /// From here on it belongs to the caller.
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

  /// False if what was written could not be kept (network file systems tell that only here).
  bool close() noexcept {
    const int number = release();
    return number < 0 || ::close(number) == 0 || errno == EINTR;
  }

 private:
  int number_;
};

}  // namespace dblog::base
