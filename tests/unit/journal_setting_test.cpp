// The setting `journal`.
#include <catch2/catch.hpp>
#include <string>

#include "src/config/settings.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

dblog::config::LoadedSettings load(const std::string& text, const char* variable = nullptr) {
  const dblog::test::TemporaryDirectory directory;
  return dblog::config::load_settings(
      directory.write("test.env", text),
      [variable](const std::string& name) { return name == "journal" ? variable : nullptr; });
}

}  // namespace

TEST_CASE("settings: the journal is off by default, on with true, and refuses other words") {
  CHECK_FALSE(load("").settings.journal);
  CHECK(load("journal=true\n").settings.journal);
  CHECK(load("journal = TRUE\n").settings.journal);
  CHECK_FALSE(load("journal=true\n", "false").settings.journal);
  const auto refused = load("journal=yes\n");
  CHECK_FALSE(refused.settings.journal);
  REQUIRE(refused.errors.size() == 1);
  CHECK_THAT(refused.errors[0].text(), Catch::Contains("must be true or false"));
}
