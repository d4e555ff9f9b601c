// One crash in a directory of its own: runs crash_child and asks the sqlite3 shell, as an
// independent reader, what the database holds.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/run_child.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dblog::test {

/// An argument of crash_child: time enough to record on a machine that is busy with other tests.
inline constexpr const char* kPatient = "deadline=30000";

class CrashScene {
 public:
  /// `arguments`: what crash_child is to do. May be called again for more crashes.
  ChildResult run(const std::vector<std::string>& arguments,
                  const std::vector<std::string>& environment = {});

  /// The same with a program of the caller's choice: its path, then its arguments.
  ChildResult run_program(const std::vector<std::string>& command,
                          const std::vector<std::string>& environment = {},
                          std::chrono::seconds deadline = std::chrono::seconds{60});

  /// What `dblog recover` does and says.
  [[nodiscard]] ChildResult recover() const;

  /// What `sqlite3 LOGS.db sql` prints, without the last line end.
  [[nodiscard]] std::string query(const std::string& sql) const;

  /// The function at the given depth of crash 1, by addr2line on module and offset. Of a
  /// return address the call is before it, so one less is looked up.
  [[nodiscard]] std::string function_at(int depth) const;

  /// The same with the functions that it is inlined into and the source lines, as addr2line says.
  [[nodiscard]] std::string functions_at(int depth) const;

  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return directory_ / name;
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace dblog::test
