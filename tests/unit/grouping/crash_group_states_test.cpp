#include "src/grouping/crash_group_states.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

using namespace dblog;
using namespace dblog::test;
using grouping::CrashGroups;
using grouping::GroupChange;
using schema::GroupState;

namespace {

constexpr const char* kGroup = "2:aa";
constexpr const char* kNow = "2026-01-31 12:00:00.000000";

struct GroupScene {
  TemporaryDirectory directory;
  std::filesystem::path path = directory / "LOGS.db";
  SQLite::Database database = make_database(path);

  // Returns its id; a release of '' is none.
  std::int64_t add(const std::string& release, const std::string& group = kGroup,
                   const std::string& program = "/srv/app") {
    SQLite::Statement row{database,
                          "INSERT INTO crashes (uuid, date, kind, release, fingerprint, "
                          "executable) VALUES (hex(randomblob(16)), '2026-02-01', 'signal', "
                          "nullif(?1, ''), ?2, ?3)"};
    row.bind(1, release);
    row.bind(2, group);
    row.bind(3, program);
    row.exec();
    const std::int64_t id = database.getLastInsertRowid();
    CrashGroups{database}.add(group, id);
    return id;
  }

  void change(const GroupChange& change) {
    const auto failure =
        grouping::change_group(path, kGroup, change, {kNow, 1'769'860'800'000'000});
    if (failure) FAIL(failure->text());
  }
  void resolve(const std::string& release) {
    change({.state = GroupState::resolved, .release = release});
  }

  std::string query(const std::string& sql) { return database.execAndGet(sql).getString(); }
  std::string state() {
    return query("SELECT state FROM crash_group_states WHERE fingerprint = '2:aa'");
  }
};

}  // namespace

TEST_CASE("group states: the first crash makes a group known, and the next change nothing") {
  GroupScene scene;
  const auto first = scene.add("1.0");
  (void)scene.add("1.1");
  CHECK(scene.query("SELECT state || ' ' || first_crash || ' ' || first_seen FROM "
                    "crash_group_states") == "open " + std::to_string(first) + " 2026-02-01");
}

TEST_CASE("group states: a group that is older than the table is known by its oldest crash") {
  GroupScene scene;
  const auto first = scene.add("1.0");
  (void)scene.add("1.0");
  scene.database.exec("DELETE FROM crash_group_states");
  (void)scene.add("1.1");
  CHECK(scene.query("SELECT first_crash FROM crash_group_states") == std::to_string(first));
}

TEST_CASE("group states: a crash in the release in which it was resolved is a regression") {
  GroupScene scene;
  (void)scene.add("1.3");
  (void)scene.add("1.4");
  scene.resolve("1.4");
  CHECK(scene.state() == "resolved");
  const auto back = scene.add("1.4");
  CHECK(scene.query("SELECT state || ' ' || regressed_by || ' ' || regressed_in || ' ' || "
                    "resolved_in FROM crash_group_states") ==
        "regressed " + std::to_string(back) + " 1.4 1.4");
  (void)scene.add("1.5");
  CHECK(scene.query("SELECT regressed_by FROM crash_group_states") == std::to_string(back));
}

TEST_CASE("group states: a crash in a release that was known before is none, a new one's is") {
  GroupScene scene;
  (void)scene.add("1.3");
  (void)scene.add("1.2", "2:bb");  // another fault of the same program
  scene.resolve("1.4");
  (void)scene.add("1.3");
  (void)scene.add("1.2");
  CHECK(scene.state() == "resolved");
  (void)scene.add("0.9");  // the order of versions is not guessed
  CHECK(scene.state() == "regressed");
}

TEST_CASE("group states: what is known outlives the crashes by which it is known") {
  GroupScene scene;
  (void)scene.add("1.3");
  scene.resolve("1.4");
  scene.database.exec("DELETE FROM crashes");
  (void)scene.add("1.3");
  CHECK(scene.state() == "resolved");
}

TEST_CASE("group states: another program's releases are not known ones") {
  GroupScene scene;
  (void)scene.add("1.3", kGroup, "/opt/app-1.3/app");
  (void)scene.add("2.0", "2:bb", "/srv/shop");
  (void)scene.add("1.2", "2:bb", "/opt/app-1.2/app");  // by the name of its file it is the same one
  scene.resolve("1.4");
  (void)scene.add("1.2", kGroup, "/opt/app-1.2/app");
  CHECK(scene.state() == "resolved");
  (void)scene.add("2.0");
  CHECK(scene.state() == "regressed");
}

TEST_CASE("group states: a crash without a release is one of a known release if there was one") {
  GroupScene scene;
  (void)scene.add("");
  scene.resolve("1.4");
  (void)scene.add("");
  CHECK(scene.state() == "resolved");
  GroupScene other;
  (void)other.add("1.3");
  other.resolve("1.4");
  (void)other.add("");
  CHECK(other.state() == "regressed");
}

TEST_CASE("group states: resolved in no release, any later crash is a regression") {
  GroupScene scene;
  (void)scene.add("1.3");
  scene.resolve("");
  (void)scene.add("1.3");
  CHECK(scene.state() == "regressed");
}

TEST_CASE("group states: a crash that was recorded before, and gets its group later, is none") {
  GroupScene scene;
  (void)scene.add("1.3");
  const auto unnamed = scene.add("1.4", "2:bb");
  scene.resolve("1.4");
  CrashGroups{scene.database}.add(kGroup, unnamed);
  CHECK(scene.state() == "resolved");
}

TEST_CASE("group states: each decision takes the place of the one before, and the note stays") {
  GroupScene scene;
  (void)scene.add("1.3");
  scene.resolve("1.4");
  scene.change({.note = "waits for\nthe new parser"});
  scene.change({.state = GroupState::muted,
                .muted_until = dblog::grouping::StoredTime{"2026-02-01 00:00:00.000000",
                                                           1'769'900'400'000'000}});
  CHECK(scene.query("SELECT state || muted_until || changed || note || (resolved_in IS NULL) FROM "
                    "crash_group_states") ==
        std::string("muted2026-02-01 00:00:00.000000") + kNow + "waits for the new parser1");
  CHECK(scene.query("SELECT count(*) FROM crash_group_releases") == "0");
  (void)scene.add("1.4");
  CHECK(scene.state() == "muted");
  scene.change({.state = GroupState::ignored});
  CHECK(scene.query("SELECT state || (muted_until IS NULL) FROM crash_group_states") == "ignored1");
  scene.change({.state = GroupState::open, .note = ""});
  CHECK(scene.query("SELECT state || (note IS NULL) FROM crash_group_states") == "open1");
}

TEST_CASE("group states: each date has the same time in UTC beside it") {
  GroupScene scene;
  const auto first = scene.add("1.3");
  scene.database.exec(
      "DELETE FROM crash_group_states; UPDATE crashes SET date = '2026-07-31 "
      "12:00:00.000007', utc_offset = 7200");
  CrashGroups{scene.database}.add(kGroup, first);
  CHECK(scene.query("SELECT first_seen_utc FROM crash_group_states") == "1785492000000007");
  scene.resolve("");
  const std::string now = "1769860800000000";
  CHECK(scene.query("SELECT changed_utc || resolved_utc FROM crash_group_states") == now + now);
  const auto back = scene.add("1.4", "2:bb");
  scene.database.exec(
      "UPDATE crashes SET date = '2026-08-31 12:00:00.000000', utc_offset = 3600 "
      "WHERE id = " +
      std::to_string(back));
  CrashGroups{scene.database}.add(kGroup, back);
  CHECK(scene.query("SELECT state || changed_utc FROM crash_group_states WHERE fingerprint = '" +
                    std::string(kGroup) + "'") == "regressed1788174000000000");
  scene.change({.state = GroupState::muted, .muted_until = dblog::grouping::StoredTime{"x", 7}});
  CHECK(scene.query("SELECT muted_until_utc || coalesce(resolved_utc, 'none') FROM "
                    "crash_group_states WHERE fingerprint = '" +
                    std::string(kGroup) + "'") == "7none");
}

TEST_CASE("group states: a database that lacks the tables gets them with the first decision") {
  GroupScene scene;
  scene.database.exec("DROP TABLE crash_group_states; DROP TABLE crash_group_releases");
  (void)scene.add("1.3");
  scene.change({.state = GroupState::ignored});
  CHECK(scene.state() == "ignored");
}

TEST_CASE("group states: the note of a group that moves in parts is added once") {
  GroupScene scene;
  (void)scene.add("1.0");
  (void)scene.add("1.0", "2:bb");
  scene.change({.note = "b"});
  scene.database.exec("UPDATE crash_group_states SET note = 'rare' WHERE fingerprint = '2:bb'");
  for (int part = 0; part < 3; ++part) CrashGroups{scene.database}.merge(kGroup, "2:bb");
  CHECK(scene.query("SELECT note FROM crash_group_states WHERE fingerprint = '2:bb'") == "rare; b");
  scene.change({.note = "in work"});
  CrashGroups{scene.database}.merge(kGroup, "2:bb");
  CHECK(scene.query("SELECT note FROM crash_group_states WHERE fingerprint = '2:bb'") ==
        "rare; b; in work");
}

TEST_CASE("group states: of two decisions in the hour that comes twice, the later counts") {
  GroupScene scene;
  (void)scene.add("1.0");
  (void)scene.add("1.0", "2:bb");
  scene.database.exec(
      "UPDATE crash_group_states SET state = 'ignored', changed = '2026-10-25 02:10:00.000000', "
      "changed_utc = 2000000 WHERE fingerprint = '2:aa';"
      "UPDATE crash_group_states SET state = 'resolved', changed = '2026-10-25 02:50:00.000000', "
      "changed_utc = 1000000 WHERE fingerprint = '2:bb'");
  CrashGroups{scene.database}.merge(kGroup, "2:bb");
  CHECK(scene.query("SELECT state FROM crash_group_states WHERE fingerprint = '2:bb'") ==
        "ignored");
}
