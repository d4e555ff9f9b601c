// The bodies of messages, byte for byte, as the files of expected/ have them:
//   NAME.txt   the plain text: what is kept, and the first part of a mail
//   NAME.html  the second part of a mail
//   NAME.json  what Slack gets, with line breaks for readers and for Block Kit Builder
// `unit_layout "[write]"` writes them again: look at the difference before you commit it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "src/notify/mail_message.hpp"
#include "src/notify/mail_page.hpp"
#include "src/notify/plain_text.hpp"
#include "src/notify/slack_payload.hpp"
#include "tests/layout/sample_messages.hpp"

using dblog::notify::Message;
using dblog::test::sample_messages;
using nlohmann::ordered_json;

namespace {

dblog::config::Settings settings() {
  dblog::config::Settings settings;
  settings.slack_app_name = "Shop";
  settings.email_app_name = "Shop";
  settings.sender_email = "shop@example.org";
  settings.recipient_email = {"ops@example.org"};
  return settings;
}

std::string json_of(const Message& message) {
  return ordered_json::parse(slack_payload(settings(), message)).dump(2) + '\n';
}

std::string page_of(const Message& message) {
  return dblog::notify::mail_page("Shop: " + dblog::notify::sendable_line(message.subject, 200),
                                  message);
}

std::string path_of(const std::string& name, const std::string& ending) {
  return std::string(EXPECTED_TEXTS) + '/' + name + ending;
}

std::string expected(const std::string& name, const std::string& ending) {
  std::ifstream file(path_of(name, ending), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string without_tags(std::string html) {
  html.erase(0, html.find("<body"));
  std::string text;
  bool is_tag = false;
  for (const char c : html) {
    is_tag = (is_tag || c == '<') && !(is_tag && c == '>');
    if (!is_tag && c != '>') text += c;
  }
  for (const auto& [entity, character] :
       {std::pair{"&lt;", "<"}, std::pair{"&gt;", ">"}, std::pair{"&amp;", "&"}}) {
    for (auto at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1)) {
      text.replace(at, std::string(entity).size(), character);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("layout: a message's texts are exactly these") {
  for (const auto& [name, message] : sample_messages()) {
    CAPTURE(name);
    CHECK(dblog::notify::sendable_text(message.body) == expected(name, ".txt"));
    CHECK(page_of(message) == expected(name, ".html"));
    CHECK(json_of(message) == expected(name, ".json"));
  }
}

TEST_CASE("layout: a mail has the plain text and the page, as they are here") {
  for (const auto& [name, message] : sample_messages()) {
    const std::string mail = mail_message(settings(), message, "D");
    CHECK(mail.find("\r\nContent-Type: multipart/alternative;") != std::string::npos);
    const auto text = mail.find("\r\nContent-Type: text/plain; charset=utf-8\r\n");
    const auto html = mail.find("\r\nContent-Type: text/html; charset=utf-8\r\n");
    CHECK(text < html);
    CHECK(html != std::string::npos);
  }
}

TEST_CASE("layout: without any style a mail has the text's parts, in their order") {
  for (const auto& [name, message] : sample_messages()) {
    CAPTURE(name);
    const std::string shown = without_tags(page_of(message));
    std::size_t at = 0;
    for (const auto& part : message.parts) {
      const std::string wanted = dblog::notify::sendable_text(text_of(message.body, part));
      CAPTURE(wanted);
      at = shown.find(wanted, at);
      REQUIRE(at != std::string::npos);
      at += wanted.size();
    }
  }
}

TEST_CASE("layout: a mail loads nothing, runs nothing and links nowhere") {
  for (const auto& [name, message] : sample_messages()) {
    const std::string page = page_of(message);
    for (const char* tag : {"<script", "<img", "<link", "<a ", "<iframe", "<b", "<!channel"}) {
      std::size_t count = 0;
      for (auto at = page.find(tag); at != std::string::npos; at = page.find(tag, at + 1)) ++count;
      CHECK(count == (std::string(tag) == "<b" ? 1 : 0));  // <body
    }
    for (const char* word : {"url(", "@import", "src=\"", "href="}) {
      CHECK(page.find(word) == std::string::npos);
    }
  }
}

TEST_CASE("layout: in Slack only code and our own names are formatted, and no text ends code") {
  for (const auto& [name, message] : sample_messages()) {
    CAPTURE(name);
    std::vector<std::string> formatted;
    const auto look_at = [&](const ordered_json& text) {
      CHECK(text["text"].get<std::string>().find_first_of("<>") == std::string::npos);
      if (text["type"] == "mrkdwn") formatted.push_back(text["text"]);
    };
    const auto payload = ordered_json::parse(slack_payload(settings(), message));
    for (const auto& block : payload["blocks"]) {
      if (block.contains("text")) look_at(block["text"]);
      for (const auto& field : block.value("fields", ordered_json::array())) look_at(field);
    }
    formatted.push_back(payload["text"]);
    for (const std::string& text : formatted) {
      const std::size_t opening = text.find("```");
      if (opening == std::string::npos) {
        CHECK(text.find('`') == std::string::npos);
        continue;
      }
      CHECK(text.substr(0, opening).find('`') == std::string::npos);
      CHECK(text.find("```", opening + 3) == text.size() - 3);
    }
  }
}

TEST_CASE("layout: write the expected texts", "[.][write]") {
  for (const auto& [name, message] : sample_messages()) {
    std::ofstream(path_of(name, ".txt"), std::ios::binary)
        << dblog::notify::sendable_text(message.body);
    std::ofstream(path_of(name, ".html"), std::ios::binary) << page_of(message);
    std::ofstream(path_of(name, ".json"), std::ios::binary) << json_of(message);
  }
}
