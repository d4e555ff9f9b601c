// What the parent of a process knows of its end: a row of dblog_exits, beside the process's own.
// Used by `dblog run`. Threads: any. Must never be used at crash time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "src/base/result.hpp"
#include "src/base/uuid.hpp"
#include "src/store/rows.hpp"

namespace dblog::store {

/// A process that was waited for. Its row may be there: it wrote one if it had the handlers.
struct WaitedProcess {
  ProcessRow row;       ///< what the row says if this writes it; its uuid counts only then
  int wait_status = 0;  ///< as waitpid(2) gave it
  std::int64_t ended_utc_microseconds = 0;
};

/// What the database has of that process.
struct ProgramRows {
  std::int64_t process_id = 0;             ///< in dblog_processes; 0: no row
  base::Uuid uuid{};                       ///< of that row, and of its black box
  std::optional<std::int64_t> last_crash;  ///< the id of its last crash
};

/// One database, opened for both.
class ProgramExits {
 public:
  /// `database`: as prepare_database_place() gave it. Waits for others for two seconds at most,
  /// here and in each function below.
  explicit ProgramExits(std::filesystem::path database) : database_(std::move(database)) {}

  /// The rows of the process with that id that began then or later, on that host.
  [[nodiscard]] base::Result<ProgramRows> find(const ProcessRow& process) const;

  /// Commits how it ended, and the process's row if there is none.
  [[nodiscard]] std::optional<base::Error> note(const WaitedProcess& process) const;

 private:
  std::filesystem::path database_;
};

}  // namespace dblog::store
