// A tool that a program started and that has nothing to do now, but later: a digest is due in ten
// minutes, a message that failed in an hour. It sleeps until then, as long as another process has
// the database open: a program that is quiet, or logs without alerts, starts no other tool.
// Used by `dblog flush --linger`. One stands by for each database; it holds no turn meanwhile
// (flush_lock.hpp), so that pushes and crashes start tools as ever.
#pragma once

#include <filesystem>
#include <utility>

#include "tools/dblog/flush.hpp"
#include "tools/dblog/stop_signals.hpp"

namespace dblog::tool {

class Standby {
 public:
  explicit Standby(std::filesystem::path database) : database_(std::move(database)) {}
  Standby(const Standby&) = delete;
  Standby& operator=(const Standby&) = delete;
  ~Standby();

  /// False if another one stands by, or if there is no lock file that can be trusted.
  bool begin();

  /// After begin() and a flush: sleeps until a message of the parts' channels is due; one that the
  /// flush has left although it was due, is due again at the next look. True too if the lock file
  /// was removed or exchanged: begin() again. False if there is nothing to wait for any more: no
  /// message, no program, no database, a stop signal. It looks three times a minute.
  bool wait(const FlushParts& parts, const StopSignals& stop);

 private:
  void release() noexcept;

  const std::filesystem::path database_;
  int descriptor_ = -1;
};

}  // namespace dblog::tool
