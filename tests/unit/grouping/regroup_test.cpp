// What becomes of a group when its frames get names later: title, fingerprint, state, messages.
#include "src/grouping/regroup.hpp"

#include <catch2/catch.hpp>

#include "src/grouping/crash_group_states.hpp"
#include "src/grouping/fingerprint_crashes.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

using namespace dblog;
using namespace dblog::test;
using grouping::GroupChange;
using schema::GroupState;

namespace {

constexpr const char* kNow = "2026-01-31 12:00:00.000000";

struct Scene {
  TemporaryDirectory directory;
  std::filesystem::path path = directory / "LOGS.db";
  SQLite::Database database = make_database(path);
  std::vector<grouping::MovedCrashes> moved;

  // A crash in a function at `offset`, called from main; named at once or not at all.
  std::int64_t crash(const std::string& function, const std::string& offset = "0x10",
                     const std::string& build_id = "ab12") {
    return crash_from(function.empty() ? "" : "main", function, offset, build_id);
  }
  std::int64_t crash_from(const std::string& caller, const std::string& function,
                          const std::string& offset = "0x10",
                          const std::string& build_id = "ab12") {
    database.exec(
        "INSERT INTO crashes (uuid, date, kind, signal_name, tid, executable) VALUES "
        "(hex(randomblob(8)), '2026-02-0' || (1 + (SELECT count(*) FROM crashes)), "
        "'signal', 'SIGFPE', 7, '/srv/app')");
    const std::int64_t id = database.getLastInsertRowid();
    add_frame(id, 0, offset, function, build_id);
    add_frame(id, 1, "0x99", caller, build_id);
    fill();
    return id;
  }
  void add_frame(std::int64_t id, int depth, const std::string& offset, const std::string& function,
                 const std::string& build_id) {
    SQLite::Statement row{database,
                          "INSERT INTO frames (crash_id, thread, depth, module, build_id, offset, "
                          "function, name_source) VALUES (?1, 7, ?2, '/srv/app', nullif(?3, ''), "
                          "?4, nullif(?5, ''), CASE ?5 WHEN '' THEN 'none' ELSE 'debug info' END)"};
    row.bind(1, id);
    row.bind(2, depth);
    row.bind(3, build_id);
    row.bind(4, offset);
    row.bind(5, function);
    row.exec();
  }
  void fill() { REQUIRE(grouping::fingerprint_crashes(database, 100, note()).ok()); }
  grouping::OnMoved note() {
    return [this](SQLite::Database&, const grouping::MovedCrashes& one) { moved.push_back(one); };
  }
  // As dblog symbolize does it, for one crash.
  void symbolize(std::int64_t id, const std::string& function) {
    const std::string where = " WHERE crash_id = " + std::to_string(id);
    database.exec(
        "UPDATE frames SET name_source = 'debug info', function = CASE depth WHEN 0 THEN '" +
        function + "' ELSE 'main' END" + where);
    grouping::regroup(database, {true, id}, note());
  }
  void change(std::int64_t id, const GroupChange& change) {
    const auto failure = grouping::change_group(path, group(id), change, {kNow, 0});
    if (failure) FAIL(failure->text());
  }
  std::string query(const std::string& sql) { return database.execAndGet(sql).getString(); }
  std::string group(std::int64_t id) {
    return query("SELECT fingerprint FROM crashes WHERE id = " + std::to_string(id));
  }
  std::string groups() { return query("SELECT count(DISTINCT fingerprint) FROM crashes"); }
  std::string states() {
    return query(
        "SELECT group_concat(state || ' ' || ifnull(note, '-') || ' ' || first_crash) "
        "FROM crash_group_states");
  }
};

}  // namespace

TEST_CASE("regroup: names give a crash its group and title, and all that stood where it stood") {
  Scene scene;
  const auto first = scene.crash("");
  const auto second = scene.crash("");
  const std::string before = scene.group(first);
  CHECK(scene.group(second) == before);
  scene.symbolize(second, "parse(int)");
  CHECK(scene.groups() == "1");
  CHECK(scene.group(first) != before);
  CHECK(scene.query("SELECT title FROM crash_groups") == "SIGFPE in parse");
  REQUIRE(scene.moved.size() == 1);
  CHECK(scene.moved[0].from == before);
  CHECK(scene.moved[0].crashes == std::vector<std::int64_t>{first, second});
  // Nothing is left of the group that was.
  CHECK(scene.query("SELECT count(*) FROM fingerprint_parts WHERE fingerprint = '" + before +
                    "'") == "0");
  // A later crash is in it, with names and without.
  CHECK(scene.group(scene.crash("parse(int)")) == scene.group(first));
  CHECK(scene.group(scene.crash("")) == scene.group(first));
  CHECK(scene.states() == "open - " + std::to_string(first));
}

TEST_CASE("regroup: what was decided and noted goes along") {
  Scene scene;
  const auto first = scene.crash("");
  scene.change(first, {.state = GroupState::resolved, .release = "1.4", .note = "in work"});
  scene.symbolize(first, "parse(int)");
  CHECK(scene.states() == "resolved in work " + std::to_string(first));
  CHECK(scene.query("SELECT resolved_in FROM crash_group_states") == "1.4");
  CHECK(scene.query("SELECT count(*) FROM crash_group_releases WHERE fingerprint = '" +
                    scene.group(first) + "'") == "1");
  CHECK(scene.query("SELECT count(*) FROM crash_group_releases") == "1");
}

TEST_CASE("regroup: a crash with names takes in those that came before the names did") {
  Scene scene;
  const auto first = scene.crash("");
  scene.change(first,
               {.state = GroupState::muted, .muted_until = grouping::StoredTime{"2027-01-01", 0}});
  const auto second = scene.crash("parse(int)");
  CHECK(scene.group(first) == scene.group(second));
  CHECK(scene.states() == "muted - " + std::to_string(first));
  CHECK(scene.moved.size() == 1);
}

TEST_CASE("regroup: a crash of which some frames have names is where the same with more names is") {
  Scene scene;
  const auto first = scene.crash("parse(int)");
  scene.change(first, {.state = GroupState::ignored});
  const auto unnamed = scene.crash("");
  const auto partly = scene.crash_from("", "parse(int)");
  const auto later = scene.crash("");
  for (const auto id : {unnamed, partly, later}) CHECK(scene.group(id) == scene.group(first));
  // Looked at again, with no more than that.
  scene.database.exec("UPDATE frames SET function = 'parse(int)' WHERE depth = 0 AND crash_id = " +
                      std::to_string(later));
  grouping::regroup(scene.database, {true, later}, scene.note());
  CHECK(scene.group(later) == scene.group(first));
  CHECK(scene.group(scene.crash("")) == scene.group(first));
  CHECK(scene.states() == "ignored - " + std::to_string(first));
  CHECK(scene.moved.empty());
}

TEST_CASE("regroup: a crash with more names takes in those with fewer, and what was decided") {
  for (const bool is_named_at_once : {true, false}) {
    Scene scene;
    const auto first = scene.crash_from("", "parse(int)");
    const auto second = scene.crash("");
    scene.change(first, {.state = GroupState::ignored});
    CHECK(scene.group(first) == scene.group(second));
    const auto third = scene.crash(is_named_at_once ? "parse(int)" : "");
    if (!is_named_at_once) scene.symbolize(third, "parse(int)");
    CHECK(scene.groups() == "1");
    CHECK(scene.query("SELECT parts LIKE '%main of app%' FROM fingerprint_parts WHERE "
                      "fingerprint = '" +
                      scene.group(first) + "'") == "1");
    CHECK(scene.states() == "ignored - " + std::to_string(first));
    CHECK(scene.group(scene.crash("")) == scene.group(first));
  }
}

TEST_CASE("regroup: a resolved group regresses by a crash that was in the other one") {
  Scene scene;
  const auto first = scene.crash("", "0x20");
  scene.change(first, {.state = GroupState::resolved});
  // Of the next build: the same function elsewhere.
  const auto second = scene.crash("parse(int)", "0x30", "cd34");
  CHECK(scene.groups() == "2");
  scene.symbolize(first, "parse(int)");
  CHECK(scene.groups() == "1");
  CHECK(scene.states() == "regressed - " + std::to_string(first));
  CHECK(scene.query("SELECT regressed_by FROM crash_group_states") == std::to_string(second));
}

TEST_CASE("regroup: of two decisions the later counts, and both notes are kept") {
  Scene scene;
  const auto first = scene.crash("", "0x20");
  const auto second = scene.crash("parse(int)", "0x30", "cd34");
  scene.change(second, {.state = GroupState::ignored, .note = "known"});
  scene.change(first, {.note = "rare"});
  scene.database.exec(
      "UPDATE crash_group_states SET state = 'muted', changed = '2026-02-01' WHERE "
      "note = 'rare'");
  scene.symbolize(first, "parse(int)");
  CHECK(scene.states() == "muted known; rare " + std::to_string(first));
}

TEST_CASE("regroup: a group that crashes are left in keeps its state, and the new one has it too") {
  Scene scene;
  // One position, and no build id: names of one say nothing of the other.
  const auto first = scene.crash("", "0x20", "");
  const auto second = scene.crash("", "0x20", "");
  scene.change(first, {.state = GroupState::ignored});
  scene.symbolize(second, "parse(int)");
  CHECK(scene.group(first) != scene.group(second));
  CHECK(scene.query("SELECT group_concat(state) FROM crash_group_states") == "ignored,ignored");
}

TEST_CASE("regroup: leaves other faults, other builds and other rules alone") {
  Scene scene;
  const auto other_place = scene.crash("", "0x44");
  const auto other_build = scene.crash("", "0x10", "cd34");
  const auto old_rules = scene.crash("");
  scene.database.exec("UPDATE crashes SET fingerprint = '1:old' WHERE id = " +
                      std::to_string(old_rules));
  const std::string place = scene.group(other_place), build = scene.group(other_build);
  scene.symbolize(old_rules, "parse(int)");
  CHECK(scene.group(old_rules) == "1:old");
  const auto named = scene.crash("");
  scene.symbolize(named, "parse(int)");
  CHECK(scene.group(other_place) == place);
  CHECK(scene.group(other_build) == build);
  CHECK(scene.groups() == "4");
}

TEST_CASE("regroup: looking again without result leaves a crash where the same positions are") {
  Scene scene;
  const auto first = scene.crash("parse(int)");
  const auto second = scene.crash("");
  REQUIRE(scene.group(first) == scene.group(second));
  grouping::regroup(scene.database, {true, second}, scene.note());
  CHECK(scene.group(first) == scene.group(second));
}

TEST_CASE("regroup: a database from before the table of aliases is regrouped, too") {
  Scene scene;
  scene.database.exec("DROP TABLE fingerprint_aliases");
  const auto first = scene.crash("");
  scene.symbolize(first, "parse(int)");
  CHECK(scene.query("SELECT title FROM crash_groups") == "SIGFPE in parse");
}

TEST_CASE("regroup: stacks of handled errors follow their names") {
  Scene scene;
  scene.database.exec(
      "INSERT INTO stacks (id) VALUES (1), (2); INSERT INTO stack_frames (stack_id, depth, module, "
      "build_id, offset, name_source) VALUES (1, 0, '/srv/app', 'ab12', '0x10', 'none'), "
      "(2, 0, '/srv/app', 'ab12', '0x10', 'none')");
  scene.fill();
  scene.database.exec(
      "UPDATE stack_frames SET function = 'parse(int)', name_source = 'debug info' "
      "WHERE stack_id = 1");
  grouping::regroup(scene.database, {false, 1}, scene.note());
  CHECK(scene.query("SELECT count(DISTINCT fingerprint) FROM stacks") == "1");
  CHECK(scene.query("SELECT place FROM fingerprint_parts") == "parse");
  CHECK(scene.moved.empty());
}
