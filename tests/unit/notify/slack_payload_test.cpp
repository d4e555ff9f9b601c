#include "src/notify/slack_payload.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace dblog::notify;
using nlohmann::json;

namespace {

json payload_of(const std::string& subject, const std::string& body,
                const std::string& name = "Shop") {
  dblog::config::Settings settings;
  settings.slack_app_name = name;
  return json::parse(slack_payload(settings, {"uuid", subject, body, "2026-01-31 12:00:00"}));
}

// UTF-16 units, as Slack may count.
std::size_t units(const std::string& text) {
  std::size_t number = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    number += byte >= 0xF0 ? 2 : (byte & 0xC0) == 0x80 ? 0 : 1;
  }
  return number;
}

void check_limits(const std::string& subject, const std::string& body) {
  dblog::config::Settings settings;
  settings.slack_app_name = std::string(500, 'n');
  const std::string text = slack_payload(settings, {"uuid", subject, body, "2026"});
  CHECK(text.size() <= kMaxSlackPayloadBytes);
  const json payload = json::parse(text);
  CHECK(units(payload["text"].get<std::string>()) <= kMaxSlackText);
  CHECK(payload["blocks"].size() <= kMaxSlackBlocks);
  for (const json& block : payload["blocks"]) {
    if (block["type"] == "context") continue;
    const std::string shown = block["text"]["text"];
    CHECK(!shown.empty());
    CHECK(units(shown) <= (block["type"] == "header" ? kMaxSlackHeader : kMaxSlackSection));
  }
}

}  // namespace

TEST_CASE("slack payload: has the name, fallback text, header, sections and context") {
  const json payload = payload_of("disk full", "disk full\n\nHost: web1\n");
  CHECK(payload["username"] == "Shop");
  CHECK(payload["text"] == "Shop: disk full\ndisk full\n\nHost: web1\n");
  REQUIRE(payload["blocks"].size() == 3);
  CHECK(payload["blocks"][0]["type"] == "header");
  CHECK(payload["blocks"][0]["text"]["type"] == "plain_text");
  CHECK(payload["blocks"][0]["text"]["text"] == "Shop: disk full");
  CHECK(payload["blocks"][1]["text"]["text"] == "disk full\n\nHost: web1\n");
  CHECK(payload["blocks"][2]["elements"][0]["text"] == "Shop · 2026-01-31 12:00:00");
}

TEST_CASE("slack payload: escapes what Slack would act on") {
  const json payload = payload_of("<!channel> & co", "<@U1> & <http://x|y>");
  CHECK(payload["blocks"][0]["text"]["text"] == "Shop: &lt;!channel&gt; &amp; co");
  CHECK(payload["blocks"][1]["text"]["text"] == "&lt;@U1&gt; &amp; &lt;http://x|y&gt;");
  CHECK(payload["text"].get<std::string>().find('<') == std::string::npos);
}

TEST_CASE("slack payload: any bytes become JSON that can be read") {
  using namespace std::string_literals;
  const json payload = payload_of("\xff\n\0"s, "\xff \0 \x1b[31m \xed\xa0\x80"s);
  CHECK(payload["blocks"][1]["text"]["text"] == "\\xff \\x00 \\x1b[31m \\xed\\xa0\\x80");
}

TEST_CASE("slack payload: without subject, name and body there is still something to show") {
  const json payload = payload_of("", " \n ", "");
  CHECK(payload["text"] == "(no subject)");
  CHECK(!payload.contains("username"));
  CHECK(payload["blocks"].size() == 2);
}

TEST_CASE("slack payload: stays within Slack's limits whatever is in it") {
  for (const std::string& piece :
       {std::string("a line of text\n"), std::string("&"), std::string("<"), std::string("\""),
        std::string("𝄞"), std::string("€"), std::string("\n"), std::string(1, '\0'),
        std::string(1'600, 'x') + "\n"}) {
    std::string text;
    while (text.size() < 600'000) text += piece;
    check_limits(text, text);
  }
}

TEST_CASE("slack payload: a text of many sections is whole, and its lines are") {
  std::string body;
  for (int i = 0; i < 400; ++i) body += "line " + std::to_string(i) + " of a long text\n";
  const json payload = payload_of("s", body);
  std::string shown;
  for (const json& block : payload["blocks"]) {
    if (block["type"] != "section") continue;
    const std::string section = block["text"]["text"];
    CHECK(section.ends_with('\n'));
    shown += section;
  }
  CHECK(shown == body);
}
