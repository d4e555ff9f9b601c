// Opening, retrying, and making way for fork().
#include "src/store/store.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <thread>
#include <utility>

#include "dblog/event.hpp"
#include "src/base/bare_stat.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/store/connection.hpp"
#include "src/store/registry.hpp"

namespace dblog::store {
namespace {

using Clock = sqlite::RetryBackoff::Clock;

// SQLite has a code of its own for ENOSPC only.
bool is_for_lack_of_space(int code, int system_errno) noexcept {
  return (code & 0xFF) == SQLITE_FULL ||
         ((code & 0xFF) == SQLITE_IOERR && sqlite::is_out_of_space(system_errno));
}

// After these the connection is as good as before, the row apart.
bool leaves_connection_usable(int code, int system_errno) noexcept {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
      return true;
    default:
      return is_for_lack_of_space(code, system_errno);
  }
}

rlim_t file_size_limit() noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

// Whether the tables may have changed since our statements were prepared.
bool may_be_stale_schema(int code) noexcept {
  return (code & 0xFF) == SQLITE_ERROR || (code & 0xFF) == SQLITE_SCHEMA;
}

constexpr std::size_t kBytesOfLoad = 2'000;

std::uint64_t load_of(const EventRow& row) noexcept {
  const std::size_t copies = 1 + (row.alert ? row.alert->channels.size() : 0);
  const std::size_t bytes = copies * row.message.size();
  return 1 + bytes / kBytesOfLoad;
}

// Of what was inserted; rows that were committed before are few.
std::uint64_t load_of(const QueuedBatch& batch, std::int64_t inserted) noexcept {
  std::size_t bytes = 0;
  for (const QueuedRow& row : batch.rows) bytes += row.message.size();
  return static_cast<std::uint64_t>(inserted) + (inserted > 0 ? bytes / kBytesOfLoad : 0);
}

base::Error forked_badly(const std::filesystem::path& path) {
  return {base::ErrorCode::io, path.native(),
          "this process was forked while the database was in use; call exec() before logging"};
}

// What fork() keeps this thread from, if that is so.
std::optional<base::Error> refused_by_fork(const std::filesystem::path& path) {
  if (Registry::is_in_fork()) {
    return base::Error{
        base::ErrorCode::busy, path.native(),
        "this thread is in fork(), whose handlers cannot log; do so before or after it"};
  }
  if (Registry::instance().is_unusable()) return forked_badly(path);
  return std::nullopt;
}

// `cp` empties the file first. What is begun before all is copied would be lost, or damage it.
bool stands_still(const std::filesystem::path& database, sqlite::RetryBackoff& backoff) noexcept {
  constexpr std::chrono::milliseconds kLongEnough{100};
  struct stat last {};
  base::bare_stat(database.c_str(), &last);
  for (auto since = Clock::now(); Clock::now() - since < kLongEnough;) {
    if (!backoff.wait()) return false;
    struct stat found {};
    base::bare_stat(database.c_str(), &found);
    const bool is_same = found.st_size == last.st_size &&
                         found.st_mtim.tv_sec == last.st_mtim.tv_sec &&
                         found.st_mtim.tv_nsec == last.st_mtim.tv_nsec;
    if (!is_same) since = Clock::now();
    last = found;
  }
  return true;
}

}  // namespace

base::Result<Store*> Store::at(const std::filesystem::path& database, StoreOptions options) {
  try {
    if (auto refused = refused_by_fork(database)) return *std::move(refused);
    const auto place = sqlite::prepare_database_place(database);
    if (place) return at(database, *place, options);
    // A program that lost the way to its database goes on with what it opened.
    if (Store* known = Registry::instance().asked_before(database)) return known;
    return place.error();
  } catch (const std::exception& failure) {
    return base::Error{base::ErrorCode::io, "", failure.what()};
  }
}

Store::Store(std::filesystem::path path, StoreOptions options)
    : path_(std::move(path)), options_(options) {}

Store::~Store() = default;

base::Result<std::filesystem::path> Store::open() {
  const auto opened = run([](Connection&) { return std::int64_t{0}; });
  if (!opened) return opened.error();
  return path_;
}

base::Result<std::int64_t> Store::append(const EventRow& row) {
  if (auto refused = refused_by_fork(path_)) return *std::move(refused);
  CommitGroup::Request request{row};
  events_.add(request);
  auto id =
      run([&](Connection& connection) { return events_.commit(request, connection); }, &request);
  if (!id && !Registry::instance().is_unusable()) {
    // It failed before it came to the request. Another thread may be at work on it just now, or
    // have committed it.
    const std::lock_guard lock(mutex_);
    events_.remove(request);
    if (request.state == CommitGroup::State::committed) id = request.id;
  }
  if (id) load_committed_.fetch_add(load_of(row), std::memory_order_relaxed);
  return id;
}

base::Result<std::int64_t> Store::append(const HardwareRow& row) {
  auto id = run([&row](Connection& connection) { return connection.insert(row); });
  if (id) load_committed_.fetch_add(1, std::memory_order_relaxed);
  return id;
}

base::Result<QueuedOutcome> Store::append(const QueuedBatch& batch, Clock::time_point deadline) {
  QueuedOutcome outcome;
  const auto done = run_until(deadline, [&](Connection& connection) {
    outcome = connection.insert(batch);
    return std::int64_t{0};
  });
  if (!done) return done.error();
  load_committed_.fetch_add(load_of(batch, outcome.inserted), std::memory_order_relaxed);
  return outcome;
}

std::optional<base::Error> Store::maintain(const std::function<void(SQLite::Database&)>& work,
                                           Clock::time_point deadline) {
  const auto done = run_until(deadline, [&](Connection& connection) {
    work(connection.sqlite());
    return std::int64_t{0};
  });
  return done ? std::nullopt : std::optional(done.error());
}

bool Store::has_open_messages() noexcept {
  const auto found = run_until(Clock::now(), [](Connection& connection) {
    return connection.sqlite().execAndGet(schema::kHasOpenMessages).getInt64();
  });
  return found && *found != 0;
}

std::optional<base::Error> Store::make_table(const sqlite::TableName& table) {
  const auto done = run([&table](Connection& connection) {
    connection.make_table(table);
    return std::int64_t{0};
  });
  return done ? std::nullopt : std::optional(done.error());
}

base::Result<std::uint64_t> Store::committed_of_queue(const std::string& queue,
                                                      Clock::time_point deadline) {
  const auto found = run_until(deadline, [&](Connection& connection) {
    return static_cast<std::int64_t>(connection.committed_of_queue(queue));
  });
  if (!found) return found.error();
  return static_cast<std::uint64_t>(*found);
}

std::optional<base::Error> Store::finish_queue(const std::string& queue,
                                               Clock::time_point deadline) {
  const std::string date = local_date_text(now());
  const std::string day_ago = local_date_text(now() - std::chrono::hours{24});
  const auto done = run_until(deadline, [&](Connection& connection) {
    connection.finish_queue(queue, date, day_ago);
    return std::int64_t{0};
  });
  return done ? std::nullopt : std::optional(done.error());
}

// Behind other threads of this process a task waits its turn, as long as they have the database.
// A thread that waits behind one that waits for another process waits for that process, too.
base::Result<std::int64_t> Store::run(const Work& work, const CommitGroup::Request* request) {
  const auto lock = [this](Clock::time_point& deadline) {
    mutex_.lock();
    deadline = std::max(deadline, last_success_ + options_.busy_timeout);
    return true;
  };
  return run_until(Clock::now() + options_.busy_timeout, work, lock, request);
}

base::Result<std::int64_t> Store::run_until(Clock::time_point deadline, const Work& work) {
  return run_until(deadline, work,
                   [this](Clock::time_point& end) { return sqlite::lock_until(mutex_, end); });
}

base::Result<std::int64_t> Store::run_until(Clock::time_point deadline, const Work& work,
                                            const LockMutex& lock_mutex,
                                            const CommitGroup::Request* request) {
  while (true) {
    if (auto refused = refused_by_fork(path_)) return *std::move(refused);
    sqlite::let_fork_pass(deadline);
    {
      if (!lock_mutex(deadline)) {
        return base::Error{base::ErrorCode::busy, path_.native(),
                           "in use by another thread; try again later"};
      }
      const std::lock_guard lock(mutex_, std::adopt_lock);
      if (request != nullptr && request->state == CommitGroup::State::committed) return request->id;
      backoff_.start(deadline);
      auto result = attempt(work);
      if (result) last_success_ = Clock::now();
      const bool is_busy = !result && result.error().code == base::ErrorCode::busy;
      if (!is_busy || !backoff_.has_given_way() || Clock::now() >= deadline) return result;
    }
  }
}

base::Result<std::int64_t> Store::attempt(const Work& work) {
  try {
    return work_or_reopen(work);
  } catch (const sqlite::StoreError& failure) {
    return failure.error();
  } catch (const SQLite::Exception& failure) {
    return sqlite::sqlite_error(failure.getExtendedErrorCode(), 0, failure.what(), path_);
  } catch (const std::bad_alloc&) {
    return base::Error{base::ErrorCode::io, "", "out of memory"};
  } catch (const std::exception& failure) {
    return base::Error{base::ErrorCode::io, path_.native(), failure.what()};
  }
}

base::Result<std::int64_t> Store::work_or_reopen(const Work& work) {
  // Made by clone() or _Fork(), past the handlers that bring the stores to rest.
  if (connection_ && owner_process_ != ::getpid()) return forked_badly(path_);
  if (!leave_unusable_files()) {
    return base::Error{base::ErrorCode::busy, path_.native(),
                       "another program is copying over the database; try again later"};
  }
  bool is_log_emptied = false;
  while (true) {
    const bool is_fresh = !connection_;
    if (is_fresh) {
      if (auto failure = connect_unless_just_refused()) return *std::move(failure);
    }
    try {
      return work(*connection_);
    } catch (const SQLite::Exception& failure) {
      const int code = failure.getExtendedErrorCode();
      const int system_errno = connection_->system_errno();
      const base::Error error = sqlite::sqlite_error(code, system_errno, failure.what(), path_);
      const bool has_lost_files =
          connection_->has_lost_index() || connection_->has_lost_descriptors();
      if (!has_lost_files && is_for_lack_of_space(code, system_errno)) {
        is_log_emptied = !is_log_emptied && empty_log();
        if (is_log_emptied) continue;
        note_lack_of_space(error);
      }
      if (!has_lost_files && leaves_connection_usable(code, system_errno)) return error;
      connection_->close_without_writing();
      connection_.reset();
      if (is_fresh || (!has_lost_files && !may_be_stale_schema(code))) return error;
    }
  }
}

bool Store::has_just_run_out_of_space() const noexcept {
  return no_space_ && no_space_->file_size_limit == file_size_limit() &&
         Clock::now() < no_space_->until;
}

void Store::note_lack_of_space(const base::Error& error) {
  constexpr std::chrono::seconds kLongEnough{1};
  if (has_just_run_out_of_space()) return;
  no_space_ = {error, file_size_limit(), Clock::now() + kLongEnough};
}

// Each try makes what it can of all the tables before it fails.
std::optional<base::Error> Store::connect_unless_just_refused() {
  if (has_just_run_out_of_space()) return no_space_->error;
  auto failure = connect();
  if (failure && failure->code == base::ErrorCode::disk_full) note_lack_of_space(*failure);
  return failure;
}

// A log that cannot grow begins again once all of it is in the database. Not for each row that
// does not fit: where the database cannot grow either, what could be copied is copied each time.
bool Store::empty_log() noexcept {
  return !has_just_run_out_of_space() && connection_->checkpoint();
}

// Another program may move the file away again and again.
std::optional<base::Error> Store::connect() {
  constexpr int kTries = 20;
  for (int tries = 1;; ++tries) {
    const auto place = sqlite::prepare_database_place(path_);
    if (!place) return place.error();
    try {
      connection_ = std::make_unique<Connection>(*place, backoff_);
      owner_process_ = ::getpid();
      return std::nullopt;
    } catch (const sqlite::StoreError& failure) {
      if (failure.error().code != base::ErrorCode::not_found || tries == kTries)
        return failure.error();
    }
  }
}

// If the file was moved away, the rows that are still in its log must follow it. Closing must not
// do that: it would go by the path, where another database may be by now.
// The log beside the path must not be taken for that of another database. A log that was deleted
// has rows for a database that is still there, unless that was overwritten. Where descriptors are
// lost, what is in the log waits there for the next connection.
bool Store::leave_unusable_files() noexcept {
  if (!connection_) return true;
  crash::WalWriteBuffer& files = connection_->files();
  const bool has_lost_descriptors = connection_->has_lost_descriptors();
  struct stat found {};
  const sqlite::GuardedDatabase::Place place = connection_->place(found);
  const bool is_moved = place == sqlite::GuardedDatabase::Place::left;
  const bool is_its_own = !has_lost_descriptors && place == sqlite::GuardedDatabase::Place::its_own;
  const bool has_side_files = !files.are_side_files_replaced();
  bool is_log_deleted = !has_side_files && files.is_log_deleted();
  // To look into an index that was truncated would be a SIGBUS.
  const bool is_overwritten =
      is_its_own && (has_side_files || is_log_deleted) && files.is_overwritten(found);
  if (is_its_own && has_side_files && !is_overwritten) return true;
  const bool was_changed = is_overwritten || (!is_moved && files.is_database_empty());
  if (was_changed && !stands_still(path_, backoff_)) return false;
  is_log_deleted = is_log_deleted && !was_changed;
  if ((is_moved || is_log_deleted) && !has_lost_descriptors) connection_->checkpoint();
  if (is_moved || is_log_deleted || was_changed) files.delete_old_files();
  connection_->close_without_writing();
  connection_.reset();
  return true;
}

// Not after setuid(), chroot() and the like, while the connection is as good as before.
bool Store::can_open_again() const noexcept {
  struct stat found {};
  return connection_->place(found) == sqlite::GuardedDatabase::Place::left ||
         ::faccessat(AT_FDCWD, path_.c_str(), R_OK | W_OK, AT_EACCESS) == 0;
}

bool Store::quiesce(Clock::time_point deadline) noexcept {
  if (!sqlite::lock_until(mutex_, deadline)) return false;
  if (connection_ && owner_process_ == ::getpid() && can_open_again()) {
    connection_->close_without_writing();
    connection_.reset();
  }
  return true;
}

// The last to close moves all rows into the database file. A crash connection is never closed, so
// do it without waiting to be the last: a user may copy the file alone.
void Store::close_at_exit(Clock::time_point deadline) noexcept {
  if (!sqlite::lock_until(mutex_, deadline)) return;
  if (connection_ && owner_process_ == ::getpid()) {
    backoff_.start(deadline);
    if (!leave_unusable_files())
      connection_->close_without_writing();
    else if (connection_)
      connection_->leave();
    connection_.reset();
  }
  mutex_.unlock();
}

}  // namespace dblog::store
