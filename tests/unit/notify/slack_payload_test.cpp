#include "src/notify/slack_payload.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>

using namespace dblog::notify;
using dblog::text::LaidOutText;
using dblog::text::MessagePart;
using dblog::text::PartKind;
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

void check_text(const json& text, std::size_t limit) {
  const std::string shown = text["text"];
  CHECK(!shown.empty());
  CHECK(units(shown) <= limit);
}

void check_limits(const std::string& subject, const std::string& body,
                  const std::vector<MessagePart>& parts = {}) {
  dblog::config::Settings settings;
  settings.slack_app_name = std::string(500, 'n');
  const std::string text = slack_payload(settings, {"uuid", subject, body, "2026", parts});
  CHECK(text.size() <= kMaxSlackPayloadBytes);
  const json payload = json::parse(text);
  CHECK(units(payload["text"].get<std::string>()) <= kMaxSlackText);
  CHECK(payload["blocks"].size() <= kMaxSlackBlocks);
  for (const json& block : payload["blocks"]) {
    if (block["type"] == "context") continue;
    const json fields = block.value("fields", json::array());
    CHECK(fields.size() <= kMaxSlackFields);
    for (const json& field : fields) check_text(field, kMaxSlackField);
    if (!fields.empty()) continue;
    check_text(block["text"], block["type"] == "header" ? kMaxSlackHeader : kMaxSlackSection);
  }
}

}  // namespace

TEST_CASE("slack payload: has the name, fallback text, header, sections and context") {
  const json payload = payload_of("disk full", "disk full\n\nHost: web1\n");
  CHECK(payload["username"] == "Shop");
  CHECK(payload["text"] == "Shop: disk full\n```\ndisk full\n\nHost: web1\n```");
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
    for (const std::size_t size : {500U, 7'000U, 30'000U}) {
      LaidOutText laid_out;
      for (const PartKind kind :
           {PartKind::summary, PartKind::words, PartKind::fact, PartKind::fact, PartKind::code}) {
        laid_out.add(kind, text.substr(0, size), text.substr(0, 300));
        laid_out.add("\n");
      }
      check_limits("s", laid_out.body, laid_out.parts);
    }
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

TEST_CASE("slack payload: parts that need more than Slack takes go as plain sections") {
  LaidOutText text;
  for (int i = 0; i < 60; ++i) {
    text.add(PartKind::code, "stack " + std::to_string(i), "Stack");
    text.add("\n");
  }
  check_limits("s", text.body, text.parts);
  const json payload = json::parse(slack_payload({}, {"u", "s", text.body, "", text.parts}));
  REQUIRE(payload["blocks"].size() == 2);
  CHECK(payload["blocks"][1]["text"]["text"] == text.body);
}

TEST_CASE("slack payload: parts that are not the text's are not believed") {
  for (const std::vector<MessagePart>& parts :
       {std::vector<MessagePart>{{PartKind::words, "", 3, 5}},
        std::vector<MessagePart>{{PartKind::words, "", 9, 0}},
        std::vector<MessagePart>{{PartKind::words, "", 1, SIZE_MAX}},
        std::vector<MessagePart>{{PartKind::words, "", 0, 3}, {PartKind::words, "", 2, 1}}}) {
    const json payload = json::parse(slack_payload({}, {"u", "s", "1234567", "", parts}));
    CHECK(payload["blocks"][1]["text"]["text"] == "1234567");
  }
}

TEST_CASE("slack payload: a long text of the program's leaves the fallback room for the facts") {
  LaidOutText text;
  text.add(PartKind::words, std::string(10'000, 'x'));
  text.add("\n\nProgram: ");
  text.add(PartKind::fact, "shop", "Program");
  const json payload = json::parse(slack_payload({}, {"u", "s", text.body, "", text.parts}));
  const std::string shown = payload["text"];
  CHECK(shown.size() < 1'000);
  CHECK(shown.find("xxx…\n\nProgram: shop\n```") != std::string::npos);
}

TEST_CASE("slack payload: a text that its subject says already stands once in the fallback") {
  CHECK(payload_of("deployed", "deployed")["text"] == "Shop: deployed");
  CHECK(payload_of("deployed", "deployed\nto web1")["text"] ==
        "Shop: deployed\n```\ndeployed\nto web1\n```");
}

TEST_CASE("slack payload: for servers that read Markdown, the line above the code is none") {
  CHECK(payload_of("@all [x](http://y) ``` code", "b")["text"] ==
        "Shop: @\u200ball [\u200bx](http://y) ˋˋˋ code\n```\nb\n```");
}
