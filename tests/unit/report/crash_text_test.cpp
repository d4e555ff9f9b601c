#include "src/report/crash_text.hpp"

#include <catch2/catch.hpp>
#include <csignal>

using dblog::sqlite::Row;
using dblog::sqlite::Value;
using namespace dblog::report;

namespace {

Row crash(std::vector<dblog::sqlite::Column> columns) {
  columns.push_back({"executable", std::string("/usr/bin/app")});
  return {std::move(columns)};
}

Row signal_crash(std::int64_t number, const std::string& name, std::int64_t code,
                 const std::string& address = "", const std::string& message = "") {
  return crash({{"kind", std::string("signal")},
                {"signal", number},
                {"signal_name", name},
                {"signal_code", code},
                {"fault_address", address},
                {"msg", message}});
}

}  // namespace

TEST_CASE("crash headline: says the signal once, the function and the program") {
  const Row row = signal_crash(SIGSEGV, "SIGSEGV", SEGV_MAPERR, "0x0",
                               "SIGSEGV: write to address 0x0, where nothing is mapped");
  CHECK(crash_headline(row, "parse") ==
        "SIGSEGV in parse, app: write to address 0x0, where nothing is mapped");
  CHECK(crash_headline(row, "") == "SIGSEGV in app: write to address 0x0, where nothing is mapped");
  CHECK(crash_headline(row, "app+0x10") ==
        "SIGSEGV in app+0x10: write to address 0x0, where nothing is mapped");
}

TEST_CASE("crash headline: of the killed begins with the program") {
  CHECK(crash_headline(crash({{"kind", std::string("killed")},
                              {"msg", std::string("killed by SIGPIPE, which\nstarted: x")}}),
                       "") == "app: killed by SIGPIPE, which");
}

TEST_CASE("program name: is the executable's without directories") {
  CHECK(program_name(crash({})) == "app");
  CHECK(program_name({}) == "A program");
}

TEST_CASE("crash headline: is the signal with its address, or the message") {
  CHECK(crash_headline(signal_crash(SIGSEGV, "SIGSEGV", 1, "0x0"), "") == "SIGSEGV in app at 0x0");
  CHECK(crash_headline(signal_crash(SIGABRT, "SIGABRT", -6, "", "assert x"), "f") ==
        "SIGABRT in f, app: assert x");
  CHECK(crash_headline(Row{{{"kind", std::string("exception")},
                            {"exception_type", std::string("std::bad_alloc")}}},
                       "") == "std::bad_alloc");
}

TEST_CASE("crash headline: types have the names that people write") {
  const Row row =
      crash({{"kind", std::string("exception")},
             {"exception_type", std::string("shop::Error<std::__cxx11::basic_string<char, "
                                            "std::char_traits<char>, std::allocator<char> > >")},
             {"msg", std::string("x")}});
  CHECK(crash_headline(row, "std::__cxx11::basic_string::substr") ==
        "shop::Error<std::string> in std::basic_string::substr, app: x");
  CHECK(end_of_name("load(std::vector<int, std::allocator<int> > const&, std::vector<int, "
                    "std::allocator<int> > const&)") ==
        "load(std::vector<int> const&, std::vector<int> const&)");
}

TEST_CASE("end of name: keeps the innermost parts of a long function's name") {
  CHECK(end_of_name("ns::parse") == "ns::parse");
  const std::string scope(40, 'a');
  CHECK(end_of_name(scope + "::" + scope + "::take") == "…::" + scope + "::take");
  CHECK(end_of_name(std::string(100, 'f')) == "…" + std::string(60, 'f'));
}
