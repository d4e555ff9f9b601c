// A directory with a LOGS.db that an attacker has prepared: rows of every table at first, then the
// input says what is done to rows, schema, pages and the files beside it. Any bytes are such an
// attack, and few of them are needed: they choose among statements, tables, columns and
// values.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/input_reader.hpp"
#include "tests/support/temporary_directory.hpp"

struct sqlite3;

namespace dblog::test {

class HostileDatabase {
 public:
  HostileDatabase();

  /// The same path every time, another file.
  [[nodiscard]] std::filesystem::path path() const { return directory_ / "LOGS.db"; }

  /// Removes what was there and makes it again, as the input says.
  void make(InputReader& input);

  /// A file that has nothing to do with the database, though its files may name it, is as it was.
  [[nodiscard]] bool has_bystander() const;

 private:
  void read_model();
  void clear();
  void execute_one(InputReader& input);
  void execute(const std::string& sql);
  void close();
  void overwrite(InputReader& input);
  void put_file_beside(InputReader& input);
  std::string journal_that_names(const std::filesystem::path& file) const;

  TemporaryDirectory directory_;
  sqlite3* database_ = nullptr;
  bool has_files_beside_ = false;
  std::string model_;      ///< The database to begin with, as bytes.
  std::string model_log_;  ///< A log of it, of which nothing is in the database.
  std::vector<std::string> tables_;
  std::map<std::string, std::vector<std::string>, std::less<>> columns_;
};

}  // namespace dblog::test
