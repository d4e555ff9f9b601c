// The ordinary way into the database: rows as committed transactions, from any thread.
//
//   auto store = Store::at("LOGS.db");
//   if (store) auto id = (*store)->append(row);
//
// One Store per database and process, one connection each, opened at the first use and again
// whenever that is called for: the file was deleted or replaced, an error left the connection in
// doubt, the process is a forked child.
// Threads: every function from any thread. Must never be used at crash time, never throws, and
// assumes nothing about who else has the file open.
#pragma once

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "src/base/result.hpp"
#include "src/sqlite/retry_backoff.hpp"
#include "src/store/commit_group.hpp"
#include "src/store/queued_rows.hpp"
#include "src/store/rows.hpp"

namespace SQLite {
class Database;
}

namespace dblog::store {

class Connection;

struct StoreOptions {
  /// How long one call waits for others who hold the database, this process's threads included.
  std::chrono::milliseconds busy_timeout{5'000};
};

class Store {
 public:
  /// The process's store for a database; it lives as long as the process. Makes the file if it is
  /// absent (prepare_database_place()), but does not open it. `options` count at the first call
  /// for a database.
  static base::Result<Store*> at(const std::filesystem::path& database, StoreOptions options = {});

  /// The same where prepare_database_place() has just given `place` for `asked`.
  static Store* at(const std::filesystem::path& asked, const std::filesystem::path& place,
                   StoreOptions options);

  /// Opens all of the process's that are not open, without waiting for others beyond `deadline`.
  /// Those that cannot be say so at their next row.
  static void open_all(sqlite::RetryBackoff::Clock::time_point deadline);

  /// Opens the database and brings its schema up to date, if that has not happened. Every other
  /// function does so too. Returns its absolute path.
  base::Result<std::filesystem::path> open();

  /// Commits the row with all that belongs to it, or nothing, and returns its id in its table.
  /// The table is made if it is absent.
  base::Result<std::int64_t> append(const EventRow& row);

  /// Commits the row and its details and returns its id in hw_logs.
  base::Result<std::int64_t> append(const HardwareRow& row);

  /// Commits the rows that are not committed yet, and how far their queue is with them. Waits for
  /// others until `deadline`.
  base::Result<QueuedOutcome> append(const QueuedBatch& batch,
                                     sqlite::RetryBackoff::Clock::time_point deadline);

  /// Makes a user's table if it is absent; why it cannot take events otherwise.
  std::optional<base::Error> make_table(const sqlite::TableName& table);

  /// How far the database has a queue: what is before this position. 0 for one it does not know.
  base::Result<std::uint64_t> committed_of_queue(const std::string& queue,
                                                 sqlite::RetryBackoff::Clock::time_point deadline);

  /// The queue's file is removed: what is noted of it may be forgotten, in a while.
  std::optional<base::Error> finish_queue(const std::string& queue,
                                          sqlite::RetryBackoff::Clock::time_point deadline);

  /// Work of others on the store's connection: transactions of their own, each ended when it
  /// returns. Waits for others until `deadline`; may be called a second time for another file.
  std::optional<base::Error> maintain(const std::function<void(SQLite::Database&)>& work,
                                      sqlite::RetryBackoff::Clock::time_point deadline);

  /// Whether messages wait in the outbox. False if others hold the database just now.
  bool has_open_messages() noexcept;

  /// How much was committed here, by this process: a row of events or hardware is 1, and 1 more for
  /// each 2,000 bytes of its texts. Costs nothing.
  [[nodiscard]] std::uint64_t load_committed() const noexcept {
    return load_committed_.load(std::memory_order_relaxed);
  }

  /// At how much of that the database needs maintenance again. 1 at first.
  std::atomic<std::uint64_t>& maintenance_at() noexcept { return maintenance_at_; }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

 private:
  friend class Registry;
  using Work = std::function<std::int64_t(Connection&)>;

  Store(std::filesystem::path path, StoreOptions options);

  // `request`: what the work is for; another thread may have committed it meanwhile.
  /// May move the deadline.
  using LockMutex = std::function<bool(sqlite::RetryBackoff::Clock::time_point& deadline)>;
  base::Result<std::int64_t> run(const Work& work, const CommitGroup::Request* request = nullptr);
  base::Result<std::int64_t> run_until(sqlite::RetryBackoff::Clock::time_point deadline,
                                       const Work& work);
  base::Result<std::int64_t> run_until(sqlite::RetryBackoff::Clock::time_point deadline,
                                       const Work& work, const LockMutex& lock_mutex,
                                       const CommitGroup::Request* request = nullptr);
  base::Result<std::int64_t> attempt(const Work& work);
  base::Result<std::int64_t> work_or_reopen(const Work& work);
  std::optional<base::Error> connect();
  std::optional<base::Error> connect_unless_just_refused();
  bool has_just_run_out_of_space() const noexcept;
  void note_lack_of_space(const base::Error& error);
  bool empty_log() noexcept;
  /// False while another program is writing into the database past SQLite.
  bool leave_unusable_files() noexcept;

  bool can_open_again() const noexcept;

  // For the registry, around fork() and at exit. quiesce() locks the store and closes its
  // connection; false if that could not be had before the deadline. One that could not be opened
  // again stays open, and is the parent's alone. resume() unlocks.
  bool quiesce(sqlite::RetryBackoff::Clock::time_point deadline) noexcept;
  void resume() noexcept { mutex_.unlock(); }
  void forget_other_threads() noexcept { events_.forget(); }
  void close_at_exit(sqlite::RetryBackoff::Clock::time_point deadline) noexcept;

  const std::filesystem::path path_;
  const StoreOptions options_;
  std::atomic<std::uint64_t> load_committed_{0};
  std::atomic<std::uint64_t> maintenance_at_{1};

  CommitGroup events_;  // that threads wait for

  std::mutex mutex_;  // guards what follows
  sqlite::RetryBackoff backoff_;
  std::unique_ptr<Connection> connection_;
  int owner_process_ = 0;  // who opened connection_
  sqlite::RetryBackoff::Clock::time_point last_success_;

  struct NoSpace {
    base::Error error;
    rlim_t file_size_limit;
    sqlite::RetryBackoff::Clock::time_point until;
  };
  std::optional<NoSpace> no_space_;  // the last time that costly work met it
};

}  // namespace dblog::store
