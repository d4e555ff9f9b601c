#include "src/notify/setup_check.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "src/notify/curl_library.hpp"
#include "src/notify/make_sender.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dblog;
using namespace dblog::notify;

namespace {

using Variables = std::map<std::string, std::string>;

config::LoadedSettings load(const Variables& variables) {
  return config::load_settings("/dev/null", [&](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

SetupCheck slack(const Variables& variables) {
  const auto loaded = load(variables);
  return check_slack_setup(loaded.settings, loaded.errors);
}

SetupCheck mail(const Variables& variables) {
  const auto loaded = load(variables);
  return check_mail_setup(loaded.settings, loaded.errors);
}

const Variables kMail = {
    {"mail_server", "mail.example"}, {"sender_email", "a@b.c"}, {"recipient_email", "d@e.f"}};

SetupCheck mail_with(const std::string& key, const std::string& value) {
  Variables variables = kMail;
  variables[key] = value;
  return mail(variables);
}

bool has(const SetupCheck& check, const std::string& word) {
  return check.why.find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("setup check: nothing set is absent, and the keys are named") {
  CHECK(slack({}).setup == Setup::absent);
  CHECK(has(slack({}), "webhook"));
  CHECK(mail({}).setup == Setup::absent);
  for (const char* key : {"mail_server", "sender_email", "recipient_email"}) {
    CHECK(has(mail({}), key));
  }
}

TEST_CASE("setup check: a key that is missing because it is misspelt is told so") {
  const test::TemporaryDirectory directory;
  const auto loaded =
      config::load_settings(directory.write("test.env", "DBLOG_MAXDAYS=1\nwebhok=x\n"),
                            [](const auto&) { return static_cast<const char*>(nullptr); });
  const auto slack_check = check_slack_setup(loaded.settings, loaded.errors);
  CHECK(slack_check.setup == Setup::absent);
  CHECK(slack_check.why.ends_with(":2: webhok is not a setting of dblog; did you mean webhook?"));
  const auto mail_check = check_mail_setup(loaded.settings, loaded.errors);
  CHECK(mail_check.why == "missing settings: mail_server, sender_email, recipient_email");
}

TEST_CASE("setup check: half-filled names what is missing alone") {
  const auto check = mail({{"mail_server", "mail.example"}, {"sender_email", "a@b.c"}});
  CHECK(check.setup == Setup::at_fault);
  CHECK(check.why == "missing setting: recipient_email");
}

TEST_CASE("setup check: all that is wrong or missing is named at once") {
  const auto check = mail({{"mail_server", "https://mail.example/"},
                           {"server_port", "smtp"},
                           {"sender_email", "nobody"},
                           {"username", "me"}});
  CHECK(check.setup == Setup::at_fault);
  for (const char* key : {"mail_server must", "server_port must", "sender_email must",
                          "missing settings: recipient_email, password"}) {
    CHECK(has(check, key));
  }
  const auto of_slack = slack({{"webhook", "ftp://x.example/"}, {"ca_file", "/no/such/file"}});
  CHECK(has(of_slack, "webhook must"));
  CHECK(has(of_slack, "ca_file must"));
}

TEST_CASE("setup check: a http webhook to another host is told to be https") {
  const auto check = slack({{"webhook", "http://hooks.example.org/services/T0/B1/secret"}});
  CHECK(check.setup == Setup::at_fault);
  CHECK(has(check, "https"));
  CHECK_FALSE(has(check, "secret"));
  config::Settings by_hand;
  by_hand.webhook = config::Secret{"http://hooks.example.org/"};
  CHECK(has(check_slack_setup(by_hand), "https"));
}

TEST_CASE("setup check: one channel works while the other is not configured") {
  CHECK(slack({{"webhook", "https://hooks.example.org/x"}}).setup == Setup::ready);
  CHECK(mail(kMail).setup == Setup::ready);
}

TEST_CASE("setup check: a bad value is not replaced by a default behind the user's back") {
  CHECK(has(mail_with("server_port", "smtp"), "server_port"));
  CHECK(has(mail_with("mail_security", "ssl"), "mail_security"));
  CHECK(has(mail_with("ca_file", "/no/such/file"), "ca_file"));
  CHECK(mail_with("server_port", "smtp").setup == Setup::at_fault);
}

TEST_CASE("setup check: user name and password are optional, a name without password is not") {
  CHECK(mail_with("username", "me").why == "missing setting: password");
  CHECK(mail_with("password", "secret").setup == Setup::ready);
}

TEST_CASE("setup check: a bad recipient does not keep mail from the good ones") {
  CHECK(mail_with("recipient_email", "d@e.f, nonsense").setup == Setup::ready);
  CHECK(mail_with("recipient_email", "nonsense").setup == Setup::at_fault);
}

TEST_CASE("setup check: addresses beyond ASCII are told their other form") {
  CHECK(has(mail_with("sender_email", "a@bücher.example"), "xn--"));
  CHECK(has(mail_with("recipient_email", "d@e.f, jürgen@b.c"), "xn--"));
}

TEST_CASE("senders: answer not_configured with the keys, without a look at the network") {
  const auto now = std::chrono::steady_clock::now();
  const Message message{"u", "s", "b", "2026"};
  const Answer slack_answer = make_slack_sender({})->send(message, now);
  CHECK(slack_answer.verdict == Verdict::not_configured);
  CHECK(make_slack_sender({})->why_not_configured() == slack_answer.reason);
  CHECK(slack_answer.reason == "missing setting: webhook (an https URL)");
  const Answer mail_answer = make_mail_sender({})->send(message, now);
  CHECK(mail_answer.verdict == Verdict::not_configured);
  CHECK(mail_answer.reason == "missing settings: mail_server, sender_email, recipient_email");
}

TEST_CASE("libcurl: says what to install when it is missing") {
  const auto missing = open_curl({"libno-such-curl.so.4"});
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().text().find("apt-get install libcurl4") != std::string::npos);
  CHECK(open_curl({"libno-such-curl.so.4", "libcurl.so.4"}).ok());
}
