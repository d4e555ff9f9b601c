// The row of dblog_processes of this process, once a connection.
// Used by the store's connection only.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include "src/store/rows.hpp"

namespace dblog::store {

/// Tells what is known of this process; an id of 0: it is none that is recorded.
using ProcessSource = ProcessRow (*)();

/// What all stores of this process ask, when they first write. Without one, as in the tool, no
/// process is recorded. `version` rises when what the source says changes. Threads: any.
void set_process_source(ProcessSource source) noexcept;
void note_process_change() noexcept;

class ProcessWriter {
 public:
  explicit ProcessWriter(SQLite::Database& database) : database_(database) {}

  /// Whether the row is there as it is now.
  [[nodiscard]] bool is_written() const noexcept;

  /// Writes it, in the caller's transaction; confirm() once that is committed.
  void write();
  void confirm() noexcept;

  /// Of a process that is gone, unless it is there.
  void write(const ProcessRow& row);

  /// It ends now, by its own will; nothing if it was not written. In a transaction.
  void end();

 private:
  SQLite::Database& database_;
  std::uint64_t written_ = 0;  // version, of the committed row; 0: none
  std::uint64_t writing_ = 0;
};

}  // namespace dblog::store
