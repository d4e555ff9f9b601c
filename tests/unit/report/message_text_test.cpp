#include "src/report/message_text.hpp"

#include <catch2/catch.hpp>

using dblog::report::MessageText;
using dblog::report::show_command;
using dblog::report::told_in_full;
using dblog::store::Details;
using dblog::store::EventStacks;
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
                               {"host", std::string("web1")},
                               {"tid", kThread}};
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

const MessageText kCrash{"SIGSEGV in app on web1",
                         "SIGSEGV: write to address 0x0\n\nDate:     x\nDatabase: /srv/LOGS.db\n"
                         "\n#0 0x1234 parse_header\n"};

}  // namespace

TEST_CASE("message text: a crash's says in a plain sentence what happened, and keeps the rest") {
  const MessageText text = told_in_full(kCrash, crash(), "/srv/LOGS.db");
  CHECK(text.body ==
        "app died of SIGSEGV: it wrote to address 0x0 in parse_header (src/parser.cpp:42), called "
        "from main; likely a null pointer\n\n"
        "SIGSEGV: write to address 0x0\n\nDate:     x\nDatabase: /srv/LOGS.db\n"
        "More:     dblog show crashes/3 --db /srv/LOGS.db\n"
        "\n#0 0x1234 parse_header\n");
}

TEST_CASE("message text: the last breadcrumbs stand at the end, of crashes and of kills alike") {
  for (const char* kind : {"signal", "killed"}) {
    Details details = crash();
    details.entry.row.columns[0].value = std::string(kind);
    CHECK(told_in_full(kCrash, details, "").body.find("Breadcrumbs") == std::string::npos);
    for (std::int64_t number = 1; number <= 12; ++number) {
      details.breadcrumbs.push_back({{{"number", number},
                                      {"date", std::string("2026-01-31 12:00:00.123456")},
                                      {"msg", "step " + std::to_string(number) + "\nmore"}}});
    }
    const std::string body = told_in_full({"s", "no line end"}, details, "").body;
    CHECK(body.find("\n\nBreadcrumbs:\n2 before\n2026-01-31 12:00:00.123  step 3\n") !=
          std::string::npos);
    CHECK(body.ends_with("2026-01-31 12:00:00.123  step 12\n"));
  }
}

TEST_CASE("message text: a crash's subject names the function") {
  CHECK(told_in_full(kCrash, crash(), "/srv/LOGS.db").subject ==
        "SIGSEGV in parse_header (app on web1)");
}

TEST_CASE("message text: a subject that somebody else wrote stays") {
  CHECK(told_in_full({"my own words", ""}, crash(), "").subject == "my own words");
}

TEST_CASE("message text: an error's has its stacks and the command that shows more") {
  const MessageText text =
      told_in_full({"error_table: disk full", "disk full\n\nDatabase: /srv/LOGS.db, table x\n"},
                   event(), "/srv/LOGS.db");
  CHECK(text.subject == "error_table: disk full");
  CHECK(text.body ==
        "disk full\n\nDatabase: /srv/LOGS.db, table x\n"
        "More:     dblog show error_table/5 --db /srv/LOGS.db\n"
        "\nWhere the exception was thrown:\n"
        "#0 divide(int, int) at /srv/app/src/parser.cpp:42\n"
        "\nWhere it was recorded:\n"
        "#0 report() at /srv/app/src/parser.cpp:42\n");
}

TEST_CASE("message text: a stack has the inside of the C++ library in one line") {
  Details error = event();
  error.stacks->thrown.frames.clear();
  error.stacks->pushed.frames = {frame("report()", 0), frame("std::__invoke(F)", 1),
                                 frame("std::thread::_State_impl<F>::_M_run()", 2)};
  CHECK(told_in_full({"s", "b"}, error, "")
            .body.ends_with(
                "#0 report() at /srv/app/src/parser.cpp:42\n(2 frames of the C++ library)\n"));
}

TEST_CASE("message text: the command can be pasted into a shell, whatever the names are") {
  CHECK(show_command({"error table; rm -rf", 5}, "/srv/it's/LOGS.db") ==
        "dblog show 'error table; rm -rf/5' --db '/srv/it'\\''s/LOGS.db'");
}
