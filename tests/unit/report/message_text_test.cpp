#include "src/report/message_text.hpp"

#include <catch2/catch.hpp>

using dblog::reader::Details;
using dblog::reader::EventStacks;
using dblog::report::brief_message;
using dblog::report::MessageText;
using dblog::report::show_command;
using dblog::report::whole_message;
using dblog::sqlite::Row;

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

const std::string kDateOfEvent = "Date:     2026-01-31 12:00:00.000001 (UTC+01:00)\n";
const std::string kFactsOfEvent =
    "Program:  /usr/bin/shop\n"
    "Host:     web1\n"
    "Process:  6, thread 7\n"
    "Database: /srv/LOGS.db, table error_table\n";

}  // namespace

TEST_CASE("message text: a crash's says what happened, the message, the facts and the stack") {
  const MessageText message = whole_message(crash_alert(), crash(), "/srv/LOGS.db");
  CHECK(message.text.body ==
        "app died of SIGSEGV: it wrote to address 0x0 in parse_header (src/parser.cpp:42), called "
        "from main; likely a null pointer\n\n"
        "SIGSEGV: write to address 0x0\n\n"
        "Date:     2026-01-31 12:00:00.000001 (UTC-03:30)\n"
        "Where:    parse_header at /srv/app/src/parser.cpp:42\n"
        "Program:  /usr/bin/app\n"
        "Release:  1.2.3\n"
        "Host:     web1\n"
        "Process:  6, thread 7 (worker)\n"
        "Group:    2:af64, crash 3 of it\n"
        "Database: /srv/LOGS.db\n"
        "More:     dblog show crashes/3 --db /srv/LOGS.db\n"
        "\nStack:\n#0 parse_header (src/parser.cpp:42)\n#1 main (src/parser.cpp:42)\n");
}

TEST_CASE("message text: a crash's context stands before its stack, a line each") {
  Details details = crash();
  CHECK(whole_message(crash_alert(), details, "").text.body.find("Context") == std::string::npos);
  details.context.push_back({{{"name", std::string("request")},
                              {"type", std::string("integer")},
                              {"value", std::int64_t{7}}}});
  details.context.push_back({{{"name", std::string("query")},
                              {"type", std::string("text")},
                              {"value", std::string("a\nb") + std::string(1'000, 'x')}}});
  const std::string body = whole_message(crash_alert(), details, "").text.body;
  const std::size_t at = body.find("\nContext:\nrequest = 7\nquery = a bxxx");
  REQUIRE(at != std::string::npos);
  CHECK(body.find("\n\nStack:\n", at) < at + 400);
}

TEST_CASE("message text: the last breadcrumbs stand at the end, of crashes and of kills alike") {
  for (const char* kind : {"signal", "killed"}) {
    Details details = crash();
    details.entry.row.columns[0].value = std::string(kind);
    CHECK(whole_message(crash_alert(), details, "").text.body.find("Breadcrumbs") ==
          std::string::npos);
    for (std::int64_t number = 1; number <= 12; ++number) {
      details.breadcrumbs.push_back({{{"number", number},
                                      {"date", std::string("2026-01-31 12:00:00.123456")},
                                      {"msg", "step " + std::to_string(number) + "\nmore"}}});
    }
    const std::string body = whole_message(crash_alert(), details, "").text.body;
    CHECK(body.find("\n\nBreadcrumbs:\n2 before\n2026-01-31 12:00:00.123  step 3\n") !=
          std::string::npos);
    CHECK(body.ends_with("2026-01-31 12:00:00.123  step 12\n"));
  }
}

TEST_CASE("message text: a crash's note by the program stands before its breadcrumbs") {
  Details source = crash();
  source.note =
      Row{{{"note", std::string("cart 812\n3 items")}, {"state", std::string("faulted")}}};
  source.breadcrumbs = {
      Row{{{"date", std::string("2026-01-31 11:59:59.797001")}, {"msg", std::string("loading")}}}};
  CHECK_THAT(whole_message(crash_alert(), source, "").text.body,
             Catch::Contains("\nNote by the program:\ncart 812\n    3 items\n    "
                             "(the function that writes the note crashed)\n\nBreadcrumbs:\n2026"));
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
  const MessageText message = whole_message(event_alert(), event(), "/srv/LOGS.db");
  CHECK(message.subject == "error_table: disk full (shop on web1)");
  CHECK(message.text.body == "disk full\n\n" + kDateOfEvent +
                                 "Where:    divide at /srv/app/src/parser.cpp:42\n" +
                                 kFactsOfEvent +
                                 "More:     dblog show error_table/5 --db /srv/LOGS.db\n"
                                 "\nWhere the exception was thrown:\n"
                                 "#0 divide (src/parser.cpp:42)\n"
                                 "\nWhere it was recorded:\n"
                                 "#0 report (src/parser.cpp:42)\n");
}

TEST_CASE("message text: an error's subject names what is known of program and host") {
  Row alert = event_alert();
  CHECK(brief_message(alert, event()).subject == "error_table: disk full (shop on web1)");
  CHECK(whole_message(alert, std::nullopt, "").subject == "error_table: disk full (shop on web1)");
  alert.columns[6].value = std::string();
  CHECK(whole_message(alert, event(), "").subject == "error_table: disk full (web1)");
  alert.columns[7].value = std::string();
  CHECK(whole_message(alert, event(), "").subject == "error_table: disk full");
}

TEST_CASE("message text: of an error whose row is gone, its text and its facts are left") {
  CHECK(whole_message(event_alert(), std::nullopt, "/srv/LOGS.db").text.body ==
        "disk full\n\n" + kDateOfEvent + kFactsOfEvent);
}

TEST_CASE("message text: a message with our own headings stands as it is, before ours") {
  const std::string message =
      "Group:    2:af64, crash 9 of it\nDatabase: /x, table y\n#0 main\nMore:     nothing\n\n"
      "Date:     never\nBreadcrumbs:\n";
  CHECK(whole_message(event_alert(message), std::nullopt, "/srv/LOGS.db").text.body ==
        message + '\n' + kDateOfEvent + kFactsOfEvent);
  Row alert = crash_alert();
  alert.columns[1].value = message;
  const std::string usual = whole_message(crash_alert(), crash(), "/srv/LOGS.db").text.body;
  const std::string own = "SIGSEGV: write to address 0x0\n";
  std::string expected = usual;
  expected.replace(usual.find("\n\n" + own) + 2, own.size(), message);
  CHECK(whole_message(alert, crash(), "/srv/LOGS.db").text.body == expected);
}

TEST_CASE("message text: in brief it is the text and where it comes from") {
  CHECK(brief_message(event_alert(), event()).text.body ==
        "disk full\n\nProgram:  /usr/bin/shop\nHost:     web1\nProcess:  6, thread 7\n");
  const MessageText message = brief_message(crash_alert(), crash());
  CHECK(message.subject == "SIGSEGV in app on web1");
  CHECK(message.text.body ==
        "SIGSEGV: write to address 0x0\n\nProgram:  /usr/bin/app\nRelease:  1.2.3\n"
        "Host:     web1\nProcess:  6, thread 7 (worker)\n");
}

TEST_CASE("message text: the environment stands with the release, if it is known") {
  const Row process{{{"environment", std::string("staging")}}};
  Details source = crash();
  source.entry.process = process;
  const std::string facts = "Release:  1.2.3\nEnvironment: staging\nHost:     web1\n";
  CHECK(whole_message(crash_alert(), source, "").text.body.find(facts) != std::string::npos);
  CHECK(brief_message(crash_alert(), source).text.body.find(facts) != std::string::npos);
  source = event();
  source.entry.process = process;
  CHECK(whole_message(event_alert(), source, "")
            .text.body.find("Program:  /usr/bin/shop\nEnvironment: staging\nHost:     web1\n") !=
        std::string::npos);
}

TEST_CASE("message text: a stack has what the C++ library does in one line") {
  Details error = event();
  error.stacks->thrown.frames.clear();
  error.stacks->pushed.frames = {frame("report()", 0), frame("std::__invoke(F)", 1),
                                 frame("std::thread::_State_impl<F>::_M_run()", 2)};
  CHECK(
      whole_message(event_alert(), error, "")
          .text.body.ends_with("#0 report (src/parser.cpp:42)\n… 2 frames of the C++ library …\n"));
}

TEST_CASE("message text: a crash without rows of frames has the first lines of its trace") {
  Details source = crash();
  source.frames.clear();
  const std::string body = whole_message(crash_alert(), source, "/srv/LOGS.db").text.body;
  CHECK(body.ends_with("\nStack:\n#0 parse_header\n"));
  CHECK(body.find("Where:") == std::string::npos);
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
  const std::string body = whole_message(event_alert(), source, "/srv/LOGS.db").text.body;
  CHECK(body.find("\nSeverity: critical\nTags:     payment, retry (1 more was not kept)\nDate: ") !=
        std::string::npos);
  CHECK(body.find("\nFields:\norder = 4711\nis_new = false\nnote = two lines xxx") !=
        std::string::npos);
  CHECK(body.find("x…\n(2 more were not kept)\n") != std::string::npos);
  CHECK(brief_message(event_alert(), source).text.body.find("\nSeverity: critical\n") !=
        std::string::npos);
}

TEST_CASE("message text: without fields there is no heading for them") {
  Details source = event();
  source.entry.facts = dblog::reader::EventFacts{.severity = "error"};
  const std::string body = whole_message(event_alert(), source, "/srv/LOGS.db").text.body;
  CHECK(body.find("\nSeverity: error\n") != std::string::npos);
  CHECK(body.find("Fields:") == std::string::npos);
  CHECK(body.find("Tags:") == std::string::npos);
}
