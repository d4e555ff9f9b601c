// Connections that are opened while the file is moved away, and in programs whose SQLite is not the
// usual one.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "dblog/event_logger.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

// A default VFS of the program's own. Like some, it has more behind the struct, and finds it by the
// address that its functions are called with.
struct OwnVfs {
  sqlite3_vfs vfs;
  sqlite3_vfs* real;
  std::function<void()> when_log_is_opened;
};

OwnVfs& own(sqlite3_vfs* vfs) { return *reinterpret_cast<OwnVfs*>(vfs); }

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  if ((flags & SQLITE_OPEN_WAL) != 0) std::exchange(own(vfs).when_log_is_opened, [] {})();
  return own(vfs).real->xOpen(own(vfs).real, name, file, flags, out);
}

int full_path(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  return own(vfs).real->xFullPathname(own(vfs).real, name, size, out);
}

class DefaultVfs {
 public:
  explicit DefaultVfs(std::function<void()> when_log_is_opened)
      : vfs_{*sqlite3_vfs_find("unix"), sqlite3_vfs_find("unix"), std::move(when_log_is_opened)} {
    vfs_.vfs.zName = "own";
    vfs_.vfs.pNext = nullptr;
    vfs_.vfs.xOpen = open_file;
    vfs_.vfs.xFullPathname = full_path;
    sqlite3_vfs_register(&vfs_.vfs, 1);
  }
  ~DefaultVfs() {
    sqlite3_vfs_unregister(&vfs_.vfs);
    sqlite3_vfs_register(vfs_.real, 1);
  }
  DefaultVfs(const DefaultVfs&) = delete;
  DefaultVfs& operator=(const DefaultVfs&) = delete;

 private:
  OwnVfs vfs_;
};

constexpr const char* kNewDatabase =
    "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, "
    "date DATETIME); INSERT INTO t (msg) VALUES ('of the new one');";

}  // namespace

TEST_CASE("store: a program whose SQLite has a VFS of its own is not disturbed") {
  const TemporaryDirectory directory;
  const DefaultVfs vfs{[] {}};
  dblog::EventLogger events{"t", directory / "LOGS.db"};
  CHECK(events.push_to_table("x").ok);
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t;") == "x");
}

TEST_CASE("store: a file that is moved away while it is opened is left alone") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory / "LOGS.db";
  const std::filesystem::path old = directory / "old.db";
  sqlite_shell(path, std::string(kNewDatabase) + "UPDATE t SET msg = 'of the old one';");
  // Others keep the new one's log from being copied away.
  std::optional<SQLite::Database> other;
  const DefaultVfs vfs{[&] {
    std::filesystem::rename(path, old);
    std::filesystem::remove(path.string() + "-wal");
    std::filesystem::remove(path.string() + "-shm");
    other.emplace(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 0, "unix");
    other->exec(kNewDatabase);
  }};
  dblog::EventLogger events{"t", path};
  CHECK(events.push_to_table("pushed").ok);
  CHECK(sqlite_shell(path, "SELECT msg FROM t; PRAGMA integrity_check;") ==
        "of the new one\npushed\nok");
  CHECK(sqlite_shell(old, "SELECT msg FROM t; PRAGMA integrity_check;") == "of the old one\nok");
}
