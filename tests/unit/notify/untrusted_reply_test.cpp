#include <catch2/catch.hpp>
#include <chrono>
#include <ctime>

#include "src/notify/mime_encoding.hpp"
#include "src/notify/retry_after.hpp"
#include "src/notify/secret_mask.hpp"
#include "src/notify/slack_reasons.hpp"

using namespace dblog;
using namespace dblog::notify;

namespace {

config::Settings secrets() {
  config::Settings settings;
  settings.webhook = config::Secret{"https://hooks.example.org/services/T0123/B4567/Kr1pt0"};
  settings.username = config::Secret{"shopkeeper"};
  settings.password = config::Secret{"Open Sesame!"};
  return settings;
}

constexpr std::time_t kNow = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT

}  // namespace

TEST_CASE("secret mask: hides every form of every secret") {
  const SecretMask mask{secrets()};
  for (const std::string& secret :
       {std::string("https://hooks.example.org/services/T0123/B4567/Kr1pt0"),
        std::string("/services/T0123/B4567/Kr1pt0"), std::string("T0123/B4567/Kr1pt0"),
        std::string("Kr1pt0"), std::string("KR1PT0"), std::string("shopkeeper"),
        std::string("Open Sesame!"), std::string("open sesame!"), base64("Open Sesame!"),
        base64("shopkeeper")}) {
    CHECK(mask.apply("[" + secret + "]").find_first_not_of("[]*/") == std::string::npos);
  }
}

TEST_CASE("secret mask: hides a password within a longer base64 text") {
  const SecretMask mask{secrets()};
  using namespace std::string_literals;
  for (const std::string& login :
       {"\0shopkeeper\0Open Sesame!"s, "shopkeeper:Open Sesame!"s, "x\0shopkeeper\0Open Sesame!"s,
        "xy\0shopkeeper\0Open Sesame!yz"s}) {
    const std::string encoded = base64(login);
    const std::string masked = mask.apply("535 " + encoded);
    CHECK(masked.find("***") != std::string::npos);
    // Of sixteen digits of the password, no four that are left stand together.
    for (std::size_t i = encoded.size() - 14; i + 8 < encoded.size(); ++i) {
      CHECK(masked.find(encoded.substr(i, 4)) == std::string::npos);
    }
  }
}

TEST_CASE("secret mask: hides what was written for a URL") {
  const SecretMask mask{secrets()};
  CHECK(mask.apply("password=Open%20Sesame%21 refused") == "password=*** refused");
  CHECK(mask.apply("password=Open+Sesame%21 refused") == "password=*** refused");
  CHECK(mask.apply("to=%2Fservices%2fT0123%2FB4567%2FKr1pt0") == "to=***");
  CHECK(mask.apply("%4b%72%31%70%74%30!") == "***!");
  config::Settings other;
  other.password = config::Secret{"?>?>?>"};
  CHECK(mask.apply("100% sure, 5%x") == "100% sure, 5%x");
  CHECK(SecretMask{other}.apply("[Pz4_Pj8-]") == "[***]");
}

TEST_CASE("secret mask: hides a webhook's path in base64, in hexadecimal and backwards") {
  const SecretMask mask{secrets()};
  CHECK(mask.apply("[" + base64("/services/T0123/B4567/Kr1pt0") + "]") == "[***]");
  CHECK(mask.apply("[2f73657276696365732f54303132332f42343536372f4b7231707430]") == "[***]");
  CHECK(mask.apply("[4B7231707430]") == "[***]");
  CHECK(mask.apply("[\\x4b\\x72\\x31\\x70\\x74\\x30]") == "[***]");
  CHECK(mask.apply("[0tp1rK/7654B/3210T/secivres/]") == "[***]");
  CHECK(mask.apply("[0tp1rK]") == "[***]");
  CHECK(mask.apply("[!emaseS nepO]") == "[***]");
  CHECK(mask.apply("[4f70656e20536573616d6521]") == "[***]");
  CHECK(mask.apply("C:\\xy and \\x4") == "C:\\xy and \\x4");
}

TEST_CASE("secret mask: a secret of one letter in a long reply takes no time to speak of") {
  config::Settings short_one;
  short_one.username = config::Secret{"a"};
  const std::clock_t start = std::clock();
  CHECK(SecretMask{short_one}.apply(std::string(65'536, 'a'), 9) == "********…");
  CHECK(std::clock() - start < 2 * CLOCKS_PER_SEC);  // of this process, however busy the machine
}

TEST_CASE("secret mask: hides the beginning of a secret where a reply is truncated") {
  const SecretMask mask{secrets()};
  CHECK(mask.apply("you said Open Ses") == "you said ***");
}

TEST_CASE("secret mask: leaves other words alone") {
  CHECK(SecretMask{secrets()}.apply("no such services here") == "no such services here");
  CHECK(SecretMask{config::Settings{}}.apply("anything") == "anything");
}

TEST_CASE("secret mask: gives one short line of UTF-8") {
  const SecretMask mask{secrets()};
  CHECK(mask.apply(" one\r\ntwo \xff\x1b[31m \r\n") == "one  two \\xff [31m");
  CHECK(mask.apply(std::string(5'000, 'x')).size() < 210);
  CHECK(mask.apply(" \r\n") == "");
}

TEST_CASE("Retry-After: seconds and dates are understood") {
  using std::chrono::seconds;
  CHECK(parse_retry_after(" 30 \r\n", kNow) == seconds(30));
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", kNow) == seconds(30));
  CHECK(parse_retry_after("604800", kNow) == seconds(604'800));
}

TEST_CASE("Retry-After: anything else counts as none") {
  for (const char* value :
       {"", " ", "0", "-5", "+5", "soon", "5 minutes", "1e9", "0x10", "3.5", "604801",
        "99999999999999999999", "Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 9999 08:49:36 GMT",
        "Sun, 06 Xxx 1994 08:50:07 GMT", "Sun, 06 Nov 1994 99:50:07 GMT",
        "Sun, 06 Nov 1994 08:50:07 EST", "Sunday, 06-Nov-94 08:50:07 GMT"}) {
    CHECK_FALSE(parse_retry_after(value, kNow).has_value());
  }
}

TEST_CASE("Slack's reasons: documented words have advice, others have none") {
  CHECK(slack_advice("no_service").find("new one") != std::string_view::npos);
  CHECK(slack_advice("").empty());
  CHECK(slack_advice("no_service ").empty());
}
