#include "src/reader/reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

using namespace dblog;
using namespace dblog::test;
using reader::Reader;

namespace {

void add_rows(const std::filesystem::path& path, int count) {
  auto database = make_database(path);
  database.exec("CREATE TABLE IF NOT EXISTS e (id INTEGER PRIMARY KEY, msg, date)");
  database.exec("BEGIN");
  for (int i = 0; i < count; ++i) add_event(database, "e", "x", "2026-01-01");
  database.exec("COMMIT");
}

std::size_t count_rows(Reader& reader) {
  const auto entries = reader.newest({.limit = 1'000'000});
  REQUIRE(entries.ok());
  return entries->size();
}

}  // namespace

TEST_CASE("reader: sees what is written and checkpointed while it is open") {
  const TemporaryDirectory directory;
  add_rows(directory / "LOGS.db", 1);
  auto reader = Reader::open(directory / "LOGS.db");
  REQUIRE(reader.ok());
  CHECK(count_rows(*reader) == 1);
  add_rows(directory / "LOGS.db", 5'000);
  CHECK(count_rows(*reader) == 5'001);
}

TEST_CASE("reader: sees what a program writes that came later and is still there") {
  const TemporaryDirectory directory;
  add_rows(directory / "LOGS.db", 1);
  auto reader = Reader::open(directory / "LOGS.db");
  REQUIRE(reader.ok());
  auto other = make_database(directory / "LOGS.db");
  add_event(other, "e", "x", "2026-01-01");
  CHECK(count_rows(*reader) == 2);
}

TEST_CASE("reader: does not drop the locks of a writer in the same process") {
  const TemporaryDirectory directory;
  SQLite::Database writer{(directory / "LOGS.db").string(),
                          SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  make_event_table(writer, "e");
  writer.exec("BEGIN IMMEDIATE");
  add_event(writer, "e", "x", "2026-01-01");
  {
    auto reader = Reader::open(directory / "LOGS.db");
    REQUIRE(reader.ok());
    CHECK(count_rows(*reader) == 0);
  }
  // F_OFD_GETLK sees the locks of this process too; SQLite's lock bytes are at 1 GiB.
  const int descriptor = ::open((directory / "LOGS.db").c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0x40000000;
  lock.l_len = 512;
  REQUIRE(::fcntl(descriptor, F_OFD_GETLK, &lock) == 0);
  CHECK(lock.l_type != F_UNLCK);
  writer.exec("COMMIT");
  ::close(descriptor);
}

TEST_CASE("reader: opens a file of no bytes as an empty database") {
  const TemporaryDirectory directory;
  std::ofstream{directory / "LOGS.db"};
  auto reader = Reader::open(directory / "LOGS.db");
  REQUIRE(reader.ok());
  CHECK(count_rows(*reader) == 0);
}

TEST_CASE("reader: takes only tables with exactly the columns of events") {
  const TemporaryDirectory directory;
  make_database(directory / "LOGS.db")
      .exec(
          "CREATE TABLE more (id INTEGER PRIMARY KEY, msg, date, more);"
          "CREATE TABLE less (id INTEGER PRIMARY KEY, msg);"
          "CREATE TABLE order_differs (id INTEGER PRIMARY KEY, date, msg);"
          "CREATE TABLE key_differs (id TEXT PRIMARY KEY, msg, date);"
          "CREATE VIEW a_view AS SELECT 1 AS id, 'm' AS msg, 'd' AS date;"
          "CREATE TABLE events (ID integer primary key, Msg text, Date text);"
          "INSERT INTO more VALUES (1, 'm', 'd', 1);"
          "INSERT INTO less VALUES (1, 'm');"
          "INSERT INTO order_differs VALUES (1, 'm', 'd');"
          "INSERT INTO key_differs VALUES ('k', 'm', 'd');"
          "INSERT INTO events VALUES (1, 'm', 'd')");
  auto reader = Reader::open(directory / "LOGS.db");
  REQUIRE(reader.ok());
  const auto entries = reader->newest({});
  REQUIRE(entries.ok());
  REQUIRE(entries->size() == 1);
  CHECK(entries->front().id == reader::EntryId{"events", 1});
}

TEST_CASE("reader: of a crash with more rows than the library writes, the first are read") {
  const TemporaryDirectory directory;
  auto database = make_database(directory / "LOGS.db");
  database.exec(
      "INSERT INTO crashes (id, uuid, date, kind, tid) VALUES (1, 'u', '2026', 'signal', 7)");
  const std::string numbers =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE ";
  const auto add = [&](const std::string& table, const std::string& columns,
                       const std::string& values, std::size_t count) {
    database.exec(numbers + "i < " + std::to_string(count) + ") INSERT INTO " + table +
                  " (crash_id, " + columns + ") SELECT 1, " + values + " FROM n");
  };
  add("frames", "thread, depth, address", "7, i, '0x1'", reader::kMostFrames);
  add("registers", "name, value", "'r' || i, '0x1'", reader::kMostOtherRows);
  add("threads", "tid, answered", "i, 1", reader::kMostOtherRows);
  add("crash_fields", "number, name, type, value", "i, 'f' || i, 'integer', i",
      reader::kMostOtherRows);
  add("breadcrumbs", "number, date, tid, msg", "i, '2026', 7, 'm'", reader::kMostOtherRows);
  const auto details = [&] {
    auto reader = Reader::open(directory / "LOGS.db");
    REQUIRE(reader.ok());
    auto found = reader->details({"crashes", 1});
    REQUIRE(found.ok());
    CHECK(found->frames.size() == reader::kMostFrames);
    CHECK(found->registers.size() == reader::kMostOtherRows);
    CHECK(found->threads.size() == reader::kMostOtherRows);
    CHECK(found->breadcrumbs.size() == reader::kMostOtherRows);
    CHECK(found->context.size() == reader::kMostOtherRows);
    return *std::move(found);
  };
  CHECK_FALSE(details().is_truncated);
  const std::string one_more =
      GENERATE("frames (crash_id, thread, depth, address) VALUES (1, 7, 0, '0x1')",
               "registers (crash_id, name, value) VALUES (1, 'x', '0x1')",
               "threads (crash_id, tid, answered) VALUES (1, 0, 1)",
               "crash_fields (crash_id, number, name, type) VALUES (1, 0, 'x', 'text')",
               "breadcrumbs (crash_id, number, date, tid, msg) VALUES (1, 0, '2026', 7, 'm')");
  database.exec("INSERT INTO " + one_more);
  CHECK(details().is_truncated);
}

TEST_CASE("reader: a very long value is read in part, and says so") {
  const TemporaryDirectory directory;
  add_rows(directory / "LOGS.db", 1);
  SQLite::Database{(directory / "LOGS.db").string(), SQLite::OPEN_READWRITE}.exec(
      "UPDATE e SET msg = 'x' || replace(hex(zeroblob(10000000)), '00', 'ä')");
  auto reader = Reader::open(directory / "LOGS.db");
  REQUIRE(reader.ok());
  const auto entries = reader->newest({.table = "e", .limit = 1});
  REQUIRE(entries.ok());
  const std::string text = entries->front().row.text("msg").value_or("");
  CHECK(text.size() < 17'000'000);
  CHECK_THAT(text,
             Catch::StartsWith("xää") && Catch::EndsWith("ää… (3222786 more bytes are not read)"));
}
