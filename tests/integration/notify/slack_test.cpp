// The Slack channel against a server that plays Slack's documented answers.
#include <catch2/catch.hpp>

#include "tests/integration/notify/channel.hpp"

using namespace dblog::test;
using namespace std::chrono_literals;
using dblog::notify::Answer;
using dblog::notify::make_slack_sender;
using dblog::notify::Verdict;

namespace {

// A message for each answer, to a server that gives them one after another.
std::vector<Answer> answers_for(std::vector<std::string> answers) {
  const std::size_t count = answers.size();
  answers.insert(answers.begin(), "slack_server.py");
  const ServerProcess server{answers};
  const auto sender = make_slack_sender(slack_settings("http://127.0.0.1", server));
  std::vector<Answer> got;
  for (std::size_t i = 0; i < count; ++i) got.push_back(send(*sender).answer);
  return got;
}

// One message to a server that gives `answer`.
Sent sent_for(const std::string& answer, std::chrono::milliseconds patience = 20s) {
  const ServerProcess server{{"slack_server.py", answer}};
  return send(*make_slack_sender(slack_settings("http://127.0.0.1", server)), kMessage, patience);
}

Answer sent_with_certificate(const std::string& certificate, const std::string& base,
                             bool with_ca_file = true) {
  const ServerProcess server{
      {"slack_server.py", "--certificate", certificates() / (certificate + ".pem"), "ok"}};
  auto settings = slack_settings(base, server);
  if (with_ca_file) settings.ca_file = certificates() / "ca.pem";
  return send(*make_slack_sender(settings)).answer;
}

}  // namespace

TEST_CASE("slack: a message arrives by https, as JSON, at the webhook's path") {
  const TemporaryDirectory directory;
  const auto diary = directory / "diary";
  const ServerProcess server{
      {"slack_server.py", "--certificate", certificates() / "right.pem", "--diary", diary, "ok"}};
  auto settings = slack_settings("https://localhost", server);
  settings.ca_file = certificates() / "ca.pem";
  const Answer answer = send(*make_slack_sender(settings)).answer;
  CHECK(answer.verdict == Verdict::sent);
  CHECK(answer.reply == "ok");
  CHECK(answer.reason == "");

  const auto requests = diary_of(diary);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]["path"] == kWebhookPath);
  CHECK(requests[0]["headers"]["Content-Type"] == "application/json; charset=utf-8");
  const auto payload = nlohmann::json::parse(requests[0]["body"].get<std::string>());
  CHECK(contains(payload["text"], "disk full"));
  CHECK(contains(payload["text"], "Shop"));
}

TEST_CASE("slack: the largest message arrives") {
  const TemporaryDirectory directory;
  const ServerProcess server{{"slack_server.py", "--diary", directory / "diary", "ok"}};
  auto message = kMessage;
  while (message.body.size() < 2'000'000) message.body += "€€€€€€€€€€€€€€€€€€€€€€€€\n";
  const auto sender = make_slack_sender(slack_settings("http://localhost", server));
  CHECK(send(*sender, message).answer.verdict == Verdict::sent);
  const auto requests = diary_of(directory / "diary");
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]["bytes"] > 100'000);
  CHECK(requests[0]["bytes"] <= 262'144);
}

TEST_CASE("slack: a sender sends one message after another") {
  const TemporaryDirectory directory;
  const ServerProcess server{
      {"slack_server.py", "--diary", directory / "diary", "ok", "500", "ok"}};
  const auto sender = make_slack_sender(slack_settings("http://127.0.0.1", server));
  CHECK(send(*sender).answer.verdict == Verdict::sent);
  CHECK(send(*sender).answer.verdict == Verdict::try_again);
  CHECK(send(*sender).answer.verdict == Verdict::sent);
  CHECK(diary_of(directory / "diary").size() == 3);
}

TEST_CASE("slack: refusals are for good, with Slack's word and what to do") {
  const std::vector<std::string> refusals = {"400:invalid_payload", "403:invalid_token",
                                             "403:action_prohibited", "404:no_service",
                                             "410:channel_is_archived"};
  const auto answers = answers_for(refusals);
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    const std::string word = refusals[i].substr(4);
    CHECK(answers[i].verdict == Verdict::refused);
    CHECK(answers[i].reason.starts_with("HTTP " + refusals[i].substr(0, 3) + ": " + word + " ("));
    CHECK(answers[i].reply == word);
  }
}

TEST_CASE("slack: another refusal is for good too, in the server's words") {
  const Answer other = sent_for("418:I am a teapot").answer;
  CHECK(other.verdict == Verdict::refused);
  CHECK(other.reason == "HTTP 418: I am a teapot");
}

TEST_CASE("slack: the server's own troubles mean try again") {
  for (const Answer& got :
       answers_for({"500:rollup_error", "502", "503:later", "wrong-ok",
                    R"(200:{"success":false,"error":"full"})", R"(200:{"ok":false})"})) {
    CHECK(got.verdict == Verdict::try_again);
    CHECK(contains(got.reason, "HTTP "));
    CHECK_FALSE(got.retry_after.has_value());
  }
}

TEST_CASE("slack: servers that take Slack's messages answer success as they do") {
  for (const Answer& got : answers_for({"200:", "204", R"(200:{"success":true})", R"(201:{"id":7})",
                                        "202:Accepted", R"(200:{"ok":"yes"})"})) {
    CHECK(got.verdict == Verdict::sent);
  }
}

TEST_CASE("slack: what servers that are like Slack answer counts as they mean it") {
  struct Server {
    std::string answer;
    Verdict verdict;
  };
  const std::vector<Server> servers = {
      // Mattermost.
      {"200:ok", Verdict::sent},
      {R"(400:{"id":"web.incoming_webhook.invalid.app_error","message":"Invalid webhook.",)"
       R"("detailed_error":"","request_id":"r","status_code":400})",
       Verdict::refused},
      // Rocket.Chat.
      {R"(200:{"success":true})", Verdict::sent},
      {R"(200:{"success":false,"error":"[error-invalid-channel]"})", Verdict::try_again},
      {R"(400:{"success":false,"error":"Invalid integration id or token provided."})",
       Verdict::refused},
      // Discord's /slack, and its other address.
      {"200:ok", Verdict::sent},
      {"204", Verdict::sent},
      {R"(400:{"message":"Cannot send an empty message","code":50006})", Verdict::refused},
      {R"(404:{"message":"Unknown Webhook","code":10015})", Verdict::refused},
      // Zulip's Slack-compatible webhook.
      {R"(200:{"result":"success","msg":""})", Verdict::sent},
      // Microsoft's workflows.
      {"202:", Verdict::sent},
      {"200:1", Verdict::sent}};
  std::vector<std::string> all;
  for (const Server& server : servers) all.push_back(server.answer);
  const auto answers = answers_for(all);
  for (std::size_t i = 0; i < servers.size(); ++i) {
    CAPTURE(servers[i].answer);
    CHECK(answers[i].verdict == servers[i].verdict);
  }
}

TEST_CASE("slack: 429 holds the channel for as long as Retry-After says") {
  const Answer got = sent_for("429:17").answer;
  CHECK(got.verdict == Verdict::try_again);
  CHECK(got.retry_after == 17s);
  CHECK(contains(got.reason, "429"));
}

TEST_CASE("slack: a malformed Retry-After counts as none") {
  for (const Answer& got : answers_for({"429", "429:soon", "429:-1", "429:99999999999999999999"})) {
    CHECK(got.verdict == Verdict::try_again);
    CHECK_FALSE(got.retry_after.has_value());
  }
}

TEST_CASE("slack: redirects are not followed") {
  const TemporaryDirectory directory;
  const ServerProcess target{{"slack_server.py", "--diary", directory / "diary", "ok"}};
  const std::string url = "http://127.0.0.1:" + std::to_string(target.port()) + "/";
  for (const Answer& got : answers_for({"301:" + url, "302:" + url, "307:" + url, "308:" + url})) {
    CHECK(got.verdict == Verdict::try_again);
    CHECK(contains(got.reason, "redirects are not followed"));
  }
  CHECK(diary_of(directory / "diary").empty());
}

TEST_CASE("slack: a connection that is lost means try again") {
  for (const Answer& got : answers_for({"reset", "close", "garbage", "endless-header"})) {
    CHECK(got.verdict == Verdict::try_again);
    CHECK(contains(got.reason, "127.0.0.1:"));
  }
}

TEST_CASE("slack: an endless answer is truncated, its status counts") {
  const auto answers = answers_for({"endless", "endless:404", "endless:500"});
  CHECK(answers[0].verdict == Verdict::try_again);
  CHECK(answers[1].verdict == Verdict::refused);
  CHECK(answers[2].verdict == Verdict::try_again);
}

TEST_CASE("slack: a slow server costs the time that it is given, and no more") {
  for (const char* answer : {"hang", "drip"}) {
    const Sent sent = sent_for(answer, 1s);
    CHECK(sent.answer.verdict == Verdict::try_again);
    CHECK(contains(sent.answer.reason, "did not answer in time"));
    CHECK(sent.took >= 900ms);
    CHECK(sent.took < 1min);  // the server has an hour
  }
}

TEST_CASE("slack: no time left is no time taken") {
  const Sent sent = sent_for("hang", -1s);
  CHECK(sent.answer.verdict == Verdict::try_again);
  CHECK(sent.took < 1min);
}

TEST_CASE("slack: a refused connection means try again, in plain words") {
  ServerProcess server{{"slack_server.py", "ok"}};
  const auto sender = make_slack_sender(slack_settings("http://127.0.0.1", server));
  server.stop();
  const Answer got = send(*sender).answer;
  CHECK(got.verdict == Verdict::try_again);
  CHECK(contains(got.reason, "refused the connection"));
}

TEST_CASE("slack: a certificate that is not right means try again, and says how to set it right") {
  const Answer unknown = sent_with_certificate("right", "https://localhost", false);
  CHECK(unknown.verdict == Verdict::try_again);
  CHECK(contains(unknown.reason, "not trusted"));
  CHECK(contains(unknown.reason, "ca_file"));
  CHECK(contains(sent_with_certificate("self_signed", "https://localhost").reason, "ca_file"));
  CHECK(contains(sent_with_certificate("other_name", "https://localhost").reason, "another name"));
  CHECK(contains(sent_with_certificate("expired", "https://localhost").reason, "expired"));
  CHECK(sent_with_certificate("expired", "https://localhost").verdict == Verdict::try_again);
}

TEST_CASE("slack: an address is checked against the certificate's addresses") {
  CHECK(sent_with_certificate("right", "https://127.0.0.1").verdict == Verdict::sent);
  const Answer got = sent_with_certificate("name_only", "https://127.0.0.1");
  CHECK(got.verdict == Verdict::try_again);
  CHECK(contains(got.reason, "another name"));
}

TEST_CASE("slack: a reply that repeats the webhook is masked") {
  const Answer got = sent_for("echo").answer;
  CHECK(got.verdict == Verdict::refused);
  for (const char* secret : {"T0SECRET", "B0SECRET", "topsecret", "/services/T"}) {
    CHECK_FALSE(contains(got.reason + got.reply, secret));
  }
  CHECK(contains(got.reason, "***"));
}

TEST_CASE("slack: proxies get nothing that is for this machine") {
  const TemporaryDirectory directory;
  const ServerProcess proxy{{"slack_server.py", "--diary", directory / "diary", "ok"}};
  const ServerProcess server{{"slack_server.py", "ok"}};
  const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port());
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy"}) {
    ::setenv(name, url.c_str(), 1);
  }
  const auto sender = make_slack_sender(slack_settings("http://127.0.0.1", server));
  const Answer got = send(*sender).answer;
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy"}) ::unsetenv(name);
  CHECK(got.verdict == Verdict::sent);
  CHECK(diary_of(directory / "diary").empty());
}
