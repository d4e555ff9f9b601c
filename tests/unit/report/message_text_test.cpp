#include "src/report/message_text.hpp"

#include <catch2/catch.hpp>

using dblog::reader::Details;
using dblog::reader::EventStacks;
using dblog::report::brief_message;
using dblog::report::MessageText;
using dblog::report::show_command;
using dblog::report::whole_message;
using dblog::store::Row;

namespace {

constexpr std::int64_t kThread = 7;

Row frame(const std::string& function, std::int64_t depth) {
  return {{{"thread", kThread},
           {"depth", depth},
           {"function", function},
           {"file", std::string("/srv/app/src/parser.cpp")},
           {"line", std::int64_t{42}},
           {"module", std::string("/usr/bin/app")}}};
}

Details crash() {
  Details details;
  details.entry.id = {"crashes", 3};
  details.entry.is_crash = true;
  details.entry.row.columns = {{"kind", std::string("signal")},
                               {"signal", std::int64_t{11}},
                               {"signal_name", std::string("SIGSEGV")},
                               {"signal_code", std::int64_t{1}},
                               {"fault_address", std::string("0x0")},
                               {"msg", std::string("SIGSEGV: write to address 0x0")},
                               {"access", std::string("write")},
                               {"executable", std::string("/usr/bin/app")},
                               {"release", std::string("1.2.3")},
                               {"host", std::string("web1")},
                               {"pid", std::int64_t{6}},
                               {"tid", kThread},
                               {"thread_name", std::string("worker")},
                               {"fingerprint", std::string("2:af64")},
                               {"stack_trace", std::string("#0 parse_header\n")}};
  details.number_in_group = 3;
  details.frames = {frame("parse_header(char*)", 0), frame("main", 1)};
  return details;
}

Details event() {
  Details details;
  details.entry.id = {"error_table", 5};
  details.stacks = EventStacks{};
  details.stacks->pushed.frames = {frame("report()", 0)};
  details.stacks->thrown.frames = {frame("divide(int, int)", 0)};
  return details;
}

Row crash_alert() {
  return {{{"subject", std::string("SIGSEGV in app on web1")},
           {"body", std::string("SIGSEGV: write to address 0x0")},
           {"created", std::string("2026-01-31 12:00:00.000001")},
           {"source_table", std::string("crashes")},
           {"source_id", std::int64_t{3}},
           {"utc_offset", std::int64_t{-12'600}}}};
}

Row event_alert(const std::string& message = "disk full") {
  return {{{"subject", std::string("error_table: disk full")},
           {"body", message},
           {"created", std::string("2026-01-31 12:00:00.000001")},
           {"source_table", std::string("error_table")},
           {"source_id", std::int64_t{5}},
           {"utc_offset", std::int64_t{3'600}},
           {"program", std::string("/usr/bin/shop")},
           {"host", std::string("web1")},
           {"pid", std::int64_t{6}},
           {"tid", std::int64_t{7}}}};
}

const std::string kFactsOfEvent =
    "Date:     2026-01-31 12:00:00.000001 (UTC+01:00)\n"
    "Program:  /usr/bin/shop\n"
    "Host:     web1\n"
    "Process:  6, thread 7\n"
    "Database: /srv/LOGS.db, table error_table\n";

}  // namespace

TEST_CASE("message text: a crash's says what happened, the message, the facts and the stack") {
  const MessageText text = whole_message(crash_alert(), crash(), "/srv/LOGS.db");
  CHECK(text.body ==
        "app died of SIGSEGV: it wrote to address 0x0 in parse_header (src/parser.cpp:42), called "
        "from main; likely a null pointer\n\n"
        "SIGSEGV: write to address 0x0\n\n"
        "Date:     2026-01-31 12:00:00.000001 (UTC-03:30)\n"
        "Program:  /usr/bin/app\n"
        "Release:  1.2.3\n"
        "Host:     web1\n"
        "Process:  6, thread 7 (worker)\n"
        "Group:    2:af64, crash 3 of it\n"
        "Database: /srv/LOGS.db\n"
        "More:     dblog show crashes/3 --db /srv/LOGS.db\n"
        "\n#0 parse_header\n");
}

TEST_CASE("message text: the last breadcrumbs stand at the end, of crashes and of kills alike") {
  for (const char* kind : {"signal", "killed"}) {
    Details details = crash();
    details.entry.row.columns[0].value = std::string(kind);
    CHECK(whole_message(crash_alert(), details, "").body.find("Breadcrumbs") == std::string::npos);
    for (std::int64_t number = 1; number <= 12; ++number) {
      details.breadcrumbs.push_back({{{"number", number},
                                      {"date", std::string("2026-01-31 12:00:00.123456")},
                                      {"msg", "step " + std::to_string(number) + "\nmore"}}});
    }
    const std::string body = whole_message(crash_alert(), details, "").body;
    CHECK(body.find("\n\nBreadcrumbs:\n2 before\n2026-01-31 12:00:00.123  step 3\n") !=
          std::string::npos);
    CHECK(body.ends_with("2026-01-31 12:00:00.123  step 12\n"));
  }
}

TEST_CASE("message text: a crash's subject names the function, once that has a name") {
  CHECK(whole_message(crash_alert(), crash(), "").subject ==
        "SIGSEGV in parse_header (app on web1)");
  Details without_names = crash();
  without_names.frames.clear();
  CHECK(whole_message(crash_alert(), without_names, "").subject == "SIGSEGV in app on web1");
  Details thrown = crash();
  thrown.entry.row.columns[0].value = std::string("exception");
  thrown.entry.row.columns.push_back({"exception_type", std::string("std::domain_error")});
  CHECK_THAT(whole_message(crash_alert(), thrown, "").subject,
             Catch::StartsWith("uncaught std::domain_error in "));
}

TEST_CASE("message text: an error's has its facts, its stacks and the command that shows more") {
  const MessageText text = whole_message(event_alert(), event(), "/srv/LOGS.db");
  CHECK(text.subject == "error_table: disk full");
  CHECK(text.body == "disk full\n\n" + kFactsOfEvent +
                         "More:     dblog show error_table/5 --db /srv/LOGS.db\n"
                         "\nWhere the exception was thrown:\n"
                         "#0 divide(int, int) at /srv/app/src/parser.cpp:42\n"
                         "\nWhere it was recorded:\n"
                         "#0 report() at /srv/app/src/parser.cpp:42\n");
}

TEST_CASE("message text: of an error whose row is gone, its text and its facts are left") {
  CHECK(whole_message(event_alert(), std::nullopt, "/srv/LOGS.db").body ==
        "disk full\n\n" + kFactsOfEvent);
}

TEST_CASE("message text: a message with our own headings stands as it is, before ours") {
  const std::string message =
      "Group:    2:af64, crash 9 of it\nDatabase: /x, table y\n#0 main\nMore:     nothing\n\n"
      "Date:     never\nBreadcrumbs:\n";
  CHECK(whole_message(event_alert(message), std::nullopt, "/srv/LOGS.db").body ==
        message + '\n' + kFactsOfEvent);
  Row alert = crash_alert();
  alert.columns[1].value = message;
  const std::string usual = whole_message(crash_alert(), crash(), "/srv/LOGS.db").body;
  const std::string own = "SIGSEGV: write to address 0x0\n";
  std::string expected = usual;
  expected.replace(usual.find("\n\n" + own) + 2, own.size(), message);
  CHECK(whole_message(alert, crash(), "/srv/LOGS.db").body == expected);
}

TEST_CASE("message text: in brief it is the text and where it comes from") {
  CHECK(brief_message(event_alert(), event()).body ==
        "disk full\n\nProgram:  /usr/bin/shop\nHost:     web1\nProcess:  6, thread 7\n");
  const MessageText text = brief_message(crash_alert(), crash());
  CHECK(text.subject == "SIGSEGV in app on web1");
  CHECK(text.body ==
        "SIGSEGV: write to address 0x0\n\nProgram:  /usr/bin/app\nRelease:  1.2.3\n"
        "Host:     web1\nProcess:  6, thread 7 (worker)\n");
}

TEST_CASE("message text: a stack has the inside of the C++ library in one line") {
  Details error = event();
  error.stacks->thrown.frames.clear();
  error.stacks->pushed.frames = {frame("report()", 0), frame("std::__invoke(F)", 1),
                                 frame("std::thread::_State_impl<F>::_M_run()", 2)};
  CHECK(whole_message(event_alert(), error, "")
            .body.ends_with(
                "#0 report() at /srv/app/src/parser.cpp:42\n(2 frames of the C++ library)\n"));
}

TEST_CASE("message text: the command can be pasted into a shell, whatever the names are") {
  CHECK(show_command({"error table; rm -rf", 5}, "/srv/it's/LOGS.db") ==
        "dblog show 'error table; rm -rf/5' --db '/srv/it'\\''s/LOGS.db'");
}

TEST_CASE("message text: an event's severity, tags and fields stand with its facts") {
  Details source = event();
  source.entry.facts =
      dblog::reader::EventFacts{.severity = "critical",
                                .fields = {{{{"name", std::string("order")},
                                             {"type", std::string("integer")},
                                             {"value", std::int64_t{4711}}}},
                                           {{{"name", std::string("is_new")},
                                             {"type", std::string("boolean")},
                                             {"value", std::int64_t{0}}}},
                                           {{{"name", std::string("note")},
                                             {"type", std::string("text")},
                                             {"value", "two\nlines " + std::string(1'000, 'x')}}}},
                                .tags = {"payment", "retry"},
                                .fields_left_out = 2,
                                .tags_left_out = 1};
  const std::string body = whole_message(event_alert(), source, "/srv/LOGS.db").body;
  CHECK(body.find("\nSeverity: critical\nTags:     payment, retry (1 more was not kept)\nDate: ") !=
        std::string::npos);
  CHECK(body.find("\nFields:\norder = 4711\nis_new = false\nnote = two lines xxx") !=
        std::string::npos);
  CHECK(body.find("x…\n(2 more were not kept)\n") != std::string::npos);
  CHECK(brief_message(event_alert(), source).body.find("\nSeverity: critical\n") !=
        std::string::npos);
}

TEST_CASE("message text: without fields there is no heading for them") {
  Details source = event();
  source.entry.facts = dblog::reader::EventFacts{.severity = "error"};
  const std::string body = whole_message(event_alert(), source, "/srv/LOGS.db").body;
  CHECK(body.find("\nSeverity: error\n") != std::string::npos);
  CHECK(body.find("Fields:") == std::string::npos);
  CHECK(body.find("Tags:") == std::string::npos);
}
