// A program that closes every descriptor from 3 on, as daemons do when they start, opens files of
// its own, and goes on pushing: closing_program WAY [handlers], in its working directory.
//   files     twenty files of its own
//   some      the same, but closes one kind of dblog's files after the other
//   fork      twenty files of its own, and a child that pushes, too
//   child     a child closes them, opens files of its own, and pushes while its parent does
//   directory twenty descriptors of the database's directory, and a child
//   sqlite    databases of its own, by the same SQLite, in the middle of a transaction
// Exit status 0: every push was kept, and what the program has opened is as it left it.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <dblog/dblog.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/sqlite_shell.hpp"

namespace {

constexpr int kOwnFiles = 20;
constexpr int kHighestDescriptor = 1'023;

struct OwnFile {
  int descriptor;
  std::string name;
};
// Never destroyed: the last look comes after all destructors.
std::vector<OwnFile>& own_files = *new std::vector<OwnFile>;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  ::_exit(1);
}

void require(bool is_true, const std::string& what) {
  if (!is_true) fail(what);
}

struct flock whole(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

void close_all() {
  for (int descriptor = 3; descriptor <= kHighestDescriptor; ++descriptor) ::close(descriptor);
}

// The descriptors of files with this in their names.
void close_all_of(const std::string& name) {
  for (int descriptor = 3; descriptor <= kHighestDescriptor; ++descriptor) {
    char target[PATH_MAX] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    if (::readlink(link.c_str(), target, sizeof target - 1) <= 0) continue;
    if (std::string_view{target}.find(name) != std::string_view::npos) ::close(descriptor);
  }
}

void open_own_files(const std::string& prefix, int from = 0, int to = kOwnFiles) {
  for (int i = from; i < to; ++i) {
    const std::string name = prefix + std::to_string(i);
    const int descriptor = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    const std::string content(10'000, static_cast<char>('a' + i));
    require(
        ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size()),
        "cannot write " + name);
    struct flock lock = whole(F_WRLCK);
    require(::fcntl(descriptor, F_SETLK, &lock) == 0, "cannot lock " + name);
    own_files.push_back({descriptor, name});
  }
}

// Where SQLite has its locks in a database and in a log's index, and before.
void require_locked(const OwnFile& file) {
  for (const off_t start : {off_t{0}, off_t{120}, off_t{0x40000000}, off_t{0x40000002}}) {
    const int other = ::open(file.name.c_str(), O_RDWR);
    struct flock lock = whole(F_WRLCK);
    lock.l_start = start;
    lock.l_len = 1;
    require(::fcntl(other, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_WRLCK,
            "the lock on " + file.name + " is gone at " + std::to_string(start));
    // Left open: to close it would drop the locks (fcntl(2)).
  }
}

void require_own_files_open() {
  for (const OwnFile& file : own_files) {
    struct stat open {
    }, named{};
    require(::fstat(file.descriptor, &open) == 0 && ::stat(file.name.c_str(), &named) == 0 &&
                open.st_ino == named.st_ino,
            file.name + " was closed");
  }
  for (const OwnFile& file : own_files) require_locked(file);
}

// After all that dblog does at the end.
[[gnu::destructor]] void look_once_more() { require_own_files_open(); }

void push(const std::string& who, int from, int to) {
  dblog::EventLogger events{"events"};
  dblog::EventLogger queued{"queued", {.queued = true}};
  dblog::Monitor monitor;
  for (int i = from; i < to; ++i) {
    const auto kept = events.push_to_table(who + std::to_string(i));
    require(kept.ok, "push: " + kept.error);
    const auto taken = queued.push_to_table(who + std::to_string(i));
    require(taken.ok, "queued push: " + taken.error);
  }
  const auto flushed = dblog::EventLogger::flush();
  require(flushed.ok, "flush: " + flushed.error);
  monitor.monitor(who);
}

void close_one_kind_after_the_other() {
  int next = 0;
  for (const char* name :
       {"LOGS.db-shm", "LOGS.db-wal", "LOGS.db-queue", "LOGS.db-box", "LOGS.db"}) {
    close_all_of(name);
    open_own_files("own-", next * 4, next * 4 + 4);
    push("parent ", 10 + next * 2, 12 + next * 2);
    ++next;
  }
}

void wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child failed");
}

void push_in_child_and_parent() {
  const pid_t child = ::fork();
  push(child == 0 ? "child " : "parent ", 10, 20);
  if (child == 0) std::exit(0);
  wait_for(child);
}

void require_open(const std::vector<int>& descriptors) {
  for (const int descriptor : descriptors) {
    require(::fcntl(descriptor, F_GETFD) >= 0, std::to_string(descriptor) + " was closed");
  }
}

// Numbers that dblog has known for the same directory.
void open_the_same_directory() {
  std::vector<int> own;
  for (int i = 0; i < kOwnFiles; ++i) own.push_back(::open(".", O_RDONLY | O_DIRECTORY));
  push("parent ", 10, 20);
  const pid_t child = ::fork();
  require_open(own);
  if (child == 0) ::_exit(0);
  wait_for(child);
  dblog::uninstall_handlers();
  require_open(own);
}

void close_in_child() {
  const pid_t child = ::fork();
  if (child == 0) {
    push("child ", 0, 10);
    close_all();
    open_own_files("child-");
    push("child ", 10, 20);
    std::exit(0);
  }
  push("parent ", 10, 20);
  wait_for(child);
}

sqlite3* open_own_database(const char* name, const char* mode) {
  sqlite3* database = nullptr;
  require(sqlite3_open(name, &database) == SQLITE_OK, "cannot open a database of its own");
  for (const std::string& sql :
       {std::string{"PRAGMA journal_mode = "} + mode, std::string{"CREATE TABLE t (a)"},
        std::string{"BEGIN IMMEDIATE"}, std::string{"INSERT INTO t VALUES (zeroblob(100000))"}}) {
    require(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, sql);
  }
  return database;
}

void push_beside_own_databases() {
  const std::array<const char*, 2> names = {"own.db", "own_log.db"};
  const std::array<sqlite3*, 2> databases = {open_own_database(names[0], "DELETE"),
                                             open_own_database(names[1], "WAL")};
  push("parent ", 10, 20);
  for (const char* name : names) {
    const std::string answer = dblog::test::sqlite_shell(name, "BEGIN IMMEDIATE;");
    require(answer.find("locked") != std::string::npos, std::string{name} + " is not locked");
  }
  for (sqlite3* database : databases) {
    require(sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK,
            sqlite3_errmsg(database));
    require(sqlite3_close(database) == SQLITE_OK, "cannot close a database of its own");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view way = argc > 1 ? argv[1] : "";
  if (argc > 2) dblog::install_handlers({.delivery = dblog::Delivery::none});
  push("parent ", 0, 10);
  if (way == "child") {
    close_in_child();
    return 0;
  }
  if (way == "some") {
    close_one_kind_after_the_other();
    return 0;
  }
  close_all();
  if (way == "sqlite") {
    push_beside_own_databases();
    return 0;
  }
  if (way == "directory") {
    open_the_same_directory();
    return 0;
  }
  open_own_files("own-");
  if (way == "fork") {
    push_in_child_and_parent();
  } else {
    push("parent ", 10, 20);
  }
  return 0;
}
