#include "src/merge/row_match.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/test_database.hpp"

using namespace dblog;

namespace {

SQLite::Database make_memory() {
  SQLite::Database database{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  test::make_event_table(database, "e");
  return database;
}

std::string date(int second) { return "2026-01-01 00:00:0" + std::to_string(second); }

const merge::MatchedTable kTable{
    .name = "e",
    .quoted = "e",
    .columns = "msg, date",
    .staged = "msg VARCHAR, date DATETIME",
    .keys = "date, msg",
    .owner = "",
    .in_target = "SELECT id, msg, date FROM e",
};

}  // namespace

TEST_CASE("row match: what belongs to a new row is looked up, not searched for") {
  SQLite::Database source = make_memory();
  SQLite::Database database = make_memory();
  test::add_event(source, "e", "one", date(1));
  merge::Target target{database, "target"};
  CHECK(add_unmatched(source, "SELECT id, msg, date FROM e", "e", target, kTable).count == 1);
  SQLite::Statement plan{database,
                         "EXPLAIN QUERY PLAN SELECT target_id FROM temp.dblog_merge_new WHERE "
                         "source_id = 1"};
  REQUIRE(plan.executeStep());
  CHECK_THAT(plan.getColumn(3).getString(), Catch::StartsWith("SEARCH"));
}

TEST_CASE("row match: of the target, only rows that can be equal are sorted") {
  SQLite::Database source = make_memory();
  SQLite::Database database = make_memory();
  test::add_event(source, "e", "one", date(1));
  for (const int second : {1, 1, 2, 3}) test::add_event(database, "e", "one", date(second));
  merge::Target target{database, "target"};
  CHECK(add_unmatched(source, "SELECT id, msg, date FROM e", "e", target, kTable).count == 0);
  CHECK(database.execAndGet("SELECT group_concat(id) FROM temp.dblog_merge_here").getString() ==
        "1,2");
}
