// dblog/dblog.h from C, Rust and Python: three programs that do the same.
#include <catch2/catch.hpp>

#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "dblog/dblog.h"
#include "dblog/version.hpp"
#include "tests/support/run_child.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dblog::test;

namespace {

struct Program {
  std::string language;
  std::vector<std::string> arguments;
  char installed;  ///< '0': everything works; '1': where dblog does not come first in the process.
};

std::vector<Program> programs() {
  return {
      {"C", {C_PROGRAM}, '0'},
#ifdef RUST_PROGRAM
      {"Rust", {RUST_PROGRAM}, '1'},
#endif
      {"Python", {PYTHON, PYTHON_PROGRAM, DBLOG_LIBRARY}, '1'},
  };
}

}  // namespace

TEST_CASE(
    "C interface: what it logs are the rows that the C++ interface makes, and a crash is one") {
  for (const Program& program : programs()) {
    INFO(program.language);
    const TemporaryDirectory directory;
    const auto database = directory / "LOGS.db";
    const ChildResult child = run_child({.arguments = program.arguments,
                                         .environment = {"DBLOG_DB=" + database.string()},
                                         .directory = directory.path()});
    INFO(child.err);
    CHECK(child.signal() == SIGSEGV);
    CHECK(child.out[0] == program.installed);
    CHECK_THAT(
        child.out,
        Catch::EndsWith(
            "\n"
            "0\n"
            "1 \n"
            "-1 \"no table\" cannot be a table name: ' ' at byte 3; use letters, digits and '_'\n"
            "-1 the options were not filled in by dblog_init_push_options()\n"
            "0 \n"
            "0 \n"));
    const auto query = [&](const char* sql) { return sqlite_shell(database, sql); };
    CHECK(query("SELECT id, msg FROM errors ORDER BY id") == "1|payment refused\n2|queued");
    CHECK(query("SELECT name, value, typeof(value) FROM event_fields WHERE source_id = 1 ORDER BY "
                "name") ==
          "bank|DE-12|text\nis_new|1|integer\norder|4711|integer\nregion|eu-1|text\n"
          "request|7|integer\ntook_s|0.25|real");
    CHECK(query("SELECT name FROM event_fields WHERE source_id = 2 ORDER BY name") ==
          "region\nrequest");
    CHECK(query("SELECT name, value FROM crash_fields") == "region|eu-1");
    CHECK(query("SELECT tag, count(*) FROM event_tags") == "payment|2");
    CHECK(query("SELECT signal_name, release FROM crashes") == "SIGSEGV|1.2");
    // An interpreter cannot run after a crash.
    CHECK(query("SELECT state, note FROM crash_notes") ==
          (program.language == "Python" ? "" : "whole|n"));
    CHECK(query("SELECT msg FROM breadcrumbs") == "charging the card");
    // The stack begins in the program.
    CHECK(query("SELECT count(*) FROM event_stacks JOIN stack_frames ON stack_id = pushed_at "
                "WHERE depth = 0 AND module LIKE '%libdblog%'") == "0");
    CHECK(
        query("SELECT count(*) > 0 FROM event_stacks JOIN stack_frames ON stack_id = pushed_at") ==
        "1");
  }
}

TEST_CASE("C interface: options of a later version are read, and those of no version refused") {
  const TemporaryDirectory directory;
  const std::string database = (directory / "LOGS.db").string();
  struct {
    dblog_push_options known;
    char later[16];
  } options;
  std::memset(&options, 'x', sizeof options);
  dblog_init_push_options(&options.known, sizeof options);
  CHECK(options.known.size == sizeof options);
  CHECK(std::string_view{options.later, 16} ==
        std::string_view{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16});
  options.known.database = database.c_str();
  CHECK(dblog_push("t", nullptr, &options.known) == 1);
  CHECK(dblog_error() == std::string{});

  options.known.size = sizeof options.known - 1;
  CHECK(dblog_push("t", "x", &options.known) == -1);
  CHECK(dblog_error() ==
        std::string{"the options were not filled in by dblog_init_push_options()"});

  std::memset(&options, 'x', sizeof options);
  dblog_init_push_options(&options.known, sizeof(size_t));
  CHECK(options.known.size == sizeof(size_t));
  CHECK(options.known.slack == 0x78787878);
  dblog_init_push_options(nullptr, sizeof options);
}

TEST_CASE("C interface: a value of the process that finds no room is an error that says so") {
  const std::string large(1'000, 'x');
  std::string names = "abcdef";
  int refused = 0;
  for (char& name : names) {
    const char text[] = {name, '\0'};
    const dblog_field field{text, DBLOG_TEXT, large.c_str(), 0, 0};
    refused -= dblog_set_context(&field);
  }
  CHECK(refused > 0);
  CHECK(std::string_view{dblog_error()}.find("no room is left") == 0);
  for (const char name : names) {
    const char text[] = {name, '\0'};
    dblog_clear_context(text);
  }
  CHECK(dblog_set_context(nullptr) == -1);
  CHECK(dblog_error() == std::string{"no field"});
}

TEST_CASE("C interface: values of no meaning count as the default") {
  const TemporaryDirectory directory;
  const std::string database = (directory / "LOGS.db").string();
  dblog_push_options options;
  dblog_init_push_options(&options, sizeof options);
  options.database = database.c_str();
  options.severity = -3;
  const dblog_field fields[] = {{nullptr, 99, "a text", 7, 0.5},
                                {"no_text", DBLOG_TEXT, nullptr, 7, 0.5}};
  options.fields = fields;
  options.field_count = 2;
  options.tag_count = 5;  // of no list
  REQUIRE(dblog_push("t", "x", &options) == 1);
  CHECK(sqlite_shell(database, "SELECT value FROM event_fields ORDER BY value") == "\na text");
  CHECK(dblog_push(nullptr, "x", &options) == -1);
  CHECK(dblog_error() == std::string{"the table name is empty; give the table a name"});
  CHECK(std::string_view{dblog_version()} == dblog::version());
}
