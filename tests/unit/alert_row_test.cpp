#include "src/event/alert_row.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

#include "src/event/program_release.hpp"
#include "src/text/valid_text.hpp"

namespace {

using dblog::Event;
using dblog::event::alert_row;
using dblog::store::AlertRow;
using namespace std::string_view_literals;

AlertRow row_of(const std::string& message) { return alert_row("error_table", Event{message}); }

}  // namespace

TEST_CASE("alert row: the subject is the table and the first line of the message") {
  CHECK(row_of("disk full\nsda1").subject == "error_table: disk full");
  CHECK(row_of("\n\n  disk full\r\nsda1").subject == "error_table: disk full");
}

TEST_CASE("alert row: a severity that is not the usual one stands before the subject") {
  using dblog::Severity;
  const Event event{"disk full"};
  CHECK(alert_row("t", event, Severity::critical).subject == "[critical] t: disk full");
  CHECK(alert_row("t", event, Severity::info).subject == "[info] t: disk full");
  CHECK(alert_row("t", event, Severity::error).subject == "t: disk full");
  CHECK(alert_row("t", event, static_cast<Severity>(9)).subject == "t: disk full");
}

TEST_CASE("alert row: a message without text has a subject all the same") {
  CHECK(row_of("").subject == "error_table: (no message)");
  CHECK(row_of(" \n ").subject == "error_table: (no message)");
}

TEST_CASE("alert row: a long first line is cut between characters") {
  std::string message;
  for (int i = 0; i < 200; ++i) message += "ä";
  const std::string subject = row_of(message).subject;
  CHECK(dblog::text::is_utf8(subject));
  CHECK(subject.ends_with("ä…"));
  CHECK(subject.size() == std::string("error_table: ").size() + 119 * 2 + std::string("…").size());
}

TEST_CASE("alert row: a subject holds no line breaks, controls or broken UTF-8") {
  const auto message = "a\0b\x1B[2J\xFF\u2028Bcc: x\r\ny"sv;
  CHECK(row_of(std::string(message)).subject == "error_table: a b [2J\\xff Bcc: x");
}

TEST_CASE("alert row: has where the event's date is, which process, which program, where") {
  setenv("TZ", "XYZ-05:30", 1);
  tzset();
  const AlertRow row =
      alert_row("error_table",
                Event{"disk full", ::getpid(), dblog::Timestamp{std::chrono::microseconds{7}}});
  unsetenv("TZ");
  tzset();
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  char program[4096] = {};
  REQUIRE(::readlink("/proc/self/exe", program, sizeof program - 1) > 0);
  CHECK(row.utc_offset_seconds == 19'800);
  CHECK(row.program == program);
  CHECK(row.host == host);
  CHECK(row.process_id == ::getpid());
  CHECK(row.thread_id == ::gettid());
}

TEST_CASE("alert row: the release is that of this process, and of no other") {
  dblog::event::set_program_release("1.2.3");
  CHECK(row_of("x").release == "1.2.3");
  const AlertRow other = alert_row("t", Event{"x", 1});
  CHECK(other.release.empty());
  CHECK(other.thread_id == 0);
}

TEST_CASE("alert row: the program of a process that is gone is not known") {
  const AlertRow row = alert_row("t", Event{"x", 0x7FFFFFFF});
  CHECK(row.process_id == 0x7FFFFFFF);
  CHECK(row.program.empty());
}
