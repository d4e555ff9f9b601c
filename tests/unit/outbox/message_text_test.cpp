// What messages say, and that it is kept.
#include <catch2/catch.hpp>

#include "src/outbox/outbox_list.hpp"
#include "src/outbox/outbox_queue.hpp"
#include "tests/unit/outbox/outbox_scene.hpp"

using dblog::notify::Answer;
using dblog::notify::Message;
using dblog::notify::Verdict;
using dblog::outbox::Extent;
using dblog::outbox::RenderedAlert;
using dblog::test::FakeSender;
using dblog::test::OutboxScene;
using dblog::text::PartKind;

namespace {

std::shared_ptr<FakeSender> good_sender() { return std::make_shared<FakeSender>(); }

}  // namespace

TEST_CASE("digests: the texts that differ in numbers are listed, a few of them") {
  OutboxScene scene;
  for (int i = 0; i < 300; ++i) scene.add("slack", "order " + std::to_string(i) + " failed");
  const auto slack = good_sender();
  scene.deliver(slack);
  REQUIRE(slack->messages().size() == 1);
  CHECK_THAT(slack->messages()[0].body,
             Catch::Contains("Others of them say:\n- error_table: order 1 failed\n- error_table: "
                             "order 2 failed\n"));
}

TEST_CASE("digests: a second alert of a kind arrives by its own text") {
  OutboxScene scene;
  scene.add("slack", "order 17 failed");
  scene.add("slack", "order 18 failed");
  const auto slack = good_sender();
  scene.deliver(slack);
  CHECK_THAT(slack->messages().at(0).body, Catch::Contains("- error_table: order 18 failed\n"));
}

TEST_CASE("digests: what a message said stays to be looked up") {
  OutboxScene scene;
  scene.add("slack", "disk full", 3);
  const auto slack = good_sender();
  scene.deliver(slack);
  const auto row = dblog::outbox::find_message(scene.path, 2);
  REQUIRE(row.ok());
  CHECK(row->text("message_subject") == "3 times: error_table: disk full");
  CHECK(row->text("message_body") == slack->messages()[0].body);
  CHECK(row->text("counted_in") == "1");
}

TEST_CASE("alert renderer: is asked once, and its text is the same when a message is sent again") {
  OutboxScene scene;
  int rendered = 0;
  scene.options.renderer = [&](const dblog::sqlite::Row& alert, Extent /*extent*/) {
    return RenderedAlert{alert.text("subject").value_or("") + '!',
                         {"rendered " + std::to_string(++rendered), {}}};
  };
  scene.add("slack", "disk full");
  scene.give_facts();
  const auto bad = std::make_shared<FakeSender>([](const Message&) {
    return Answer{Verdict::try_again, "HTTP 500", std::nullopt};
  });
  scene.deliver(bad);
  scene.make_due();
  const auto good = good_sender();
  scene.deliver(good);
  CHECK(rendered == 1);
  REQUIRE(good->messages().size() == 1);
  CHECK(good->messages()[0].body == "rendered 1");
  CHECK(good->messages()[0].subject == "error_table: disk full!");
  const auto row = dblog::outbox::find_message(scene.path, 1);
  REQUIRE(row.ok());
  CHECK(row->text("message_body") == "rendered 1");
  CHECK(row->text("subject") == "error_table: disk full");
}

namespace {

RenderedAlert laid_out_alert() {
  RenderedAlert alert{"subject", {}};
  alert.text.add(PartKind::words, "disk full");
  alert.text.add("\n\nHost: ");
  alert.text.add(PartKind::fact, "web1", "Host");
  alert.text.add("\n");
  return alert;
}

std::shared_ptr<FakeSender> bad_sender() {
  return std::make_shared<FakeSender>([](const Message&) {
    return Answer{Verdict::try_again, "HTTP 500", std::nullopt};
  });
}

}  // namespace

TEST_CASE("alert renderer: which part is what is kept, and the same when a message is sent again") {
  OutboxScene scene;
  scene.options.renderer = [&](const auto& /*alert*/, Extent) { return laid_out_alert(); };
  scene.add("slack", "disk full");
  scene.give_facts();
  const auto bad = bad_sender();
  scene.deliver(bad);
  CHECK(scene.query("SELECT number, kind, name, at, size FROM outbox_parts ORDER BY number") ==
        "0 words  0 9|1 fact Host 17 4");
  scene.options.renderer = {};
  scene.make_due();
  const auto good = good_sender();
  scene.deliver(good);
  REQUIRE(good->messages().size() == 1);
  CHECK(good->messages()[0].parts == laid_out_alert().text.parts);
  CHECK(good->messages()[0].parts == bad->messages()[0].parts);
}

TEST_CASE("alert renderer: a digest has the parts of what it quotes, and a sentence of its own") {
  OutboxScene scene;
  scene.options.renderer = [&](const auto& /*alert*/, Extent) { return laid_out_alert(); };
  scene.add("slack", "disk full", 3);
  scene.give_facts();
  const auto slack = good_sender();
  scene.deliver(slack);
  REQUIRE(slack->messages().size() == 1);
  const Message message = slack->messages()[0];
  CHECK(are_parts_of(message.body, message.parts));
  std::vector<std::string> shown;
  for (const auto& part : message.parts) shown.emplace_back(text_of(message.body, part));
  REQUIRE(shown.size() == 4);
  CHECK(shown[0].starts_with("3 times, at "));
  CHECK(shown[1] == "The first of them:");
  CHECK(shown[2] == "disk full");
  CHECK(shown[3] == "web1");
}

TEST_CASE("alert renderer: parts in the database that make no sense are left out") {
  for (const char* change :
       {"kind = 'html'", "at = -1", "size = 'x' || char(0)", "at = 9223372036854775807"}) {
    OutboxScene scene;
    scene.options.renderer = [&](const auto& /*alert*/, Extent) { return laid_out_alert(); };
    scene.add("slack", "disk full");
    scene.give_facts();
    scene.deliver(bad_sender());
    scene.database.exec(std::string("UPDATE outbox_parts SET ") + change);
    scene.make_due();
    const auto good = good_sender();
    scene.deliver(good);
    REQUIRE(good->messages().size() == 1);
    const Message message = good->messages()[0];
    CHECK((message.parts.empty() || !are_parts_of(message.body, message.parts) ||
           std::string(change).starts_with("size")));
    CHECK(message.body == laid_out_alert().text.body);
  }
}

TEST_CASE("alert renderer: a message that is taken apart or replayed leaves no old parts") {
  OutboxScene scene;
  scene.options.renderer = [&](const auto& /*alert*/, Extent) { return laid_out_alert(); };
  scene.add("slack", "disk full");
  scene.give_facts();
  scene.deliver(std::make_shared<FakeSender>([](const Message&) {
    return Answer{Verdict::refused, "HTTP 404", std::nullopt};
  }));
  CHECK(scene.query("SELECT count(*) FROM outbox_parts") == "2");
  REQUIRE(dblog::outbox::replay_dead(scene.path, dblog::now()).ok());
  CHECK(scene.query("SELECT count(*) FROM outbox_parts") == "0");
}

TEST_CASE("alert renderer: a replayed alert is rendered again, and what was sent is kept") {
  OutboxScene scene;
  scene.options.renderer = [&](const auto& /*alert*/, Extent) {
    return RenderedAlert{"without names", {"#0 0x1234", {}}};
  };
  scene.add("slack", "disk full");
  scene.give_facts();
  const auto slack = good_sender();
  scene.deliver(slack);
  const std::string sent =
      "SELECT d.subject FROM outbox o JOIN outbox_digests d ON d.carrier_id = "
      "o.id WHERE o.sent IS NOT NULL";
  CHECK(scene.query(sent) == "without names");
  scene.options.renderer = [&](const auto& /*alert*/, Extent) {
    return RenderedAlert{"with names", {"#0 parse", {}}};
  };
  REQUIRE(dblog::outbox::replay(scene.path, {1}, dblog::now()).ok());
  CHECK(scene.query(sent).empty());
  scene.deliver(slack);
  CHECK(slack->subjects() == std::vector<std::string>{"without names", "with names"});
  CHECK(scene.query(sent) == "with names");
}

TEST_CASE("alert renderer: what waits in a database of version 2 is planned and sent as it is") {
  OutboxScene scene;
  scene.options.renderer = [&](const dblog::sqlite::Row& /*alert*/, Extent /*extent*/) {
    return RenderedAlert{"rendered", {"rendered", {}}};
  };
  scene.database.exec(
      "DROP TABLE outbox; DROP TABLE hw_details; DROP TABLE breadcrumbs; DROP TABLE event_stacks; "
      "DROP TABLE dblog_queues; DROP TABLE dblog_upkeep; DROP TABLE crash_group_states; DROP VIEW "
      "crash_groups; "
      "PRAGMA user_version = 2;"
      "CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, "
      "channel TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL "
      "DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, next_attempt DATETIME, last_error "
      "TEXT, created DATETIME NOT NULL, sent DATETIME, source_table TEXT, source_id INTEGER);"
      "INSERT INTO crashes (uuid, date, kind, fingerprint, stack_trace) VALUES ('u', '2026-01-31 "
      "12:00:00.000000', 'signal', '2:af64', '#0 main');");
  for (const char* column : {"access", "cause", "phase", "sender_pid", "sender_uid", "system_call",
                             "killed_by", "utc_offset", "process_id"}) {
    scene.database.exec(std::string("ALTER TABLE crashes DROP COLUMN ") + column);
  }
  const std::string body = "SIGSEGV\n\nDate:     x\nDatabase: /srv/LOGS.db\n\n#0 0x1234 /app+0x1\n";
  SQLite::Statement row(scene.database,
                        "INSERT INTO outbox (uuid, channel, subject, body, created, source_table, "
                        "source_id) VALUES ('m', 'slack', 'SIGSEGV in app', ?1, '2026-01-31 "
                        "12:00:00.000000', 'crashes', 1)");
  row.bind(1, body);
  row.exec();
  const auto plan = dblog::outbox::plan(scene.path, {"slack", nullptr}, dblog::now(), false);
  REQUIRE(plan.ok());
  CHECK(plan->messages.size() == 1);
  const auto slack = good_sender();
  scene.deliver(slack);
  REQUIRE(slack->messages().size() == 1);
  CHECK(slack->messages()[0].subject == "SIGSEGV in app");
  CHECK(slack->messages()[0].body == body);
}

TEST_CASE("alert renderer: of kinds that share a message it is asked for little") {
  OutboxScene scene;
  scene.options.renderer = [&](const dblog::sqlite::Row& alert, Extent extent) {
    const std::string subject = alert.text("subject").value_or("");
    return RenderedAlert{subject, {extent == Extent::brief ? "in brief" : "whole", {}}};
  };
  for (char name = 'a'; name < 'l'; ++name) scene.add("slack", std::string("kind ") + name);
  scene.give_facts();
  const auto slack = good_sender();
  scene.deliver(slack);
  REQUIRE(slack->messages().size() == 8);
  CHECK(slack->messages().front().body == "whole");
  CHECK_THAT(slack->messages().back().body, Catch::Contains(":\nerror_table: kind k\nin brief\n"));
}

TEST_CASE("failures: invalid answers end in 'dead' after twenty, other failures never") {
  OutboxScene scene;
  scene.add("slack", "nonsense");
  scene.add("slack", "outage");
  scene.database.exec("UPDATE outbox SET attempts = 19");
  scene.deliver(std::make_shared<FakeSender>([](const Message& message) {
    Answer answer{Verdict::try_again, "HTTP 302", std::nullopt};
    answer.is_no_answer = message.subject.ends_with("nonsense");
    return answer;
  }));
  CHECK(scene.query("SELECT state, attempts, last_error FROM outbox ORDER BY id") ==
        "dead 20 HTTP 302|pending 20 HTTP 302");
}
