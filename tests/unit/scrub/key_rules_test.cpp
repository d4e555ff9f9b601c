#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "src/scrub/key_names.hpp"
#include "src/scrub/key_values.hpp"
#include "src/scrub/rules.hpp"

namespace {

using dblog::scrub::copy_without_values;
using dblog::scrub::KeyNames;
using dblog::scrub::RuleFault;
using dblog::scrub::Rules;
using dblog::scrub::RuleTexts;
using dblog::scrub::usable_rules;

const KeyNames kKeys{{"password", "Token", "authorization"}};

std::string without_values(const std::string& text) {
  std::string out(2 * text.size() + 100, '\0');
  out.resize(copy_without_values(kKeys, text, out.data(), out.size()));
  return out;
}

}  // namespace

TEST_CASE("key names: a key is a word of a secret name, whatever the case") {
  for (const char* name :
       {"password", "PASSWORD", "db_password", "X-Auth-Token", "authToken", "token2", "token_id",
        "user.password", "ÄToken", "DBPassword", "APIToken", "HTTPAuthorization", "TOKENValue",
        "APITOKEN_V2_TOKEN", "TOKEN_Value"}) {
    CAPTURE(name);
    CHECK(kKeys.is_secret(name));
  }
  for (const char* name :
       {"", "passwor", "passwords", "mytoken", "tokens", "päss", "APITOKEN", "TOKENS", "TOKENs"}) {
    CAPTURE(name);
    CHECK_FALSE(kKeys.is_secret(name));
  }
  CHECK_FALSE(KeyNames{}.is_secret("password"));
}

TEST_CASE("key names: what is no name is refused with the reason") {
  CHECK(KeyNames::fault_of("api_key").empty());
  CHECK(KeyNames::fault_of("") == "is empty");
  CHECK(KeyNames::fault_of("a=b").find("is no name") == 0);
  CHECK(KeyNames::fault_of(std::string(65, 'a')) == "is longer than 64 bytes");
}

TEST_CASE("key values: a value ends where its kind of pair ends") {
  CHECK(without_values("password=hunter2 for bob") == "password=[scrubbed] for bob");
  CHECK(without_values("GET /?token=abc&x=1") == "GET /?token=[scrubbed]&x=1");
  CHECK(without_values("db_password = hunter2") == "db_password = [scrubbed]");
  CHECK(without_values("Authorization: Bearer abc\nHost: x") ==
        "Authorization: [scrubbed]\nHost: x");
  CHECK(without_values(R"({"password": "a \" b", "user": "bob"})") ==
        R"({"password": "[scrubbed]", "user": "bob"})");
  CHECK(without_values(R"("{\"token\":\"a b\",\"n\":1}")") ==
        R"("{\"token\":\"[scrubbed]\",\"n\":1}")");
  CHECK(without_values("password='a b' c") == "password='[scrubbed]' c");
  CHECK(without_values("DBPassword=hunter2 APIToken=abc") ==
        "DBPassword=[scrubbed] APIToken=[scrubbed]");
  CHECK(without_values("user[password]=x&user[name]=bob") ==
        "user[password]=[scrubbed]&user[name]=bob");
  CHECK(without_values("form[\"password\"] = 'a b'") == "form[\"password\"] = '[scrubbed]'");
  CHECK(without_values(":token => secret!") == ":token => [scrubbed]");
  CHECK(without_values("password=\"never closed\nnext") == "password=\"[scrubbed]");
  CHECK(without_values("password=a token=b") == "password=[scrubbed] token=[scrubbed]");
}

TEST_CASE("key values: texts without secret pairs stay as they are") {
  for (const char* text :
       {"", "password", "password=", "no = pairs: here", "std::token::parse failed", "=", ":",
        "a=b", "password\n=x", "the password was wrong", "token: \nnext"}) {
    CAPTURE(text);
    CHECK(without_values(text) == text);
  }
}

TEST_CASE("key values: scrubbed twice is scrubbed once, and the copy stays in its bounds") {
  const std::string once = without_values("token: a b c");
  CHECK(without_values(once) == once);
  char small[12];
  CHECK(copy_without_values(kKeys, "token=abc", small, sizeof small) == sizeof small);
  CHECK(std::string(small, sizeof small) == "token=[scrub");
}

TEST_CASE("rules: faults name the rule by number, not its text, and the others count") {
  const RuleTexts texts{{"password", "s3cr=t"}, {"(hunter", "[0-9]{4}"}};
  std::vector<RuleFault> faults;
  const RuleTexts usable = usable_rules(texts, faults);
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].text().find("key 2 is no name") == 0);
  CHECK(faults[1].text().find("pattern 1 ") == 0);
  CHECK(faults[1].text().find("hunter") == std::string::npos);
  CHECK(usable.keys == std::vector<std::string>{"password"});
  CHECK(usable.patterns == std::vector<std::string>{"[0-9]{4}"});
  CHECK(Rules{texts}.scrubbed("password=x 1234") == "password=[scrubbed] [scrubbed]");
}

TEST_CASE("rules: too many of them are faults") {
  std::vector<RuleFault> faults;
  const RuleTexts usable = usable_rules(
      {std::vector<std::string>(65, "key"), std::vector<std::string>(65, "x")}, faults);
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].text() == "key 65 is one too many: there may be 64");
  CHECK(faults[1].text() == "pattern 65 is one too many: there may be 64");
  CHECK(usable.keys.size() == 64);
  CHECK(usable.patterns.size() == 64);
}

TEST_CASE("rules: what is scrubbed stays as it is") {
  const Rules rules{{{"token"}, {"[a-z]{3,}"}}};
  std::string text = "token=abc: 1 secret, 2";
  rules.scrub(text);
  CHECK(text == "[scrubbed]=[scrubbed] 1 [scrubbed], 2");
  const std::string once = text;
  rules.scrub(text);
  CHECK(text == once);
  CHECK(Rules{RuleTexts{}}.is_empty());
}
