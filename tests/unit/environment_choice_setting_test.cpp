// The settings slack_environments and mail_environments.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "src/config/settings.hpp"
#include "tests/support/temporary_directory.hpp"

using dblog::config::LoadedSettings;

namespace {

LoadedSettings load(const std::string& text) {
  const dblog::test::TemporaryDirectory directory;
  return dblog::config::load_settings(directory.write("test.env", text),
                                      [](const std::string&) -> const char* { return nullptr; });
}

}  // namespace

TEST_CASE("settings: environments are chosen for each channel") {
  const LoadedSettings loaded = load("slack_environments=prod , Staging\nmail_environments=prod\n");
  CHECK(loaded.errors.empty());
  CHECK(loaded.settings.slack_environments == std::vector<std::string>{"prod", "Staging"});
  CHECK(loaded.settings.mail_environments == std::vector<std::string>{"prod"});
}

TEST_CASE("settings: a choice of environments that is empty or cannot be one counts as none") {
  CHECK(load("slack_environments=\n").errors.empty());
  CHECK(load("slack_environments=\n").settings.slack_environments.empty());
  for (const std::string& bad :
       std::vector<std::string>{" , ,", "prod,\x01", "prod," + std::string(64, 'x')}) {
    const LoadedSettings loaded = load("mail_environments='" + bad + "'\n");
    REQUIRE(loaded.errors.size() == 1);
    CHECK_THAT(loaded.errors[0].text(), Catch::Contains("prod, staging") &&
                                            Catch::Contains("alerts of all environments are sent"));
    CHECK(loaded.settings.mail_environments.empty());
  }
  CHECK(load("slack_environments=prod," + std::string(63, 'x')).errors.empty());
}

TEST_CASE("settings: a misspelt choice of environments is reported") {
  const LoadedSettings loaded = load("slack_enviroments=prod\nslack_environment=prod\n");
  REQUIRE(loaded.errors.size() == 2);
  for (const auto& error : loaded.errors) {
    CHECK_THAT(error.text(), Catch::Contains("did you mean slack_environments?"));
  }
}
