// The sqlite3 command line shell: an independent reader and writer of databases.
#pragma once

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace dblog::test {

/// What the shell prints for the statements, without the last line break. `sql` goes through a
/// file beside the database, so it may contain anything.
inline std::string sqlite_shell(const std::filesystem::path& database, const std::string& sql) {
  const std::string script = database.native() + ".test.sql";
  std::FILE* file = std::fopen(script.c_str(), "w");
  if (file == nullptr) throw std::runtime_error("cannot write " + script);
  std::fwrite(sql.data(), 1, sql.size(), file);
  std::fclose(file);
  std::FILE* shell =
      ::popen(("sqlite3 -batch '" + database.native() + "' < '" + script + "' 2>&1").c_str(), "r");
  if (shell == nullptr) throw std::runtime_error("cannot run sqlite3");
  std::string output;
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, shell)) > 0;) {
    output.append(buffer, n);
  }
  ::pclose(shell);
  std::filesystem::remove(script);
  if (output.ends_with('\n')) output.pop_back();
  return output;
}

/// Holds a database exclusively, as another program would, until it is destroyed.
class LockingShell {
 public:
  explicit LockingShell(const std::filesystem::path& database)
      : marker_(database.native() + ".test.locked"),
        shell_(::popen(("sqlite3 -batch '" + database.native() + "'").c_str(), "w")) {
    if (shell_ == nullptr) throw std::runtime_error("cannot run sqlite3");
    std::fputs(".bail on\nBEGIN EXCLUSIVE;\n", shell_);
    std::fprintf(shell_, ".shell touch '%s'\n", marker_.c_str());
    std::fflush(shell_);
    while (!std::filesystem::exists(marker_)) {
      if (std::ferror(shell_) != 0) throw std::runtime_error("sqlite3 cannot lock the database");
    }
  }
  ~LockingShell() {
    ::pclose(shell_);
    std::filesystem::remove(marker_);
  }
  LockingShell(const LockingShell&) = delete;
  LockingShell& operator=(const LockingShell&) = delete;

 private:
  std::filesystem::path marker_;
  std::FILE* shell_;
};

}  // namespace dblog::test
