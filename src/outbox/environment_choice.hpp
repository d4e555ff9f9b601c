// Which alerts a channel sends, by the environment of the program that they are about.
// Reads only. One for each look at what is due.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dblog::outbox {

class EnvironmentChoice {
 public:
  /// Of `environments`, in any case of their letters; empty: all. Refers to both.
  EnvironmentChoice(SQLite::Database& database, const std::vector<std::string>& environments);

  /// Whether the alert about this row is of a program in another environment. Not if no environment
  /// is known: rows of other programs and older versions, and programs that name none.
  [[nodiscard]] bool leaves_out(std::string_view source_table, std::int64_t source_id);

 private:
  const std::vector<std::string>& environments_;
  std::optional<SQLite::Statement> environment_of_;  ///< Only if there is a choice.
};

}  // namespace dblog::outbox
