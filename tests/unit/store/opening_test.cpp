// Connections that are opened while the file is moved away, and in programs whose SQLite is not the
// usual one.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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
};

OwnVfs& own(sqlite3_vfs* vfs) { return *reinterpret_cast<OwnVfs*>(vfs); }

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  return own(vfs).real->xOpen(own(vfs).real, name, file, flags, out);
}

int full_path(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  return own(vfs).real->xFullPathname(own(vfs).real, name, size, out);
}

class DefaultVfs {
 public:
  DefaultVfs() : vfs_{*sqlite3_vfs_find("unix"), sqlite3_vfs_find("unix")} {
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

// An open() of the program's own, over the one that is there.
using Open = int (*)(const char*, int, int);
Open present_open;
std::function<void()> when_log_is_opened;

int own_open(const char* path, int flags, int mode) {
  if (std::string_view{path}.ends_with("LOGS.db-wal")) std::exchange(when_log_is_opened, [] {})();
  return present_open(path, flags, mode);
}

class ReplacedOpen {
 public:
  explicit ReplacedOpen(std::function<void()> callback) {
    when_log_is_opened = std::move(callback);
    present_open = reinterpret_cast<Open>(vfs_->xGetSystemCall(vfs_, "open"));
    vfs_->xSetSystemCall(vfs_, "open", reinterpret_cast<sqlite3_syscall_ptr>(&own_open));
  }
  ~ReplacedOpen() {
    vfs_->xSetSystemCall(vfs_, "open", reinterpret_cast<sqlite3_syscall_ptr>(present_open));
  }
  ReplacedOpen(const ReplacedOpen&) = delete;
  ReplacedOpen& operator=(const ReplacedOpen&) = delete;

 private:
  sqlite3_vfs* vfs_ = sqlite3_vfs_find("unix");
};

constexpr const char* kNewDatabase =
    "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, "
    "date DATETIME); INSERT INTO t (msg) VALUES ('of the new one');";

}  // namespace

TEST_CASE("store: a program whose SQLite has a VFS of its own is not disturbed") {
  const TemporaryDirectory directory;
  const DefaultVfs vfs;
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
  // Ours is there before.
  REQUIRE(dblog::EventLogger("t", directory / "first.db").push_to_table("x").ok);
  const ReplacedOpen open{[&] {
    std::filesystem::rename(path, old);
    std::filesystem::remove(path.string() + "-wal");
    std::filesystem::remove(path.string() + "-shm");
    other.emplace(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 0);
    other->exec(kNewDatabase);
  }};
  dblog::EventLogger events{"t", path};
  CHECK(events.push_to_table("pushed").ok);
  CHECK(sqlite_shell(path, "SELECT msg FROM t; PRAGMA integrity_check;") ==
        "of the new one\npushed\nok");
  CHECK(sqlite_shell(old, "SELECT msg FROM t; PRAGMA integrity_check;") == "of the old one\nok");
}

TEST_CASE("store: a sidecar file that another user plants while it is opened is not believed") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can give files away");
    return;
  }
  constexpr uid_t kOtherUser = 12'345;
  for (const char* suffix : {"-wal", "-shm"}) {
    const TemporaryDirectory directory;
    const std::string path = directory / "LOGS.db";
    sqlite_shell(path, kNewDatabase);
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    REQUIRE(dblog::EventLogger("t", directory / "first.db").push_to_table("x").ok);
    const std::string planted = path + suffix;
    const ReplacedOpen open{[&] {
      std::ofstream{planted} << "planted";
      REQUIRE(::chown(planted.c_str(), kOtherUser, kOtherUser) == 0);
    }};
    dblog::EventLogger events{"t", path};
    const dblog::PushResult pushed = events.push_to_table("x");
    CHECK_FALSE(pushed.ok);
    CHECK(pushed.error.find(planted + ": belongs to user 12345; run as") != std::string::npos);
    CHECK(std::filesystem::file_size(planted) == std::string{"planted"}.size());
  }
}

TEST_CASE("store: a link that takes the directory's place while it is opened leads nowhere") {
  const TemporaryDirectory directory;
  const auto shared = directory / "shared";
  std::filesystem::create_directory(shared);
  std::filesystem::create_directory(directory / "private");
  sqlite_shell(directory / "private" / "LOGS.db", kNewDatabase);
  REQUIRE(::chmod((directory / "private" / "LOGS.db").c_str(), 0600) == 0);
  REQUIRE(dblog::EventLogger("t", directory / "first.db").push_to_table("x").ok);
  const ReplacedOpen open{[&] {
    std::filesystem::rename(shared, directory / "moved");
    std::filesystem::create_directory_symlink("private", shared);
  }};
  dblog::EventLogger events{"t", shared / "LOGS.db"};
  (void)events.push_to_table("not for the private one");
  CHECK(sqlite_shell(directory / "private" / "LOGS.db", "SELECT msg FROM t;") == "of the new one");
  CHECK_FALSE(std::filesystem::exists(directory / "private" / "LOGS.db-wal"));
}

TEST_CASE("store: another directory that takes the place of the first is left alone") {
  const TemporaryDirectory directory;
  const auto shared = directory / "shared";
  const auto other = directory / "other";
  std::filesystem::create_directory(shared);
  std::filesystem::create_directory(other);
  // With rows in its log, as a program that was killed leaves it.
  {
    SQLite::Database killed{other / "LOGS.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    killed.exec(kNewDatabase);
    std::filesystem::copy(other / "LOGS.db", directory / "db");
    std::filesystem::copy(other / "LOGS.db-wal", directory / "wal");
  }
  std::filesystem::rename(directory / "db", other / "LOGS.db");
  std::filesystem::rename(directory / "wal", other / "LOGS.db-wal");
  for (const char* file : {"LOGS.db", "LOGS.db-wal"}) ::chmod((other / file).c_str(), 0600);
  REQUIRE(dblog::EventLogger("t", directory / "first.db").push_to_table("x").ok);
  {
    const ReplacedOpen open{[&] {
      std::filesystem::rename(shared, directory / "moved");
      std::filesystem::rename(other, shared);
    }};
    dblog::EventLogger events{"t", shared / "LOGS.db"};
    (void)events.push_to_table("pushed");
  }
  CHECK(sqlite_shell(shared / "LOGS.db", "SELECT msg FROM t WHERE id = 1;") == "of the new one");
}
