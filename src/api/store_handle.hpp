// Which store a logger or a monitor writes to, found at its first use.
// Threads: any; no locks.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

#include "src/base/result.hpp"
#include "src/store/store.hpp"

namespace dblog::api {

class StoreHandle {
 public:
  /// Empty: the default database, as it is at the first find() that succeeds. A relative path is
  /// made absolute here, so that a chdir() changes nothing. Touches no file.
  explicit StoreHandle(const std::filesystem::path& database);

  /// Fails as Store::at() does, and tries again at the next call.
  base::Result<store::Store*> find();

 private:
  std::filesystem::path database_;
  std::atomic<store::Store*> found_{nullptr};
};

/// Opens the database of the handlers and all that the program has logged into: the program is
/// about to give up root's rights, and may not be able to open them afterwards. Waits `wait_ns` at
/// most for other programs that have locked them. Does nothing unless root calls it.
void open_stores_of_root(std::int64_t wait_ns) noexcept;

}  // namespace dblog::api
