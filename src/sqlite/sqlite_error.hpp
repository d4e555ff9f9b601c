// SQLite's result codes as the library's errors: one line, with what to do.
// Used inside the store and the outbox only.
#pragma once

#include <stdexcept>
#include <string>

#include "src/base/result.hpp"

namespace dblog::sqlite {

inline constexpr const char* kTooManyOpenFiles = "too many open files; raise the limit (ulimit -n)";

/// What went wrong with the database at `path`. `extended_code` is SQLite's extended result code,
/// `system_errno` what sqlite3_system_errno() gave (0: not known), `message` SQLite's own words.
/// Looks at the path's permissions to find the reason for SQLITE_CANTOPEN and SQLITE_READONLY.
[[nodiscard]] base::Error sqlite_error(int extended_code, int system_errno,
                                       const std::string& message, const std::string& path);

/// Whether it says that there is no room: of the disk, the quota, or the process's limit for files.
[[nodiscard]] bool is_out_of_space(int system_errno) noexcept;

/// An error that is already in the library's words. Thrown inside the store and the outbox only.
class StoreError : public std::runtime_error {
 public:
  explicit StoreError(base::Error error)
      : std::runtime_error(error.text()), error_(std::move(error)) {}
  [[nodiscard]] const base::Error& error() const noexcept { return error_; }

 private:
  base::Error error_;
};

}  // namespace dblog::sqlite
