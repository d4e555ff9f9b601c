#include "src/sqlite/database_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "src/base/trusted_file.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::base::ErrorCode;
using dblog::sqlite::kMaxDatabasePathBytes;
using dblog::sqlite::prepare_database_place;
using dblog::test::TemporaryDirectory;

constexpr uid_t kOtherUser = 12'345;

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

ErrorCode code_of(const fs::path& path) {
  const auto place = prepare_database_place(path);
  REQUIRE_FALSE(place.ok());
  CHECK(place.error().text().find('\n') == std::string::npos);
  return place.error().code;
}

// A directory as /tmp is.
fs::path make_public(const TemporaryDirectory& directory) {
  fs::path path = directory / "public";
  fs::create_directory(path);
  REQUIRE(::chmod(path.c_str(), 01777) == 0);
  return path;
}

bool is_root(const char* why) {
  if (::geteuid() == 0) return true;
  WARN("skipped: " << why);
  return false;
}

struct WorkingDirectory {
  explicit WorkingDirectory(const fs::path& path) : before(fs::current_path()) {
    fs::current_path(path);
  }
  ~WorkingDirectory() { fs::current_path(before); }
  fs::path before;
};

}  // namespace

TEST_CASE("database place: a missing file is made empty and for its owner alone") {
  const TemporaryDirectory directory;
  const mode_t umask_before = ::umask(0);
  const auto place = prepare_database_place(directory / "LOGS.db");
  ::umask(umask_before);
  REQUIRE(place.ok());
  CHECK(*place == directory / "LOGS.db");
  CHECK(mode_of(*place) == 0600);
  CHECK(fs::file_size(*place) == 0);
}

TEST_CASE("database place: an existing file is left as it is") {
  const TemporaryDirectory directory;
  dblog::test::write_bytes(directory / "LOGS.db", "anything");
  ::chmod((directory / "LOGS.db").c_str(), 0640);
  REQUIRE(prepare_database_place(directory / "LOGS.db").ok());
  CHECK(dblog::test::bytes_of(directory / "LOGS.db") == "anything");
  CHECK(mode_of(directory / "LOGS.db") == 0640);
}

TEST_CASE("database place: a relative path becomes absolute, without links") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "real");
  fs::create_directory_symlink("real", directory / "alias");
  const WorkingDirectory here(directory.path());
  const auto place = prepare_database_place("./alias/../alias/LOGS.db");
  REQUIRE(place.ok());
  CHECK(*place == directory / "real/LOGS.db");
}

TEST_CASE("database place: a missing directory is not made") {
  const TemporaryDirectory directory;
  CHECK(code_of(directory / "none/LOGS.db") == ErrorCode::not_found);
  CHECK_FALSE(fs::exists(directory / "none"));
}

TEST_CASE("database place: the error names a file in the middle of the path") {
  const TemporaryDirectory directory;
  dblog::test::write_bytes(directory / "file", "");
  CHECK(code_of(directory / "file/LOGS.db") == ErrorCode::invalid_argument);
}

TEST_CASE("database place: what is no file is refused") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "folder");
  REQUIRE(::mkfifo((directory / "fifo").c_str(), 0600) == 0);
  for (const fs::path& path : {directory / "folder", directory / "folder/", directory / "folder/.",
                               directory / "folder/..", directory / "fifo", fs::path("/dev/null"),
                               fs::path("/"), fs::path()}) {
    INFO(path);
    CHECK(code_of(path) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("database place: a NUL in the path is refused") {
  const TemporaryDirectory directory;
  CHECK(code_of(directory / std::string_view("a\0b", 3)) == ErrorCode::invalid_argument);
  CHECK_FALSE(fs::exists(directory / "a"));
}

TEST_CASE("database place: a path that SQLite cannot take is refused, the longest it can is not") {
  const TemporaryDirectory directory;
  fs::path deep = directory.path();
  while (deep.native().size() + 202 < kMaxDatabasePathBytes - 2) deep /= std::string(200, 'd');
  fs::create_directories(deep);
  const std::size_t left = kMaxDatabasePathBytes - deep.native().size() - 1;
  REQUIRE(left < 250);
  CHECK(prepare_database_place(deep / std::string(left, 'x')).ok());
  CHECK(code_of(deep / std::string(left + 1, 'x')) == ErrorCode::invalid_argument);
}

TEST_CASE("database place: a link in a private directory is followed, and its target made") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "data");
  fs::create_symlink("data/events.db", directory / "LOGS.db");
  const auto place = prepare_database_place(directory / "LOGS.db");
  REQUIRE(place.ok());
  CHECK(*place == directory / "data/events.db");
  CHECK(mode_of(*place) == 0600);
}

TEST_CASE("database place: links that lead in a circle are refused") {
  const TemporaryDirectory directory;
  fs::create_symlink("b", directory / "a");
  fs::create_symlink("a", directory / "b");
  CHECK(code_of(directory / "a") == ErrorCode::invalid_argument);
}

TEST_CASE("database place: in a public directory a link of another user is refused") {
  if (!is_root("only root can give a link to another user")) return;
  const TemporaryDirectory directory;
  const fs::path link = make_public(directory) / "LOGS.db";
  fs::create_symlink(directory / "victim.db", link);
  REQUIRE(::lchown(link.c_str(), kOtherUser, kOtherUser) == 0);
  CHECK(code_of(link) == ErrorCode::permission);
  CHECK_FALSE(fs::exists(directory / "victim.db"));
}

TEST_CASE("database place: in a directory that a group can write a foreign link is refused") {
  if (!is_root("only root can give a link to another user")) return;
  const TemporaryDirectory directory;
  ::chmod(directory.path().c_str(), 0770);
  fs::create_symlink("victim.db", directory / "LOGS.db");
  REQUIRE(::lchown((directory / "LOGS.db").c_str(), kOtherUser, kOtherUser) == 0);
  CHECK(code_of(directory / "LOGS.db") == ErrorCode::permission);
}

TEST_CASE("database place: in a public directory our own link is followed") {
  const TemporaryDirectory directory;
  const fs::path link = make_public(directory) / "LOGS.db";
  fs::create_symlink(directory / "mine.db", link);
  CHECK(prepare_database_place(link).ok());
}

TEST_CASE("database place: in a public directory a file of another user is refused") {
  if (!is_root("only root can give a file to another user")) return;
  const TemporaryDirectory directory;
  const fs::path path = make_public(directory) / "LOGS.db";
  dblog::test::write_bytes(path, "");
  REQUIRE(::chown(path.c_str(), kOtherUser, kOtherUser) == 0);
  CHECK(code_of(path) == ErrorCode::permission);
}

TEST_CASE("database place: in a public directory a foreign sidecar file is refused") {
  if (!is_root("only root can give a file to another user")) return;
  const TemporaryDirectory directory;
  const fs::path path = make_public(directory) / "LOGS.db";
  const fs::path log = path.native() + "-wal";
  dblog::test::write_bytes(log, "planted");
  REQUIRE(::chown(log.c_str(), kOtherUser, kOtherUser) == 0);
  CHECK(code_of(path) == ErrorCode::permission);
  CHECK(fs::exists(log));
}

TEST_CASE("database place: a group that is trusted may share a file that a member made") {
  if (!is_root("only root can give a file to another user")) return;
  const TemporaryDirectory directory;
  ::chmod(directory.path().c_str(), 0770);
  dblog::test::write_bytes(directory / "LOGS.db", "");
  ::chmod((directory / "LOGS.db").c_str(), 0660);
  REQUIRE(::chown((directory / "LOGS.db").c_str(), kOtherUser, ::getegid()) == 0);
  CHECK(code_of(directory / "LOGS.db") == ErrorCode::permission);
  dblog::base::set_trusted_writers(dblog::base::TrustedWriters::group);
  CHECK(prepare_database_place(directory / "LOGS.db").ok());
  dblog::base::set_trusted_writers(dblog::base::TrustedWriters::owner);
}

TEST_CASE("database place: the error names a directory that is not writable, with what to do") {
  const TemporaryDirectory directory;
  ::chmod(directory.path().c_str(), 0555);
  const std::string text = dblog::test::text_of_child([&] {
    dblog::test::become_unprivileged();
    const auto place = prepare_database_place(directory / "LOGS.db");
    return place.ok() ? "made" : place.error().text();
  });
  ::chmod(directory.path().c_str(), 0755);
  CHECK(text == (directory / "LOGS.db").native() +
                    ": permission denied; make the directory writable or set $DBLOG_DB to another "
                    "place");
}

TEST_CASE("database place: sidecar files of a database that is gone go before a new one is made") {
  const TemporaryDirectory directory;
  for (const char* name : {"LOGS.db-wal", "LOGS.db-shm", "LOGS.db-journal"}) {
    dblog::test::write_bytes(directory / name, "old");
  }
  REQUIRE(prepare_database_place(directory / "LOGS.db").ok());
  CHECK(fs::exists(directory / "LOGS.db"));
  for (const char* name : {"LOGS.db-wal", "LOGS.db-shm", "LOGS.db-journal"}) {
    CHECK_FALSE(fs::exists(directory / name));
  }
}

TEST_CASE("database place: sidecar files of a database that is there stay, of an emptied one go") {
  const TemporaryDirectory directory;
  dblog::test::write_bytes(directory / "LOGS.db", "a page");
  dblog::test::write_bytes(directory / "LOGS.db-wal", "rows");
  REQUIRE(prepare_database_place(directory / "LOGS.db").ok());
  CHECK(dblog::test::bytes_of(directory / "LOGS.db-wal") == "rows");
  fs::resize_file(directory / "LOGS.db", 0);
  REQUIRE(prepare_database_place(directory / "LOGS.db").ok());
  CHECK_FALSE(fs::exists(directory / "LOGS.db-wal"));
}

TEST_CASE("database place: locks that this process holds on the file are not dropped") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "LOGS.db";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  REQUIRE(::fcntl(file, F_SETLK, &lock) == 0);
  REQUIRE(prepare_database_place(path).ok());
  const int seen_by_child = dblog::test::exit_status_of([&] {
    struct flock probe {};
    probe.l_type = F_WRLCK;
    const int own = ::open(path.c_str(), O_RDWR);
    return ::fcntl(own, F_GETLK, &probe) == 0 && probe.l_type == F_WRLCK ? 0 : 1;
  });
  CHECK(seen_by_child == 0);
  ::close(file);
}

TEST_CASE("database place: many who make the same file at once all get it") {
  const TemporaryDirectory directory;
  std::vector<int> made(8);
  std::vector<std::thread> threads;
  for (int& ok : made) {
    threads.emplace_back([&] { ok = prepare_database_place(directory / "LOGS.db").ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(made == std::vector<int>(8, 1));
}
