// What messages say of groups, and which groups send none, with the real tool and servers.
#include <catch2/catch.hpp>

#include "tests/integration/delivery/delivery_scene.hpp"

using namespace dblog::test;

namespace {

struct EnvironmentScene : DeliveryScene {
  EnvironmentScene()
      : DeliveryScene({"slack_server.py", "ok"}, {"smtp_server.py"},
                      "environment=dev\nslack_environments=prod,staging\nmail_environments=DEV\n") {
  }

  [[nodiscard]] std::string count(const std::string& condition) const {
    return query("SELECT count(*) FROM outbox WHERE " + condition);
  }
};

struct GroupAlerts : DeliveryScene {
  GroupAlerts() : DeliveryScene({"slack_server.py", "ok"}, {"smtp_server.py"}) {}

  // The text of the message that came of it; empty if none did.
  [[nodiscard]] std::string crash(const std::string& release) const {
    const std::size_t before = slack_texts().size();
    (void)program("none", "crash", release);
    CHECK(tool({"flush"}).exit_code() == 0);
    const auto texts = slack_texts();
    CHECK(mails().size() == texts.size());
    return texts.size() > before ? texts.back() : "";
  }
  // The program without its names, which are in `dbg`.
  void strip_program() const {
    std::filesystem::create_directory(directory / "dbg");
    std::filesystem::copy_file(DELIVERING_PROGRAM, directory / "dbg/app");
    CHECK(run({"objcopy", "--strip-all", DELIVERING_PROGRAM, directory / "app"}).exit_code() == 0);
  }
  void crash_stripped() const {
    (void)run({directory / "app", "none", "crash", "1.3"});
    CHECK(tool({"flush"}).exit_code() == 0);
  }
  void group(Arguments arguments) const {
    arguments.insert(arguments.begin(), "group");
    CHECK(tool(std::move(arguments)).exit_code() == 0);
  }
  [[nodiscard]] std::string newest_states() const {
    return query(
        "SELECT group_concat(state) FROM outbox WHERE source_id = (SELECT max(id) FROM "
        "crashes)");
  }
};

}  // namespace

TEST_CASE("group alerts: a fault is new, then known, then regressed after it was resolved") {
  const GroupAlerts scene;
  CHECK_THAT(scene.crash("1.3"), Catch::Contains("\nFault:    new\n"));
  CHECK_THAT(scene.crash("1.3-b2"), Catch::Contains("\nFault:    known since 20"));
  scene.group({"resolve", "1", "--in", "1.4"});
  (void)scene.crash("1.3");  // an older release that still runs
  CHECK(scene.query("SELECT state FROM crash_group_states") == "resolved");
  const std::string back = scene.crash("1.4");
  CHECK_THAT(back, Catch::Contains("\nFault:    regressed: it was resolved in release 1.4 on 20") &&
                       Catch::Contains(", and came back in release 1.4\n"));
  // Alerts of releases that differ in numbers only are of one kind, which is quiet.
  CHECK_THAT(scene.crash("next"), Catch::Contains(", regressed in release 1.4 (it was resolved in "
                                                  "release 1.4)\n"));
}

TEST_CASE("group alerts: a regression is told at once, also while its kind of alert is quiet") {
  const GroupAlerts scene;
  CHECK_FALSE(scene.crash("1.3").empty());
  CHECK(scene.crash("1.3").empty());
  scene.group({"resolve", "1"});
  CHECK_THAT(scene.crash("1.3"), Catch::Contains("\nFault:    regressed: it was resolved on 20"));
}

TEST_CASE("group alerts: an ignored group's crashes are recorded and send nothing") {
  const GroupAlerts scene;
  (void)scene.crash("1.3");
  scene.group({"ignore", "1"});
  CHECK(scene.crash("beta").empty());
  CHECK(scene.query("SELECT count(*) FROM crashes") == "2");
  CHECK(scene.newest_states() == "suppressed,suppressed");
  scene.group({"reopen", "1"});
  CHECK_FALSE(scene.crash("next").empty());
}

TEST_CASE("group alerts: a muted group's crashes send nothing until the time is over") {
  const GroupAlerts scene;
  (void)scene.crash("1.3");
  scene.group({"mute", "1", "--for", "1h"});
  CHECK(scene.crash("beta").empty());
  CHECK(scene.newest_states() == "suppressed,suppressed");
  SQLite::Database((scene.directory / "LOGS.db").string(), SQLite::OPEN_READWRITE, 10'000)
      .exec("UPDATE crash_group_states SET muted_until = '2026-01-01 00:00:00.000000'");
  CHECK_FALSE(scene.crash("next").empty());
}

TEST_CASE("group alerts: a stripped program's fault is one group before and after its names came") {
  const GroupAlerts scene;
  scene.strip_program();
  scene.crash_stripped();
  scene.crash_stripped();
  CHECK(scene.query("SELECT count(*) FROM crash_groups") == "1");
  CHECK(scene.query("SELECT instr(title, 'parse_header') FROM crash_groups") == "0");
  REQUIRE(scene.slack_texts().size() == 1);  // the second is quiet
  CHECK_THAT(scene.slack_texts()[0],
             Catch::Contains("app (build id ") &&
                 Catch::Contains(" have no names: stripped, or not on this machine\n") &&
                 Catch::Contains("dblog symbolize 1 --debug-dir DIR --db "));
  const auto page = scene.tool({"show", "1"});
  CHECK_THAT(page.out,
             Catch::Contains("have no names)") &&
                 Catch::Contains("(to name them: dblog symbolize 1 --debug-dir DIR, where DIR"));

  scene.group({"mute", "1", "--for", "3d"});
  CHECK(scene.tool({"symbolize", "1", "--debug-dir", "dbg"}).exit_code() == 0);
  CHECK(scene.query("SELECT title FROM crash_groups").starts_with("SIGSEGV in "));
  CHECK(scene.query("SELECT instr(title, 'parse_header') > 0 FROM crash_groups") == "1");
  CHECK(scene.query("SELECT state FROM crash_group_states") == "muted");
  CHECK_THAT(scene.tool({"show", "1"}).out, !Catch::Contains("have no names"));

  // From now on names come at once: by the setting.
  scene.add_setting("debug_dirs=dbg\n");
  scene.crash_stripped();
  CHECK(scene.query("SELECT count FROM crash_groups") == "3");
  CHECK(scene.query("SELECT count(*) FROM crash_group_states") == "1");
  CHECK(scene.query("SELECT function FROM frames WHERE crash_id = 3 ORDER BY depth")
            .find("parse_header") != std::string::npos);
  CHECK(scene.newest_states() == "suppressed,suppressed");
}

TEST_CASE("group alerts: what was sent about a group counts under the name that it gets later") {
  const GroupAlerts scene;
  scene.strip_program();
  scene.crash_stripped();
  REQUIRE(scene.slack_texts().size() == 1);
  CHECK(scene.tool({"symbolize", "--debug-dir", "dbg"}).exit_code() == 0);
  scene.add_setting("debug_dirs=dbg\n");
  scene.crash_stripped();
  CHECK(scene.query("SELECT count(*) FROM crash_groups") == "1");
  CHECK(scene.slack_texts().size() == 1);                           // still quiet
  CHECK(scene.query("SELECT count(*) FROM outbox_groups") == "2");  // one for each channel
}

TEST_CASE(
    "environments: crashes, kills and errors of one that is not chosen are recorded, not sent") {
  const EnvironmentScene scene;
  for (const char* what : {"crash", "kill", "error"}) (void)scene.program("none", what);
  const auto flush = scene.tool({"flush"});
  CHECK(flush.exit_code() == 0);
  CHECK_THAT(flush.out, Catch::Contains("3 alerts not sent: slack_environments"));
  CHECK(scene.slack_texts().empty());
  CHECK(scene.mails().size() == 3);
  CHECK(scene.count(
            "channel = 'slack' AND state = 'suppressed' AND suppressed_by = 'environment'") == "3");
  CHECK(scene.count("channel = 'email' AND state = 'sent'") == "3");
  constexpr const char* kWhy = "suppressed: slack_environments does not name its environment";
  CHECK_THAT(scene.tool({"show", "1"}).out, Catch::Contains(kWhy));
  CHECK_THAT(scene.tool({"show", "error_table/1"}).out, Catch::Contains(kWhy));
  CHECK_THAT(
      scene.tool({"test-notify", "--slack"}).out,
      Catch::Contains("slack: only alerts of these environments are sent: prod, staging; the "
                      "setting environment is dev, whose alerts are not\n"));
}

TEST_CASE("environments: a flush that only looks says nothing of what it would not send") {
  const EnvironmentScene scene;
  (void)scene.program("none", "error");
  const auto flush = scene.tool({"flush", "--dry-run"});
  CHECK_THAT(flush.out, Catch::Contains("would send 1 message") && Catch::StartsWith("email: "));
}
