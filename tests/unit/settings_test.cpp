#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "src/config/settings.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::config::Environment;
using dblog::config::load_settings;
using dblog::config::LoadedSettings;
using dblog::config::MailSecurity;
using dblog::config::Secret;
using dblog::config::Settings;
using dblog::config::SeveritySetting;
using dblog::test::TemporaryDirectory;

using Variables = std::map<std::string, std::string>;

Environment environment_of(const Variables& variables) {
  return [variables](const std::string& name) -> const char* {
    const auto it = variables.find(name);
    return it == variables.end() ? nullptr : it->second.c_str();
  };
}

LoadedSettings load(const std::string& text, const Variables& variables = {}) {
  TemporaryDirectory directory;
  return load_settings(directory.write("test.env", text), environment_of(variables));
}

bool accepts(const std::string& key, const std::string& value) {
  return load("", {{key, value}}).errors.empty();
}

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

}  // namespace

TEST_CASE("settings: every key of the file arrives") {
  TemporaryDirectory directory;
  const fs::path authorities = directory.write("ca.pem", "");
  const LoadedSettings loaded = load(
      "webhook = https://hooks.slack.com/services/T0/B0/x\nslack_app_name='My app'\n"
      "mail_server=smtp.example.org\nserver_port=2525\nusername=me\npassword='p # \\ w'\n"
      "email_app_name=Mailer\nsender_email=me@example.org\n"
      "recipient_email= a@example.org , b@example.org,\nmail_security=TLS\n"
      "slack_min_severity=warning\nmail_min_severity=CRITICAL\n"
      "ca_file=" +
      authorities.string() + "\nDATABASE_URL=not ours\n");
  CHECK(loaded.errors.empty());
  CHECK(loaded.env_file_found);
  const Settings& settings = loaded.settings;
  CHECK(settings.webhook.reveal() == "https://hooks.slack.com/services/T0/B0/x");
  CHECK(settings.slack_app_name == "My app");
  CHECK(settings.mail_server == "smtp.example.org");
  CHECK(settings.server_port == 2525);
  CHECK(settings.username.reveal() == "me");
  CHECK(settings.password.reveal() == "p # \\ w");
  CHECK(settings.email_app_name == "Mailer");
  CHECK(settings.sender_email == "me@example.org");
  CHECK(settings.recipient_email == std::vector<std::string>{"a@example.org", "b@example.org"});
  CHECK(settings.mail_security == MailSecurity::tls);
  CHECK(settings.slack_min_severity == SeveritySetting::warning);
  CHECK(settings.mail_min_severity == SeveritySetting::critical);
  CHECK(settings.ca_file == authorities);
}

TEST_CASE("settings: directories of debug files lie beside the file that names them") {
  TemporaryDirectory directory;
  const fs::path file = directory.write("test.env", "debug_dirs=/srv/debug: dbg :../up:\n");
  const LoadedSettings loaded = load_settings(file, environment_of({}));
  CHECK(loaded.errors.empty());
  CHECK(loaded.settings.debug_dirs == std::vector<fs::path>{"/srv/debug", directory / "dbg",
                                                            directory.path().parent_path() / "up"});
  const auto of_environment = load_settings(file, environment_of({{"debug_dirs", "here"}}));
  CHECK(of_environment.settings.debug_dirs == std::vector<fs::path>{fs::current_path() / "here"});
}

TEST_CASE("settings: a path map moves what lies in its directories, and nothing else") {
  TemporaryDirectory directory;
  const fs::path file = directory.write(
      "test.env", "path_map=/build/src/=/home/me/src:/build=beside:gen=/home/me/gen\n");
  const LoadedSettings loaded = load_settings(file, environment_of({}));
  CHECK(loaded.errors.empty());
  const auto& map = loaded.settings.path_map;
  CHECK(map.place_of("/build/src/a/b.cpp") == "/home/me/src/a/b.cpp");
  CHECK(map.place_of("/build/src") == "/home/me/src");
  CHECK(map.place_of("/build/src2/b.cpp") == (directory / "beside/src2/b.cpp").string());
  CHECK(map.place_of("gen/b.cpp") == "/home/me/gen/b.cpp");
  CHECK(map.place_of("/builds/b.cpp") == "/builds/b.cpp");
  CHECK(map.place_of("") == "");
}

TEST_CASE("settings: what is no pair in a path map is named by its number") {
  for (const std::string bad : {"/a", "=/b", "/a=", "/a=/b:/c"}) {
    const LoadedSettings loaded = load("path_map=" + bad + "\n");
    REQUIRE(loaded.errors.size() == 1);
    CHECK(loaded.errors[0].key == "path_map");
    CHECK(loaded.errors[0].text().find(bad == "/a=/b:/c" ? "number 2" : "number 1") !=
          std::string::npos);
  }
  CHECK_FALSE(load("debug_dir=/srv\n").errors.empty());  // a letter away
}

TEST_CASE("settings: without a file and variables nothing is set and nothing is wrong") {
  const LoadedSettings loaded = load_settings("/dev/null", environment_of({}));
  CHECK(loaded.errors.empty());
  CHECK(loaded.settings.webhook.empty());
  CHECK(loaded.settings.mail_server.empty());
  CHECK(loaded.settings.recipient_email.empty());
}

TEST_CASE("settings: the environment wins over the file, even when empty") {
  const std::string file = "mail_server=file.example.org\n";
  CHECK(load(file, {{"mail_server", "env.example.org"}}).settings.mail_server == "env.example.org");
  CHECK(load(file, {{"mail_server", ""}}).settings.mail_server.empty());
}

TEST_CASE("settings: a named file that is missing is an error and the environment still counts") {
  TemporaryDirectory directory;
  const LoadedSettings loaded = load_settings(directory.path() / "none.env",
                                              environment_of({{"mail_server", "env.example.org"}}));
  REQUIRE(loaded.errors.size() == 1);
  CHECK(loaded.errors[0].where == (directory.path() / "none.env").string());
  CHECK(loaded.settings.mail_server == "env.example.org");
}

TEST_CASE("settings: while a file cannot be read, its limits are not taken for the default ones") {
  TemporaryDirectory directory;
  const fs::path file = directory.write("test.env", "DBLOG_MAX_MB=0");
  fs::permissions(file, fs::perms::all);
  CHECK(load_settings(file, environment_of({})).settings.retention.bytes_of_file() == 0);
  CHECK(load_settings("/dev/null", environment_of({})).settings.retention.bytes_of_file() > 0);
  const LoadedSettings set = load_settings(file, environment_of({{"DBLOG_MAX_MB", "7"}}));
  CHECK(set.settings.retention.bytes_of_file() == 7'000'000);
}

TEST_CASE("settings: the default file is .env in the working directory and may be missing") {
  TemporaryDirectory directory;
  const fs::path before = fs::current_path();
  fs::current_path(directory.path());
  const LoadedSettings without = load_settings({}, environment_of({}));
  directory.write(".env", "mail_server=smtp.example.org");
  const LoadedSettings with = load_settings({}, environment_of({}));
  fs::current_path(before);
  CHECK(without.errors.empty());
  CHECK_FALSE(without.env_file_found);
  CHECK(with.settings.mail_server == "smtp.example.org");
  CHECK(with.env_file.is_absolute());
}

TEST_CASE("settings: an error names the key and where it comes from") {
  const LoadedSettings from_file = load("\nserver_port=many\n");
  REQUIRE(from_file.errors.size() == 1);
  CHECK(from_file.errors[0].where == from_file.env_file.string() + ":2");
  CHECK(from_file.errors[0].why.find("server_port") == 0);
  const LoadedSettings from_environment = load("", {{"server_port", "many"}});
  REQUIRE(from_environment.errors.size() == 1);
  CHECK(from_environment.errors[0].where == "environment");
}

TEST_CASE("settings: no error shows a value") {
  const LoadedSettings loaded = load(
      "webhook=ftp://hunter2\nusername=\"hunter2\\n\"\npassword=\"hunter2\\t\"\n"
      "mail_server=smtp://hunter2\nserver_port=hunter2\nmail_security=hunter2\n"
      "sender_email=hunter2\nrecipient_email=hunter2\nca_file=/hunter2\n"
      "slack_app_name=\"hunter2\\a\"\nemail_app_name=\"hunter2\\a\"\n"
      "slack_min_severity=hunter2\n");
  CHECK(loaded.errors.size() == 12);
  for (const auto& error : loaded.errors) CHECK(error.text().find("hunter2") == std::string::npos);
}

TEST_CASE("settings: a bad value counts as not set and the good ones stay") {
  const LoadedSettings loaded = load("webhook=nonsense\nmail_server=smtp.example.org");
  CHECK(loaded.errors.size() == 1);
  CHECK(loaded.settings.webhook.empty());
  CHECK(loaded.settings.mail_server == "smtp.example.org");
}

TEST_CASE("settings: a webhook must be https, or http to this machine") {
  for (const char* good :
       {"https://hooks.slack.com/services/T/B/x", "HTTPS://example.org",
        "https://example.org:8443/a?b=c#d", "http://localhost:8080/hook", "http://127.0.0.1/x",
        "http://127.1.2.3:1", "http://[::1]:8080/", "https://[2001:db8::1]/x"}) {
    INFO(good);
    CHECK(accepts("webhook", good));
  }
  for (const char* bad :
       {"http://example.org/x", "hooks.slack.com/services", "ftp://localhost/x", "https://",
        "https:///path", "http://127.0.0.1.example.org/x", "http://127.0.0.1@example.org/x",
        "http://localhost@example.org", "http://127.0.0.1\\@example.org/x", "https://a b/",
        "https://example.org/\r\nX: y", "https://example.org:0/", "https://example.org:99999/",
        "https://[::1/", "http://[::2]/x", "http://localhost.example.org", "https://ex..org/"}) {
    INFO(bad);
    CHECK_FALSE(accepts("webhook", bad));
  }
}

TEST_CASE("settings: a port is a whole number from 1 to 65535") {
  for (const char* good : {"1", "25", "65535"}) CHECK(accepts("server_port", good));
  for (const char* bad : {"0", "65536", "-1", "+1", "25x", " 25", "0x19", "1e3"}) {
    INFO(bad);
    CHECK_FALSE(accepts("server_port", bad));
  }
}

TEST_CASE("settings: port and security follow from one another") {
  const auto of = [](const std::string& text) { return load(text).settings; };
  CHECK(of("").server_port == 587);
  CHECK(of("").mail_security == MailSecurity::starttls);
  CHECK(of("server_port=465").mail_security == MailSecurity::tls);
  CHECK(of("server_port=25").mail_security == MailSecurity::starttls);
  CHECK(of("mail_security=tls").server_port == 465);
  CHECK(of("mail_security=none").server_port == 25);
  CHECK(of("server_port=465\nmail_security=starttls").mail_security == MailSecurity::starttls);
  CHECK(of("server_port=2525\nmail_security=none").server_port == 2525);
}

TEST_CASE("settings: a misspelt mail_security never turns encryption off") {
  const LoadedSettings loaded = load("server_port=25\nmail_security=non");
  CHECK(loaded.errors.size() == 1);
  CHECK(loaded.settings.mail_security == MailSecurity::starttls);
}

TEST_CASE("settings: a mail server is a host alone") {
  for (const char* good : {"smtp.example.org", "localhost", "mail_1", "192.0.2.1", "2001:db8::1",
                           "b\xC3\xBC"
                           "cher.example",
                           "smtp.example.org."}) {
    INFO(good);
    CHECK(accepts("mail_server", good));
  }
  for (const char* bad : {"smtp.example.org:587", "smtp://example.org", "a b", "a..b", ".",
                          "example.org/x", "me@example.org"}) {
    INFO(bad);
    CHECK_FALSE(accepts("mail_server", bad));
  }
}

TEST_CASE("settings: of several recipients the good ones stay and the bad ones are counted") {
  const LoadedSettings loaded = load("recipient_email=a@b.org,,nobody, c@d.org,e@f@g");
  CHECK(loaded.settings.recipient_email == std::vector<std::string>{"a@b.org", "c@d.org"});
  REQUIRE(loaded.errors.size() == 2);
  CHECK(loaded.errors[0].why.find("number 2") != std::string::npos);
  CHECK(loaded.errors[1].why.find("number 4") != std::string::npos);
}

TEST_CASE("settings: an address cannot smuggle a header or a command") {
  for (const char* bad : {"a@b.org\r\nBcc: x@y.org", "<a@b.org>", "A <a@b.org>", "a@b.org>",
                          "@b.org", "a@", "a b@c.org", "a@b.org\n"}) {
    INFO(bad);
    CHECK_FALSE(accepts("sender_email", bad));
  }
  CHECK(accepts("sender_email", "first.last+tag@example.org"));
}

TEST_CASE("settings: texts must be UTF-8 without control characters") {
  CHECK(accepts("slack_app_name",
                "Gr\xC3\xBC\xC3\x9F"
                "e \xF0\x9F\x98\x80"));
  for (const char* bad : {"a\nb", "a\x7F", "\xFF", "\xC3", "\xC0\x80", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xC2\x85", "\xE0\x80\x80", "\xF0\x80\x80\x80"}) {
    CHECK_FALSE(accepts("slack_app_name", bad));
  }
}

TEST_CASE("settings: a secret does not print") {
  CHECK_FALSE(Printable<Secret>);
  CHECK_FALSE(std::is_convertible_v<Secret, std::string>);
  const Secret secret{"x"};
  CHECK(secret.reveal() == "x");
}

namespace {

// What load() finds wrong, without file and line.
std::string faults(const std::string& text, const Variables& variables = {}) {
  std::string all;
  for (const auto& error : load(text, variables).errors) all += error.why + '\n';
  return all;
}

}  // namespace

TEST_CASE("settings: a misspelt key is named with the one that was meant, and its line") {
  const LoadedSettings loaded = load("a=1\nwebhok=https://hooks.example.com/secret\n");
  REQUIRE(loaded.errors.size() == 1);
  CHECK(loaded.errors[0].text() ==
        loaded.env_file.string() + ":2: webhok is not a setting of dblog; did you mean webhook?");
  CHECK(faults("mail_sever=x") ==
        "mail_sever is not a setting of dblog; did you mean mail_server?\n");
  CHECK(faults("recipent_emial=x") ==
        "recipent_emial is not a setting of dblog; did you mean recipient_email?\n");
}

TEST_CASE("settings: what begins with DBLOG_ is meant for dblog") {
  CHECK(faults("DBLOG_MAXDAYS=1\ndblog_max_mb=1\nDBLOG_webhook=1\nDBLOG_COLOR=1") ==
        "DBLOG_COLOR is not a setting of dblog; docs/settings.md lists them\n"
        "DBLOG_MAXDAYS is not a setting of dblog; did you mean DBLOG_MAX_DAYS?\n"
        "DBLOG_webhook is not a setting of dblog; did you mean webhook?\n"
        "dblog_max_mb is not a setting of dblog; did you mean DBLOG_MAX_MB?\n");
}

TEST_CASE("settings: DBLOG_TRUST in the file does not count: it says who may write the file") {
  CHECK(faults("DBLOG_TRUST=group") ==
        "DBLOG_TRUST is read from the environment only; set it there\n");
}

TEST_CASE(
    "settings: DBLOG_DB in the file does not count, and is reported unless it is set as well") {
  CHECK(faults("DBLOG_DB=x") == "DBLOG_DB is read from the environment only; set it there\n");
  CHECK(faults("DBLOG_DB=x", {{"DBLOG_DB", "x"}}).empty());
}

TEST_CASE("settings: a misspelt environment is named, and other programs' are not") {
  // In two pieces: codespell reads this, too.
  const std::string key = std::string("environ") + "emnt";
  CHECK(faults(key + "=prod") == key + " is not a setting of dblog; did you mean environment?\n");
  CHECK(faults("ENVIRONMENT=x\nEnvironment=x\nENVIRONEMNT=x\nenv=x\nENV=x\nenvironments=x\n"
               "environment2=x\nenvironment_=x\nenvironment_name=x\nAPP_ENVIRONMENT=x\n"
               "NODE_ENV=x\nRAILS_ENV=x\n")
            .empty());
  CHECK(faults("environment=prod\n" + key + "=x").empty());
}

TEST_CASE("settings: other programs' keys are never named") {
  CHECK(faults("WEBHOOK=x\nwebhook_url=x\nSLACK_WEBHOOK=x\nMAIL_SERVER=x\nSMTP_SERVER=x\n"
               "PASSWORD=x\npasswd=x\npassword2=x\nuser_name=x\nUSERNAME=x\nDB_PASSWORD=x\n"
               "server_host=x\nserver_ports=x\nvendor_email=x\nSENDER_EMAIL=x\nca_files=x\n"
               "AWS_SECRET_ACCESS_KEY=x\nDATABASE_URL=x\nDBLOGGER=x\n")
            .empty());
}

TEST_CASE("settings: a key that is like one that is set is another program's") {
  CHECK(faults("webhook=https://hooks.example.com/a\nwebhooks=x").empty());
  CHECK(faults("mail_sever=x", {{"mail_server", "smtp.example.org"}}).empty());
}

TEST_CASE("settings: beside settings for mail, keys that others have too count as misspelt") {
  CHECK(faults("mail_server=smtp.example.org\nPASSWORD=x\nuser_name=x") ==
        "PASSWORD is not a setting of dblog; did you mean password?\n"
        "user_name is not a setting of dblog; did you mean username?\n");
}

TEST_CASE("settings: an endless list of misspelt keys is cut") {
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "DBLOG_X" + std::to_string(i) + "=1\n";
  CHECK(load(text).errors.size() == 10);
}

TEST_CASE("settings: rules for scrubbing are keys between commas, and patterns on lines") {
  const auto rules = load(
                         "scrub_keys = password, api_token,,\n"
                         "scrub_patterns = 'a, b{2}\n\n  [0-9]+\\.x  \n'\n")
                         .settings.scrub;
  CHECK(rules.keys == std::vector<std::string>{"password", "api_token"});
  CHECK(rules.patterns == std::vector<std::string>{"a, b{2}", "[0-9]+\\.x"});
  CHECK(load("", {{"scrub_patterns", "x\ny|z"}}).settings.scrub.patterns.size() == 2);
  CHECK(load("").settings.scrub.is_empty());
}

TEST_CASE("settings: a rule that cannot be used is named by its number, and the others count") {
  const LoadedSettings loaded =
      load("scrub_keys = 'my secret, token'\nscrub_patterns = '[0-9]+\n(hunter2'\n");
  REQUIRE(loaded.errors.size() == 2);
  CHECK(loaded.errors[0].key == "scrub_keys");
  CHECK(loaded.errors[0].text().find(":1: scrub_keys number 1 is no name") != std::string::npos);
  CHECK(loaded.errors[1].key == "scrub_patterns");
  CHECK(loaded.errors[1].text().find(":2: scrub_patterns number 2 ") != std::string::npos);
  for (const auto& error : loaded.errors) {
    CHECK(error.text().find("secret") == std::string::npos);
    CHECK(error.text().find("hunter2") == std::string::npos);
  }
  CHECK(loaded.settings.scrub.keys == std::vector<std::string>{"token"});
  CHECK(loaded.settings.scrub.patterns == std::vector<std::string>{"[0-9]+"});
  CHECK(faults("scrub_key=x") == "scrub_key is not a setting of dblog; did you mean scrub_keys?\n");
}

TEST_CASE("settings: DBLOG_DELIVERY is one of three words, and nothing if it is not set") {
  using dblog::config::DeliverySetting;
  CHECK_FALSE(load("").settings.delivery.has_value());
  CHECK(load("DBLOG_DELIVERY=none").settings.delivery == DeliverySetting::none);
  CHECK(load("DBLOG_DELIVERY=next_run").settings.delivery == DeliverySetting::next_run);
  CHECK(load("DBLOG_DELIVERY=Helper").settings.delivery == DeliverySetting::helper);
  CHECK(load("DBLOG_DELIVERY=none", {{"DBLOG_DELIVERY", "helper"}}).settings.delivery ==
        DeliverySetting::helper);
  CHECK_FALSE(accepts("DBLOG_DELIVERY", "never"));
  CHECK_FALSE(load("DBLOG_DELIVERY=never").settings.delivery.has_value());
}
