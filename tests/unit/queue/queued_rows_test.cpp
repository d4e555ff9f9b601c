// Batches of queued rows in the store: all of them, once, in order; and what their tables refuse.
#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <string>

#include "src/sqlite/bulk_insert.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::store::QueuedBatch;
using dblog::store::QueuedOutcome;
using dblog::store::Store;
using dblog::test::sqlite_shell;
using dblog::test::store_at;
using dblog::test::TemporaryDirectory;

// Rows of a queue, each at the position that its message says.
struct Batch {
  explicit Batch(const std::vector<std::string>& tables) {
    batch.queue = "queue-1";
    for (const std::string& table : tables) {
      batch.tables.push_back(*dblog::sqlite::TableName::parse(table));
    }
  }
  Batch& add(std::uint64_t position, std::size_t table = 0) {
    const std::string& message = messages.emplace_back(std::to_string(position));
    batch.rows.push_back({position, table, message, {"2026-01-31 12:00:00.000000"}});
    batch.end = position + 1;
    return *this;
  }

  QueuedBatch batch;
  std::deque<std::string> messages;
};

QueuedOutcome append(Store& store, const Batch& rows) {
  const auto outcome =
      store.append(rows.batch, std::chrono::steady_clock::now() + std::chrono::seconds{10});
  REQUIRE(outcome);
  return *outcome;
}

}  // namespace

TEST_CASE("queued rows: a batch of any size gets ids in its order") {
  for (const std::uint64_t count : {2U, 63U, 64U, 65U, 1000U}) {
    const TemporaryDirectory directory;
    Batch batch({"a", "b"});
    for (std::uint64_t i = 0; i < count; ++i) batch.add(i, i % 3 == 0 ? 1 : 0);
    CHECK(append(store_at(directory / "LOGS.db"), batch).inserted ==
          static_cast<std::int64_t>(count));
    CHECK(sqlite_shell(directory / "LOGS.db",
                       "SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b);"
                       "SELECT count(*) FROM (SELECT CAST(msg AS INTEGER) AS n, lag(CAST(msg AS "
                       "INTEGER)) OVER (ORDER BY id) AS p FROM a) WHERE p > n;"
                       "SELECT max(length(date)) FROM b;") == std::to_string(count) + "\n0\n26");
  }
}

TEST_CASE("queued rows: what is committed already is not added again") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  Batch batch({"t"});
  batch.add(0).add(1).add(2);
  CHECK(append(store, batch).inserted == 3);
  CHECK(append(store, batch).inserted == 0);
  CHECK(append(store, batch.add(7)).inserted == 1);
  CHECK(
      sqlite_shell(directory / "LOGS.db",
                   "SELECT group_concat(msg) FROM t; SELECT uuid, committed FROM dblog_queues;") ==
      "0,1,2,7\nqueue-1|8");
  CHECK(*store.committed_of_queue(
            "queue-1", std::chrono::steady_clock::now() + std::chrono::seconds{10}) == 8);
}

TEST_CASE("queued rows: bytes that are not UTF-8 are escaped, few and many") {
  const TemporaryDirectory directory;
  Batch batch({"t"});
  for (std::uint64_t i = 0; i < 100; ++i) {
    batch.add(i);
    batch.messages.back() = "caf\xE9";
    batch.batch.rows.back().message = batch.messages.back();
  }
  append(store_at(directory / "LOGS.db"), batch);
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT DISTINCT msg, typeof(msg) FROM t;") ==
        "caf\\xE9|text");
}

TEST_CASE("queued rows: a row that its table refuses is left out and counted, and no other") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.open());
  sqlite_shell(directory / "LOGS.db",
               "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR CHECK (msg != "
               "'70'), date DATETIME);");
  Batch batch({"t"});
  for (std::uint64_t i = 0; i < 200; ++i) batch.add(i);
  const QueuedOutcome outcome = append(store, batch);
  CHECK(outcome.inserted == 199);
  CHECK(outcome.rejected == 1);
  CHECK_THAT(outcome.reason, Catch::Contains("CHECK"));
  CHECK(append(store, batch).inserted == 0);
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT count(*), count(DISTINCT msg) FROM t; SELECT committed FROM "
                     "dblog_queues;") == "199|199\n200");
}

TEST_CASE("queued rows: a table of another shape takes none, and holds up no other table") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  REQUIRE(store.open());
  sqlite_shell(directory / "LOGS.db", "CREATE TABLE b (x);");
  Batch batch({"a", "b"});
  for (std::uint64_t i = 0; i < 10; ++i) batch.add(i, i % 2);
  const QueuedOutcome outcome = append(store, batch);
  CHECK(outcome.inserted == 5);
  CHECK(outcome.rejected == 5);
}

TEST_CASE("queued rows: a table without ids left takes none, and holds up no other table") {
  for (const std::uint64_t count : {2U, 200U}) {
    const TemporaryDirectory directory;
    Store& store = store_at(directory / "LOGS.db");
    REQUIRE(store.append(dblog::test::event_row("full", "x")));
    sqlite_shell(directory / "LOGS.db", "UPDATE sqlite_sequence SET seq = 9223372036854775806;");
    Batch batch({"full", "t"});
    for (std::uint64_t i = 0; i < count; ++i) batch.add(i, i % 2);
    const QueuedOutcome outcome = append(store, batch);
    CHECK(outcome.rejected == static_cast<std::int64_t>(count / 2 - 1));
    if (count > 2) CHECK(outcome.reason.find("has no ids left") != std::string::npos);
    CHECK(sqlite_shell(directory / "LOGS.db", "SELECT count(*) FROM t;") ==
          std::to_string(count / 2));
  }
}

TEST_CASE("queued rows: a table that was dropped meanwhile is made again") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  Batch first({"t"}), second({"t"});
  for (std::uint64_t i = 0; i < 100; ++i) first.add(i);
  for (std::uint64_t i = 100; i < 200; ++i) second.add(i);
  append(store, first);
  sqlite_shell(directory / "LOGS.db", "DROP TABLE t;");
  CHECK(append(store, second).inserted == 100);
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT count(*) FROM t;") == "100");
}

TEST_CASE("queued rows: the note of a finished queue goes a day later") {
  const TemporaryDirectory directory;
  Store& store = store_at(directory / "LOGS.db");
  append(store, Batch({"t"}).add(0));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  CHECK_FALSE(store.finish_queue("queue-1", deadline));
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT count(*) FROM dblog_queues;") == "1");
  sqlite_shell(directory / "LOGS.db", "UPDATE dblog_queues SET finished = '2001-01-01';");
  CHECK_FALSE(store.finish_queue("queue-2", deadline));
  CHECK(sqlite_shell(directory / "LOGS.db", "SELECT count(*) FROM dblog_queues;") == "0");
}

TEST_CASE("queued rows: facts go to their own events, wherever those stand in a batch") {
  const TemporaryDirectory directory;
  Batch batch({"a"});
  std::deque<dblog::store::EventFactsRow> facts;
  for (std::uint64_t i = 0; i < 300; ++i) {
    batch.add(i);
    if (i != 0 && i != 1 && i != 70 && i != 150 && i != 299) continue;
    dblog::store::EventFactsRow row;
    row.severity = dblog::Severity::info;
    row.fields.push_back({"position", i});
    row.tags.push_back("t" + std::to_string(i));
    batch.batch.rows.back().facts = &facts.emplace_back(row);
  }
  CHECK(append(store_at(directory / "LOGS.db"), batch).inserted == 300);
  CHECK(sqlite_shell(directory / "LOGS.db",
                     "SELECT group_concat(value) FROM event_fields AS f JOIN a ON a.id = "
                     "f.source_id WHERE CAST(a.msg AS INTEGER) = f.value AND f.source_table = 'a';"
                     "SELECT count(*) FROM event_facts; SELECT count(*) FROM event_tags; "
                     "SELECT count(*) FROM a;") == "0,1,70,150,299\n5\n5\n300");
}
