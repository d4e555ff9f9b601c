// A program that closes descriptors which it did not open, and gets their numbers for its own
// files: these stay as they are, and everything that is pushed is there.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/run_child.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

void run_program(const fs::path& directory, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), CLOSING_PROGRAM);
  const auto child = dblog::test::run_child({.arguments = arguments, .directory = directory});
  INFO(child.err);
  CHECK_FALSE(child.timed_out);
  CHECK(child.exit_code() == 0);
}

// Each once, and all of one writer: 0 to 19.
void check_rows(const fs::path& database, const std::vector<std::string>& who, int samples = 2) {
  for (const char* table : {"events", "queued"}) {
    for (const std::string& writer : who) {
      INFO(table << ' ' << writer);
      CHECK(sqlite_shell(database, "SELECT count(*) || ' ' || count(DISTINCT msg) FROM " +
                                       std::string{table} + " WHERE msg LIKE '" + writer +
                                       " %';") == "20 20");
    }
  }
  CHECK(sqlite_shell(database, "SELECT count(*) FROM hw_logs WHERE task = 'parent ';") ==
        std::to_string(samples));
  CHECK(sqlite_shell(database, "PRAGMA integrity_check;") == "ok");
}

void check_own_files(const fs::path& directory, const std::string& prefix) {
  for (int i = 0; i < 20; ++i) {
    const std::string name = prefix + std::to_string(i);
    std::ifstream file{directory / name, std::ios::binary};
    const std::string content{std::istreambuf_iterator<char>{file}, {}};
    INFO(name);
    CHECK((content == std::string(10'000, static_cast<char>('a' + i))));
  }
}

const std::vector<std::vector<std::string>> kOptions = {{}, {"handlers"}};

std::vector<std::string> with(std::vector<std::string> options, const char* way) {
  options.insert(options.begin(), way);
  return options;
}

}  // namespace

TEST_CASE("closed descriptors: files that get their numbers are untouched, and pushes are kept") {
  for (const auto& options : kOptions) {
    const TemporaryDirectory directory;
    run_program(directory.path(), with(options, "files"));
    check_rows(directory.path() / "LOGS.db", {"parent"});
    check_own_files(directory.path(), "own-");
  }
}

TEST_CASE("closed descriptors: one file's alone are noticed, whichever it is") {
  for (const auto& options : kOptions) {
    const TemporaryDirectory directory;
    run_program(directory.path(), with(options, "some"));
    check_rows(directory.path() / "LOGS.db", {"parent"}, 6);
    check_own_files(directory.path(), "own-");
  }
}

TEST_CASE("closed descriptors: fork() leaves the program's files alone") {
  for (const auto& options : kOptions) {
    const TemporaryDirectory directory;
    run_program(directory.path(), with(options, "fork"));
    check_own_files(directory.path(), "own-");
    const fs::path database = directory.path() / "LOGS.db";
    check_rows(database, {"parent"});
    for (const char* table : {"events", "queued"}) {
      CHECK(sqlite_shell(database, "SELECT count(DISTINCT msg) FROM " + std::string{table} +
                                       " WHERE msg LIKE 'child %';") == "10");
    }
  }
}

TEST_CASE("closed descriptors: the database's directory, which the program opens, stays open") {
  for (const auto& options : kOptions) {
    const TemporaryDirectory directory;
    run_program(directory.path(), with(options, "directory"));
    check_rows(directory.path() / "LOGS.db", {"parent"});
  }
}

TEST_CASE("closed descriptors: a child closes them and pushes while its parent does") {
  for (const auto& options : kOptions) {
    const TemporaryDirectory directory;
    run_program(directory.path(), with(options, "child"));
    check_own_files(directory.path(), "child-");
    check_rows(directory.path() / "LOGS.db", {"parent", "child"});
  }
}

TEST_CASE("closed descriptors: databases of the program's own keep their locks and content") {
  for (const auto& options : kOptions) {
    const TemporaryDirectory directory;
    run_program(directory.path(), with(options, "sqlite"));
    check_rows(directory.path() / "LOGS.db", {"parent"});
    for (const char* own : {"own.db", "own_log.db"}) {
      INFO(own);
      CHECK(sqlite_shell(directory.path() / own, "SELECT length(a) FROM t;") == "100000");
      CHECK(sqlite_shell(directory.path() / own, "PRAGMA integrity_check;") == "ok");
    }
  }
}
