#include "src/notify/smtp_trace.hpp"

#include <catch2/catch.hpp>

using namespace dblog::notify;

namespace {

void reach_recipients(SmtpTrace& trace) {
  REQUIRE(trace.on_reply_line("220 hello\r\n"));
  trace.on_command("EHLO me\r\n");
  REQUIRE(trace.on_reply_line("250-test\r\n"));
  REQUIRE(trace.on_reply_line("250 AUTH PLAIN\r\n"));
  trace.on_command("MAIL FROM:<a@b>\r\n");
  REQUIRE(trace.on_reply_line("250 ok\r\n"));
  trace.on_command("RCPT TO:<c@d>\r\n");
}

}  // namespace

TEST_CASE("SMTP trace: the reply after the message counts, the good-bye's does not") {
  SmtpTrace trace{false};
  reach_recipients(trace);
  REQUIRE(trace.on_reply_line("250 ok"));
  trace.on_command("DATA\r\n");
  REQUIRE(trace.on_reply_line("354 go on"));
  CHECK_FALSE(trace.ended_with_reply());
  trace.on_command("QUIT\r\n");  // a line of the message
  REQUIRE(trace.on_reply_line("250 queued"));
  trace.on_command("QUIT\r\n");
  REQUIRE(trace.on_reply_line("421 bye"));
  CHECK(trace.final_code() == 250);
  CHECK(trace.text() == "queued");
}

TEST_CASE("SMTP trace: a refused recipient is counted, a deferred one ends it") {
  SmtpTrace trace{false};
  reach_recipients(trace);
  CHECK(trace.on_reply_line("550-no\r\n"));
  CHECK(trace.on_reply_line("550 such user\r\n"));
  CHECK(trace.refused_recipients() == 1);
  CHECK(trace.refused_text() == "no such user");
  trace.on_command("RCPT TO:<e@f>\r\n");
  CHECK_FALSE(trace.on_reply_line("450 later\r\n"));
}

TEST_CASE("SMTP trace: a reply that another command followed did not end it") {
  SmtpTrace trace{false};
  reach_recipients(trace);
  REQUIRE(trace.on_reply_line("550 no"));
  CHECK(trace.ended_with_reply());
  trace.on_command("DATA\r\n");
  CHECK_FALSE(trace.ended_with_reply());
}

TEST_CASE("SMTP trace: without a login that was asked for, nothing is sent") {
  SmtpTrace trace{true};
  REQUIRE(trace.on_reply_line("220 hello"));
  trace.on_command("MAIL FROM:<a@b>\r\n");
  CHECK_FALSE(trace.on_reply_line("250 ok"));
  CHECK(trace.login_not_offered());
}

TEST_CASE("SMTP trace: endless and strange lines are bounded") {
  SmtpTrace trace{false};
  int lines = 0;
  while (trace.on_reply_line("220-" + std::string(500, 'x') + "\r\n")) ++lines;
  CHECK(lines < 1'000);
  CHECK(trace.text().size() < 10'000);
  SmtpTrace other{false};
  for (const char* line : {"", "\r\n", "2", "abc", "12a x", "220x", "\xff\xff\xff"}) {
    CHECK(other.on_reply_line(line));
  }
  CHECK(other.code() == 0);
}
