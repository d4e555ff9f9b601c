// All stores of the process: one per database, at rest while the process forks, closed when it
// exits.
//
// fork(): a child must not use, nor even close, a connection of its parent (SQLite, "How To
// Corrupt", 2.6), and cannot open one of its own beside it, because SQLite would take the parent's
// locks for its own, which fork(2) does not pass on. So every connection is closed just before the
// fork, when it is idle; parent and child open it again when they write next. Costs about a
// millisecond per fork between two rows.
// Used by Store only.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "src/store/store.hpp"

namespace dblog::store {

class Registry {
 public:
  /// Made when the program starts and never destroyed: loggers that are globals of the program may
  /// still write when its static objects are gone.
  static Registry& instance();

  /// `asked`: the path by which the program named the database at `real_path`.
  Store* store_at(const std::filesystem::path& asked, const std::filesystem::path& real_path,
                  StoreOptions options);

  /// The store that this path last led to; null: none.
  Store* asked_before(const std::filesystem::path& asked);

  /// None if another thread, or what a signal handler interrupts, has the list until `deadline`.
  [[nodiscard]] std::vector<Store*> stores(sqlite::RetryBackoff::Clock::time_point deadline);

  /// The process was forked while a store could not be brought to rest: its state here is not
  /// known, and it cannot be used before exec().
  [[nodiscard]] bool is_unusable() const noexcept { return unusable_.load(); }

  /// The calling thread is in fork() and holds every store: only handlers of pthread_atfork() that
  /// were there before ours can ask.
  [[nodiscard]] static bool is_in_fork() noexcept;

 private:
  Registry();

  static void before_fork() noexcept;
  static void after_fork_in_parent() noexcept;
  static void after_fork_in_child() noexcept;
  void resume_all() noexcept;
  void close_at_exit() noexcept;

  std::mutex mutex_;  // guards the maps; held through a fork
  std::map<std::string, std::unique_ptr<Store>> stores_;
  std::map<std::string, Store*> asked_;
  std::atomic<bool> unusable_{false};
};

}  // namespace dblog::store
