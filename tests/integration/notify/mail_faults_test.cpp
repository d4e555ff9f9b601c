// The e-mail channel against servers that misbehave.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/integration/notify/channel.hpp"

using namespace dblog::test;
using namespace std::chrono_literals;
using dblog::config::MailSecurity;
using dblog::config::Secret;
using dblog::notify::make_mail_sender;
using dblog::notify::Verdict;

namespace {

struct Faulty {
  explicit Faulty(const std::string& fault)
      : server({"smtp_faults.py", "--diary", directory / "diary", fault}),
        settings(mail_settings(server, MailSecurity::none)) {}

  void log_in() {
    settings.username = Secret{"shopkeeper"};
    settings.password = Secret{"Open Sesame"};
  }

  [[nodiscard]] Sent sent(std::chrono::milliseconds patience = 20s) const {
    return send(*make_mail_sender(settings), kMessage, patience);
  }

  /// Whether a client sent a line that starts so.
  [[nodiscard]] bool heard(const std::string& start) const {
    for (const auto& entry : diary_of(directory / "diary")) {
      if (entry["line"].get<std::string>().starts_with(start)) return true;
    }
    return false;
  }

  TemporaryDirectory directory;
  ServerProcess server;
  dblog::config::Settings settings;
};

}  // namespace

TEST_CASE("mail faults: without STARTTLS neither login nor message is sent") {
  for (const char* fault : {"no-starttls", "starttls-454"}) {
    Faulty faulty{fault};
    faulty.settings.mail_security = MailSecurity::starttls;
    faulty.log_in();
    const Sent sent = faulty.sent();
    CHECK(sent.answer.verdict == Verdict::try_again);
    CHECK(contains(sent.answer.reason, "STARTTLS"));
    CHECK(faulty.heard("EHLO"));
    CHECK_FALSE(faulty.heard("AUTH"));
    CHECK_FALSE(faulty.heard("MAIL"));
  }
}

TEST_CASE("mail faults: what comes in plain text before TLS begins is not believed") {
  Faulty faulty{"starttls-injected"};
  faulty.settings.mail_security = MailSecurity::starttls;
  faulty.log_in();
  CHECK(faulty.sent().answer.verdict == Verdict::try_again);
  CHECK(faulty.heard("STARTTLS"));
  CHECK_FALSE(faulty.heard("AUTH"));
  CHECK_FALSE(faulty.heard("MAIL"));
}

TEST_CASE("mail faults: a login in .netrc is not for this") {
  const Faulty faulty{"login-echo"};  // offers login
  (void)faulty.directory.write(".netrc", "machine 127.0.0.1 login shopkeeper password Sesame\n");
  const char* const home = ::getenv("HOME");
  const std::string before = home != nullptr ? home : "/";
  ::setenv("HOME", faulty.directory.path().c_str(), 1);
  CHECK(faulty.sent().answer.verdict == Verdict::sent);
  ::setenv("HOME", before.c_str(), 1);
  CHECK(faulty.heard("MAIL"));
  CHECK_FALSE(faulty.heard("AUTH"));
}

TEST_CASE("mail faults: a login that is not offered is no reason to send without") {
  Faulty faulty{"no-login"};
  CHECK(faulty.sent().answer.verdict == Verdict::sent);
  faulty.log_in();
  const Sent sent = faulty.sent();
  CHECK(sent.answer.verdict == Verdict::try_again);
  CHECK(contains(sent.answer.reason, "offers no login"));
}

TEST_CASE("mail faults: a server that demands a login which the settings lack is their fault") {
  const Sent sent = Faulty{"needs-login"}.sent();
  CHECK(sent.answer.verdict == Verdict::try_again);
  CHECK(contains(sent.answer.reason, "530 5.7.0 Authentication required"));
}

TEST_CASE("mail faults: a server that repeats the login is masked") {
  Faulty faulty{"login-echo"};
  faulty.log_in();
  const Sent sent = faulty.sent();
  CHECK(sent.answer.verdict == Verdict::try_again);
  CHECK(contains(sent.answer.reason, "login refused: 535 "));
  const std::string said = sent.answer.reason + sent.answer.reply;
  CHECK(contains(said, "***"));
  for (const char* secret : {"shopkeeper", "Sesame", "c2hvcGtlZXBlc", "T3BlbiBTZXNhbW"}) {
    CHECK_FALSE(contains(said, secret));
  }
}

TEST_CASE("mail faults: a conversation that breaks off means try again") {
  for (const char* fault : {"closed", "greeting-554", "no-ehlo", "lost-after-data", "reset-in-data",
                            "garbage", "endless-reply"}) {
    const Sent sent = Faulty{fault}.sent(2s);
    CHECK(sent.answer.verdict == Verdict::try_again);
    CHECK(contains(sent.answer.reason, "127.0.0.1:"));
    CHECK(sent.took < 1min);  // a reply without end, too
  }
}

TEST_CASE("mail faults: a refused recipient before a lost connection decides nothing") {
  Faulty faulty{"lost-after-550"};
  faulty.settings.recipient_email = {"a@b.c", "d@e.f"};
  CHECK(faulty.sent().answer.verdict == Verdict::try_again);
}

TEST_CASE("mail faults: a slow server costs the time that it is given, and no more") {
  for (const char* fault : {"silent", "drip", "endless-line"}) {
    const Sent sent = Faulty{fault}.sent(1s);
    CHECK(sent.answer.verdict == Verdict::try_again);
    CHECK(sent.took < 1min);  // the server has an hour
  }
}

TEST_CASE("mail faults: TLS with a server that speaks none ends, and says what to look at") {
  Faulty faulty{"no-login"};
  faulty.settings.mail_security = MailSecurity::tls;
  const Sent sent = faulty.sent(3s);
  CHECK(sent.answer.verdict == Verdict::try_again);
  CHECK(contains(sent.answer.reason, "mail_security = tls"));
}

TEST_CASE("mail faults: once the message is taken, a bad good-bye changes nothing") {
  for (const char* fault : {"no-goodbye", "rude-goodbye"}) {
    const Sent sent = Faulty{fault}.sent(4min);
    CHECK(sent.answer.verdict == Verdict::sent);
    CHECK(sent.answer.reply == "250 2.0.0 queued");
    CHECK(sent.took < 1min);
  }
}
