// The e-mail channel against Debian's aiosmtpd; mails taken apart by Python's parser.
#include <catch2/catch.hpp>

#include "tests/integration/notify/channel.hpp"

using namespace dblog::test;
using dblog::config::MailSecurity;
using dblog::config::Secret;
using dblog::notify::Answer;
using dblog::notify::make_mail_sender;
using dblog::notify::Verdict;
using nlohmann::json;

namespace {

struct MailServer {
  explicit MailServer(std::vector<std::string> more = {}) : server(arguments(std::move(more))) {}

  std::vector<std::string> arguments(std::vector<std::string> more) {
    more.insert(more.begin(), {"smtp_server.py", "--diary", directory / "diary"});
    return more;
  }

  [[nodiscard]] std::vector<json> entries(const std::string& event) const {
    std::vector<json> found;
    for (json& entry : diary_of(directory / "diary")) {
      if (entry["event"] == event) found.push_back(std::move(entry));
    }
    return found;
  }

  TemporaryDirectory directory;
  ServerProcess server;
};

std::vector<std::string> secured(const std::string& security,
                                 const std::string& certificate = "right") {
  return {"--security", security, "--certificate", certificates() / (certificate + ".pem")};
}

// One mail over a server without TLS, as its parser saw it.
json parsed_mail(const dblog::notify::Message& message, dblog::config::Settings extra = {}) {
  const MailServer mail;
  auto settings = mail_settings(mail.server, MailSecurity::none);
  if (!extra.email_app_name.empty()) settings.email_app_name = extra.email_app_name;
  if (!extra.recipient_email.empty()) settings.recipient_email = extra.recipient_email;
  const Answer answer = send(*make_mail_sender(settings), message).answer;
  CHECK(answer.reason == "");
  REQUIRE(answer.verdict == Verdict::sent);
  CHECK(answer.reply == "250 2.0.0 queued");
  const auto messages = mail.entries("message");
  REQUIRE(messages.size() == 1);
  CHECK(messages[0]["problems"] == json::array());
  CHECK(messages[0]["defects"] == json::array());
  CHECK(messages[0]["type"] == "multipart/alternative");
  return messages[0];
}

Answer answer_for(const std::vector<std::string>& server_arguments,
                  std::vector<std::string> recipients = {"ops@example.org"}) {
  const MailServer mail{server_arguments};
  auto settings = mail_settings(mail.server, MailSecurity::none);
  settings.recipient_email = std::move(recipients);
  return send(*make_mail_sender(settings)).answer;
}

}  // namespace

TEST_CASE("mail: arrives with its headers, as text and as HTML") {
  const json mail = parsed_mail(kMessage);
  CHECK(mail["sender"] == "shop@example.org");
  CHECK(mail["recipients"] == json::array({"ops@example.org"}));
  CHECK(mail["headers"]["from"] == "Shop <shop@example.org>");
  CHECK(mail["headers"]["to"] == "ops@example.org");
  CHECK(mail["headers"]["subject"] == "Shop: disk full");
  CHECK(mail["headers"]["message-id"] == "<843f1df2-f82c-498f-928f-d798dcadea30@example.org>");
  CHECK(mail["parts"]["text/plain"] == kMessage.body);
  CHECK(contains(mail["parts"]["text/html"], "<pre"));
  CHECK(std::abs(mail["date"].get<double>() - static_cast<double>(std::time(nullptr))) < 60);
}

TEST_CASE("mail: several recipients are in the envelope and in To") {
  dblog::config::Settings extra;
  for (int i = 0; i < 40; ++i) extra.recipient_email.push_back("r" + std::to_string(i) + "@b.c");
  const json mail = parsed_mail(kMessage, extra);
  CHECK(mail["recipients"].size() == 40);
  CHECK(contains(mail["headers"]["to"], "r0@b.c, r1@b.c"));
}

TEST_CASE("mail: text of every kind arrives as it was") {
  auto message = kMessage;
  message.subject = "Größe überschritten: 数据库 𝄞 – " + std::string(100, 'x') + " € Ende";
  message.body =
      "ends in blank \n\n.\n..\n.dots\nFrom here\n\ttab = 5\r\n<b>&amp;\"</b> 数据库 𝄞\n" +
      std::string(5'000, 'y') + "\n\n\nlast line without end";
  dblog::config::Settings extra;
  extra.email_app_name = "Läden \"& Co\"";
  const json mail = parsed_mail(message, extra);
  CHECK(mail["headers"]["subject"] == extra.email_app_name + ": " + message.subject);
  CHECK(contains(mail["headers"]["from"], "<shop@example.org>"));
  CHECK(contains(mail["headers"]["from"], "Läden"));
  std::string expected = message.body;
  expected.erase(expected.find('\r'), 1);
  CHECK(mail["parts"]["text/plain"] == expected);
  CHECK(contains(mail["parts"]["text/html"], "&lt;b&gt;&amp;amp;\"&lt;/b&gt; 数据库 𝄞"));
}

TEST_CASE("mail: a hostile message is only text") {
  auto message = kMessage;
  message.subject = std::string("a\r\nBcc: evil@example.org\r\n\r\nbody") + '\0' + "\xff\x1b";
  message.body = std::string("\0\r\n.\r\nQUIT\r\n", 12) + "\xff\xfe \x1b[31m";
  const json mail = parsed_mail(message);
  CHECK(mail["recipients"] == json::array({"ops@example.org"}));
  CHECK_FALSE(mail["headers"].contains("bcc"));
  CHECK(mail["parts"]["text/plain"] == "\\x00\n.\nQUIT\n\\xff\\xfe \\x1b[31m");
}

TEST_CASE("mail: the largest message is cut to 1 MiB and arrives") {
  auto message = kMessage;
  message.body = "first\n";
  while (message.body.size() < 4'000'000) message.body += "Größe 数据库 ............ \n";
  message.body += "last";
  const json mail = parsed_mail(message);
  CHECK(mail["size"] <= 1'048'576);
  const std::string text = mail["parts"]["text/plain"];
  CHECK(text.starts_with("first\n"));
  CHECK(text.ends_with("last"));
  CHECK(contains(text, "left out here"));
}

TEST_CASE("mail: a message that is sent again has the same Message-ID") {
  const MailServer mail{{"--reply", "DATA=451 later*1"}};
  const auto sender = make_mail_sender(mail_settings(mail.server, MailSecurity::none));
  CHECK(send(*sender).answer.verdict == Verdict::try_again);
  CHECK(send(*sender).answer.verdict == Verdict::sent);
  const auto messages = mail.entries("message");
  REQUIRE(messages.size() == 2);
  CHECK(messages[0]["headers"]["message-id"] == messages[1]["headers"]["message-id"]);
}

TEST_CASE("mail: TLS from the first byte, and STARTTLS, each with login") {
  for (const auto& [name, security] : std::vector<std::pair<std::string, MailSecurity>>{
           {"tls", MailSecurity::tls}, {"starttls", MailSecurity::starttls}}) {
    const TemporaryDirectory directory;
    auto arguments = secured(name);
    arguments.insert(arguments.end(),
                     {"--login", directory.write("login", "shopkeeper\nOpen Sesame=1\n")});
    const MailServer mail{arguments};
    auto settings = mail_settings(mail.server, security);
    settings.username = Secret{"shopkeeper"};
    settings.password = Secret{"Open Sesame=1"};
    const Answer answer = send(*make_mail_sender(settings)).answer;
    CHECK(answer.reason == "");
    CHECK(answer.verdict == Verdict::sent);
    const auto messages = mail.entries("message");
    REQUIRE(messages.size() == 1);
    CHECK(messages[0]["encrypted"] == true);
    CHECK(messages[0]["user"] == "shopkeeper");

    settings.password = Secret{"wrong"};
    const Answer refused = send(*make_mail_sender(settings)).answer;
    CHECK(refused.verdict == Verdict::try_again);
    CHECK(refused.reason.starts_with("login refused: 535 "));
    CHECK(mail.entries("message").size() == 1);
  }
}

TEST_CASE("mail: without a username there is no login") {
  const MailServer mail{secured("tls")};
  auto settings = mail_settings(mail.server, MailSecurity::tls);
  settings.password = Secret{"unused"};
  CHECK(send(*make_mail_sender(settings)).answer.verdict == Verdict::sent);
  CHECK(mail.entries("login").empty());
}

TEST_CASE("mail: certificates are verified, for names and for addresses") {
  for (const auto& [security, certificate, host, word] :
       std::vector<std::tuple<std::string, std::string, std::string, std::string>>{
           {"tls", "name_only", "localhost", ""},
           {"tls", "name_only", "127.0.0.1", "another name"},
           {"starttls", "other_name", "localhost", "another name"},
           {"starttls", "self_signed", "localhost", "ca_file"},
           {"starttls", "expired", "127.0.0.1", "expired"}}) {
    const MailServer mail{secured(security, certificate)};
    auto settings =
        mail_settings(mail.server, security == "tls" ? MailSecurity::tls : MailSecurity::starttls);
    settings.mail_server = host;
    const Answer answer = send(*make_mail_sender(settings)).answer;
    CHECK(answer.verdict == (word.empty() ? Verdict::sent : Verdict::try_again));
    CHECK(contains(answer.reason, word));
    CHECK(mail.entries("message").size() == (word.empty() ? 1 : 0));
  }
}

TEST_CASE("mail: replies 4yz mean try again, 5yz are for good, with the code") {
  const MailServer mail{{"--reply", "MAIL=451 4.3.0 not now*1", "--reply", "MAIL=554 5.7.1 spam*1",
                         "--reply", "RCPT=451 4.3.0 not now*1", "--reply", "RCPT=554 5.7.1 spam*1",
                         "--reply", "DATA=451 4.3.0 not now*1", "--reply",
                         "DATA=554 5.7.1 spam*1"}};
  const auto sender = make_mail_sender(mail_settings(mail.server, MailSecurity::none));
  for (int command = 0; command < 3; ++command) {
    const Answer later = send(*sender).answer;
    CHECK(later.verdict == Verdict::try_again);
    CHECK(contains(later.reason, "451 4.3.0 not now"));
    const Answer never = send(*sender).answer;
    CHECK(never.verdict == Verdict::refused);
    CHECK(contains(never.reason, "554 5.7.1 spam"));
  }
}

TEST_CASE("mail: a refused recipient does not keep the message from the others") {
  const Answer answer = answer_for({"--reply", "RCPT:gone@example.org=550 5.1.1 no such user"},
                                   {"gone@example.org", "ops@example.org"});
  CHECK(answer.verdict == Verdict::sent);
  CHECK(answer.reply == "250 2.0.0 queued");
  CHECK(answer.reason == "1 of 2 in recipient_email refused: 550 5.1.1 no such user");
}

TEST_CASE("mail: a deferred recipient means later, to all of them") {
  const MailServer mail{{"--reply", "RCPT:full@example.org=452 4.2.2 full*1"}};
  auto settings = mail_settings(mail.server, MailSecurity::none);
  settings.recipient_email = {"ops@example.org", "full@example.org"};
  const auto sender = make_mail_sender(settings);
  const Answer answer = send(*sender).answer;
  CHECK(answer.verdict == Verdict::try_again);
  CHECK(contains(answer.reason, "452 4.2.2 full"));
  CHECK(mail.entries("message").empty());
  CHECK(send(*sender).answer.verdict == Verdict::sent);
  CHECK(mail.entries("message").size() == 1);
}
