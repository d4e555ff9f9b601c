// Of the tools that programs start for one database, one works and at most one waits its turn; the
// others have nothing to do, because the one that waits will look after their start.
// Used by `dblog flush --linger`. src/api/delivery.cpp looks at the same lock.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "src/result/result.hpp"

namespace dblog::tool {

class FlushTurn {
 public:
  /// Waits for the turn, at most `patience`. Nothing if it did not come, or another waits already.
  static Result<std::optional<FlushTurn>> take(const std::filesystem::path& database,
                                               std::chrono::milliseconds patience);

  FlushTurn(FlushTurn&& other) noexcept;
  FlushTurn& operator=(FlushTurn&&) = delete;
  FlushTurn(const FlushTurn&) = delete;
  FlushTurn& operator=(const FlushTurn&) = delete;
  ~FlushTurn();

  /// Lets others begin. Look once more afterwards: a program that saw the lock held a moment ago
  /// relies on it.
  void give_up() noexcept;
  /// True if nobody else has taken it meanwhile.
  bool take_back() noexcept;

 private:
  explicit FlushTurn(int descriptor) noexcept : descriptor_(descriptor) {}

  bool lock(short type, off_t byte) noexcept;

  int descriptor_;
};

/// Waits until the process is gone, at most `patience`.
void wait_for_end_of(pid_t process, std::chrono::milliseconds patience);

}  // namespace dblog::tool
