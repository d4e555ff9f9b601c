#include "tools/dblog/age_text.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"
#include "tools/dblog/groups.hpp"
#include "tools/dblog/list.hpp"
#include "tools/dblog/show.hpp"

using dblog::Timestamp;
using namespace dblog::tool;
using namespace std::chrono_literals;

namespace {

// 2026-01-31 11:05:00 UTC
constexpr Timestamp kNow{1'769'857'500s};

// At 12:00:00.000001 in a zone an hour east of UTC: five minutes ago.
std::filesystem::path crash_five_minutes_ago(const dblog::test::TemporaryDirectory& directory) {
  const auto path = directory / "LOGS.db";
  auto database = dblog::test::make_database(path);
  dblog::test::make_event_table(database, "old");
  dblog::test::add_event(database, "old", "of another program", "2026-01-31 10:00:00");
  database.exec(
      "INSERT INTO crashes (uuid, date, kind, msg, fingerprint, utc_offset) VALUES "
      "('c0ffee', '2026-01-31 12:00:00.000001', 'exception', 'out of memory', '1:feed', 3600)");
  return path;
}

}  // namespace

TEST_CASE("age: in the largest unit of which there is one, rounded down") {
  for (const auto& [time, age] : {std::pair{"2026-01-31 11:05:00.000000 +00:00", "0 s"},
                                  std::pair{"2026-01-31 11:04:01 +00:00", "59 s"},
                                  std::pair{"2026-01-31 11:04:00 +00:00", "1 min"},
                                  std::pair{"2026-01-31 10:05:01 +00:00", "59 min"},
                                  std::pair{"2026-01-31 10:05:00 +00:00", "1 h"},
                                  std::pair{"2026-01-30 11:05:01 +00:00", "23 h"},
                                  std::pair{"2026-01-30 11:05:00 +00:00", "1 day"},
                                  std::pair{"2025-01-31 11:05:00 +00:00", "365 days"},
                                  std::pair{"2026-01-31 12:00:00.999999 +01:00", "5 min"},
                                  std::pair{"2026-01-31 05:30:00 -05:30", "5 min"},
                                  std::pair{"2026-01-31 12:05:00 +00:00", "in 1 h"}}) {
    INFO(time);
    CHECK(age_text(time, kNow) == age);
  }
}

TEST_CASE("age: of a time whose zone is not known, and of what is no time, there is none") {
  for (const char* text :
       {"", "-", "2026-01-31", "2026-01-31 11:00:00", "2026-01-31 11:00:00.000001",
        "2026-01-31 11:00:00 +01:00 and more", "soon"}) {
    INFO(text);
    CHECK(age_text(text, kNow).empty());
    CHECK(with_age(text, kNow) == text);
  }
}

TEST_CASE("age: stands behind the time") {
  CHECK(with_age("2026-01-31 11:00:00.5 +00:00", kNow) ==
        "2026-01-31 11:00:00.5 +00:00 (5 min ago)");
  CHECK(with_age("2026-01-31 11:07:00 +00:00", kNow) == "2026-01-31 11:07:00 +00:00 (in 2 min)");
  CHECK(with_age("2026-01-31 11:00:00 +00:00", std::nullopt) == "2026-01-31 11:00:00 +00:00");
}

TEST_CASE("age: a list for a terminal has it beside dates that are to the second") {
  const dblog::test::TemporaryDirectory directory;
  const auto database = crash_five_minutes_ago(directory);
  ListOptions options;
  options.now = kNow;
  options.terminal_width = 80;
  CHECK(list(database, options).output ==
        "ID     DATE                        AGE    KIND       WHAT\n"
        "1      2026-01-31 12:00:00 +01:00  5 min  exception  out of memory\n"
        "old/1  2026-01-31 10:00:00                event      of another program\n");
  options.json = true;
  const std::string json = list(database, options).output;
  options.now.reset();
  CHECK(list(database, options).output == json);
}

TEST_CASE("age: groups for a terminal have that of the last crash") {
  const dblog::test::TemporaryDirectory directory;
  const auto database = crash_five_minutes_ago(directory);
  GroupsOptions options;
  options.now = kNow;
  CHECK(groups(database, options).output ==
        "GROUP   COUNT  FIRST SEEN                  LAST SEEN                   AGE    RELEASES  "
        "STATE  WHAT\n"
        "1:feed  1      2026-01-31 12:00:00 +01:00  2026-01-31 12:00:00 +01:00  5 min  -         "
        "open   out of memory\n");
  options.explain = "1:";
  CHECK(groups(database, options)
            .output.find("  Last seen     2026-01-31 12:00:00.000001 +01:00 (5 min ago)\n") !=
        std::string::npos);
}

TEST_CASE("age: a page for a terminal has it behind its date") {
  const dblog::test::TemporaryDirectory directory;
  const auto database = crash_five_minutes_ago(directory);
  ShowOptions options;
  options.now = kNow;
  CHECK(show(database, options)
            .output.find("  Date          2026-01-31 12:00:00.000001 +01:00 (5 min ago)\n") !=
        std::string::npos);
}
