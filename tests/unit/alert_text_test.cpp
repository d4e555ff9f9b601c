#include "src/event/alert_text.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

#include "src/event/program_release.hpp"
#include "src/sqlite/utf8.hpp"

namespace {

using dblog::alert_text;
using dblog::AlertText;
using dblog::Event;
using namespace std::string_view_literals;

AlertText text_of(const std::string& message) {
  return alert_text("error_table", Event{message}, "/srv/LOGS.db");
}

}  // namespace

TEST_CASE("alert text: the subject is the table and the first line of the message") {
  CHECK(text_of("disk full\nsda1").subject == "error_table: disk full");
  CHECK(text_of("\n\n  disk full\r\nsda1").subject == "error_table: disk full");
}

TEST_CASE("alert text: a message without text has a subject all the same") {
  CHECK(text_of("").subject == "error_table: (no message)");
  CHECK(text_of(" \n ").subject == "error_table: (no message)");
}

TEST_CASE("alert text: a long first line is cut between characters") {
  std::string message;
  for (int i = 0; i < 200; ++i) message += "ä";
  const std::string subject = text_of(message).subject;
  CHECK(dblog::store::is_utf8(subject));
  CHECK(subject.ends_with("ä…"));
  CHECK(subject.size() == std::string("error_table: ").size() + 119 * 2 + std::string("…").size());
}

TEST_CASE("alert text: a subject holds no line breaks, controls or broken UTF-8") {
  const auto message = "a\0b\x1B[2J\xFF\u2028Bcc: x\r\ny"sv;
  CHECK(text_of(std::string(message)).subject == "error_table: a b [2J\\xff Bcc: x");
}

TEST_CASE("alert text: the body says when, which process, which program, where") {
  setenv("TZ", "XYZ-05:30", 1);
  tzset();
  const AlertText text = alert_text(
      "error_table",
      Event{"disk full\nsda1", ::getpid(), dblog::Timestamp{std::chrono::microseconds{7}}},
      "/srv/LOGS.db");
  unsetenv("TZ");
  tzset();
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  char program[4096] = {};
  REQUIRE(::readlink("/proc/self/exe", program, sizeof program - 1) > 0);
  CHECK(text.body == std::string("disk full\nsda1\n\n") +
                         "Date:     1970-01-01 05:30:00.000007 (UTC+05:30)\n"
                         "Program:  " +
                         program + "\nHost:     " + host + "\nProcess:  " +
                         std::to_string(::getpid()) + ", thread " + std::to_string(::gettid()) +
                         "\nDatabase: /srv/LOGS.db, table error_table\n");
}

TEST_CASE("alert text: the release is that of this process, and of no other") {
  dblog::set_program_release("1.2.3");
  CHECK_THAT(text_of("x").body, Catch::Contains("\nRelease:  1.2.3\n"));
  const AlertText other = alert_text("t", Event{"x", 1}, "/srv/LOGS.db");
  CHECK_THAT(other.body, !Catch::Contains("Release:"));
}

TEST_CASE("alert text: the program of a process that is gone is left out") {
  const AlertText text = alert_text("t", Event{"x", 0x7FFFFFFF}, "/srv/LOGS.db");
  CHECK(text.body.find("Process:  2147483647\n") != std::string::npos);
  CHECK(text.body.find("Program:") == std::string::npos);
}
