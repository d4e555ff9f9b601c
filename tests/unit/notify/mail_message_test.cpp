#include "src/notify/mail_message.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

using namespace dblog::notify;

namespace {

dblog::config::Settings settings() {
  dblog::config::Settings settings;
  settings.sender_email = "shop@example.org";
  settings.recipient_email = {"ops@example.org", "dev@example.org"};
  settings.email_app_name = "Shop";
  return settings;
}

bool is_sound(const std::string& mail) {
  for (std::size_t i = 0; i < mail.size(); ++i) {
    const auto byte = static_cast<unsigned char>(mail[i]);
    if (byte == 0 || byte > 126) return false;
    if (byte == '\r' && mail[i + 1] != '\n') return false;
    if (byte == '\n' && (i == 0 || mail[i - 1] != '\r')) return false;
  }
  return true;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t number = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++number;
  }
  return number;
}

}  // namespace

TEST_CASE("mail: is the same when it is sent again") {
  const Message message{"0b0e", "disk full", "disk full\n", "2026-01-31 12:00:00.000000"};
  const std::string mail = mail_message(settings(), message, "D");
  CHECK(mail == mail_message(settings(), message, "D"));
  CHECK(mail.find("\r\nMessage-ID: <0b0e@example.org>\r\n") != std::string::npos);
}

TEST_CASE("mail: nothing in a message adds a header") {
  const Message message{"x\r\nX-Evil: 1", "s\r\nX-Evil: 2\nX-Evil: 3\rX-Evil: 4", "b", ""};
  auto evil = settings();
  evil.email_app_name = "Shop\r\nX-Evil: 5";
  const std::string mail = mail_message(evil, message, "D");
  CHECK(mail.find("\nX-Evil") == std::string::npos);
  CHECK(is_sound(mail));
}

TEST_CASE("mail: is at most 1 MiB whatever the message is, and says what it left out") {
  for (const std::string& piece : {std::string("plain text, a line\n"), std::string("𝄞"),
                                   std::string("&<>\""), std::string("="), std::string(1, '\0')}) {
    std::string body;
    while (body.size() < 3 * kMaxMailBytes) body += piece;
    const std::string mail = mail_message(settings(), {"u", "s", body, ""}, "D");
    CHECK(mail.size() <= kMaxMailBytes);
    CHECK(mail.size() > kMaxMailBytes / 3);
    CHECK(count(mail, "left out here") == 2);
    CHECK(is_sound(mail));
  }
}

TEST_CASE("mail: a part of the text cannot end the mail's parts") {
  const std::string mail =
      mail_message(settings(), {"u", "s", "--=_dblog_u--\n--=_dblog_u\n", ""}, "D");
  CHECK(count(mail, "\r\n--=_dblog_u") == 3);
}

TEST_CASE("mail date: is RFC 5322, in local time") {
  ::setenv("TZ", "XXX-5:30", 1);
  ::tzset();
  CHECK(mail_date(784'111'777) == "Sun, 06 Nov 1994 14:19:37 +0530");
  ::setenv("TZ", "XXX+9:30", 1);
  ::tzset();
  CHECK(mail_date(784'111'777) == "Sat, 05 Nov 1994 23:19:37 -0930");
  ::unsetenv("TZ");
  ::tzset();
}
