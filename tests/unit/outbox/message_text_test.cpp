// What messages say, and that it is kept.
#include <catch2/catch.hpp>

#include "src/outbox/outbox_list.hpp"
#include "tests/unit/outbox/outbox_scene.hpp"

using dblog::notify::Answer;
using dblog::notify::Message;
using dblog::notify::Verdict;
using dblog::test::FakeSender;
using dblog::test::OutboxScene;

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

TEST_CASE("teller: its words are made once, and the same when a message is sent again") {
  OutboxScene scene;
  int told = 0;
  scene.options.teller = [&](dblog::outbox::ToldAlert& alert) {
    alert.body += "told " + std::to_string(++told);
  };
  scene.add("slack", "disk full");
  const auto bad = std::make_shared<FakeSender>([](const Message&) {
    return Answer{Verdict::try_again, "HTTP 500", std::nullopt};
  });
  scene.deliver(bad);
  scene.make_due();
  const auto good = good_sender();
  scene.deliver(good);
  CHECK(told == 1);
  REQUIRE(good->messages().size() == 1);
  CHECK(good->messages()[0].body == bad->messages().at(0).body);
  CHECK_THAT(good->messages()[0].body, Catch::EndsWith("told 1"));
  CHECK(good->messages()[0].subject == "error_table: disk full");
}

TEST_CASE("failures: answers that are none end in 'dead' after twenty, other failures never") {
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
