// SlackNotifier and EmailNotifier as a program uses them.
#include "dblog/notifier.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/integration/notify/channel.hpp"
#include "tests/support/captured_stderr.hpp"

using namespace dblog::test;

namespace {

std::filesystem::path slack_file(const TemporaryDirectory& directory, const ServerProcess& server) {
  return directory.write("slack.env", "webhook=http://127.0.0.1:" + std::to_string(server.port()) +
                                          kWebhookPath + "\nslack_app_name=Shop\n");
}

}  // namespace

TEST_CASE("SlackNotifier: sends at once and returns what the server said") {
  const TemporaryDirectory directory;
  const ServerProcess server{{"slack_server.py", "--diary", directory / "diary", "ok"}};
  dblog::SlackNotifier slack{slack_file(directory, server)};
  const auto sent = slack.notification("deployed\nversion 2");
  CHECK(sent.ok);
  CHECK(sent.reply == "ok");
  CHECK(sent.error == "");
  const auto requests = diary_of(directory / "diary");
  REQUIRE(requests.size() == 1);
  CHECK(contains(requests[0]["body"], "deployed\\nversion 2"));
}

TEST_CASE("EmailNotifier: sends at once, the first line as subject") {
  const TemporaryDirectory directory;
  const ServerProcess server{{"smtp_server.py", "--diary", directory / "diary"}};
  const auto file = directory.write(
      "mail.env",
      "mail_server=127.0.0.1\nmail_security=none\nserver_port=" + std::to_string(server.port()) +
          "\nsender_email=a@b.c\nrecipient_email=\"d@e.f , g@h.i\" # both\n");
  dblog::EmailNotifier mail{file};
  const auto sent = mail.mail_notifier("deployed\nversion 2");
  CHECK(sent.ok);
  CHECK(sent.reply == "250 2.0.0 queued");
  const auto messages = diary_of(directory / "diary");
  REQUIRE(messages.size() == 1);
  CHECK(messages[0]["headers"]["subject"] == "deployed");
  CHECK(messages[0]["recipients"] == nlohmann::json::array({"d@e.f", "g@h.i"}));
}

TEST_CASE("notifiers: a failure is in the result, and once on stderr, without secrets") {
  const TemporaryDirectory directory;
  const ServerProcess server{{"slack_server.py", "404:no_service"}};
  dblog::SlackNotifier slack{slack_file(directory, server)};
  dblog::NotifyResult result;
  std::string said;
  {
    const CapturedStderr captured{directory / "stderr"};
    result = slack.notification("x");
    (void)slack.notification("x");
    said = captured.text();
  }
  CHECK_FALSE(result);
  CHECK(result.reply == "no_service");
  CHECK(result.error.starts_with("HTTP 404: no_service"));
  CHECK(said == "dblog: slack: not sent: " + result.error + "\n");
}

TEST_CASE("notifiers: without settings they say which are missing") {
  const TemporaryDirectory directory;
  const CapturedStderr captured{directory / "stderr"};
  dblog::EmailNotifier mail{directory.write("empty.env", "")};
  CHECK(contains(mail.mail_notifier("x").error, "mail_server, sender_email, recipient_email"));
  dblog::SlackNotifier moved{directory / "none.env"};
  dblog::SlackNotifier slack{std::move(moved)};
  CHECK(contains(slack.notification("x").error, "none.env"));
  CHECK(moved.notification("x").error == "was moved away");  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("notifiers: several threads may send through one") {
  const TemporaryDirectory directory;
  const ServerProcess server{{"slack_server.py", "--diary", directory / "diary", "ok"}};
  dblog::SlackNotifier slack{slack_file(directory, server)};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5; ++j) (void)slack.notification("x");
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(diary_of(directory / "diary").size() == 20);
}
