#include "tools/dblog/crash_words.hpp"

#include <catch2/catch.hpp>
#include <csignal>

using dblog::store::Row;
using dblog::store::Value;
using namespace dblog::tool;

namespace {

Row crash(std::vector<dblog::store::Column> columns) {
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

TEST_CASE("crash sentence: says why a signal came") {
  CHECK(crash_sentence(signal_crash(SIGSEGV, "SIGSEGV", SEGV_MAPERR, "0x18")) ==
        "app died of SIGSEGV: it used memory that is not there, at 0x18 (near zero: a null "
        "pointer's member or element)");
  CHECK(crash_sentence(signal_crash(SIGSEGV, "SIGSEGV", SEGV_ACCERR, "0x7f0000000000")) ==
        "app died of SIGSEGV: it used memory in a way that is not allowed there, at "
        "0x7f0000000000");
  CHECK(crash_sentence(signal_crash(SIGFPE, "SIGFPE", FPE_INTDIV, "0x55d0c0de1234")) ==
        "app died of SIGFPE: it divided a whole number by zero");
  CHECK(crash_sentence(signal_crash(SIGSEGV, "SIGSEGV", SI_USER)) ==
        "app died of SIGSEGV: the signal was sent by a process (kill)");
  CHECK(crash_sentence(signal_crash(SIGABRT, "SIGABRT", SI_TKILL)) ==
        "app died of SIGABRT: it aborted");
}

TEST_CASE("crash sentence: a message says more than the signal") {
  CHECK(crash_sentence(signal_crash(SIGABRT, "SIGABRT", SI_TKILL, "",
                                    "double free or corruption (out)\nmore")) ==
        "app died of SIGABRT: double free or corruption (out)");
}

TEST_CASE("crash sentence: says the signal once") {
  const Row row = signal_crash(SIGSEGV, "SIGSEGV", SEGV_MAPERR, "0x0",
                               "SIGSEGV: write to address 0x0, where nothing is mapped");
  CHECK(crash_sentence(row) ==
        "app died of SIGSEGV: write to address 0x0, where nothing is mapped");
  CHECK(crash_headline(row) == "SIGSEGV: write to address 0x0, where nothing is mapped");
}

TEST_CASE("crash sentence: tells the kinds apart") {
  const auto kind = [](const char* name) {
    return crash_sentence(crash({{"kind", std::string(name)}, {"msg", std::string("why")}}));
  };
  CHECK(kind("exception") == "app died of an uncaught exception: why");
  CHECK(kind("terminate") == "app called std::terminate: why");
  CHECK(kind("killed") == "app was killed: why");
  CHECK(kind("of a later dblog") == "app crashed: why");
  CHECK(crash_sentence({}) == "A program crashed");
}

TEST_CASE("crash headline: is the signal with its address, or what was said") {
  CHECK(crash_headline(signal_crash(SIGSEGV, "SIGSEGV", 1, "0x0")) == "SIGSEGV at 0x0");
  CHECK(crash_headline(signal_crash(SIGABRT, "SIGABRT", -6, "", "assert x")) ==
        "SIGABRT: assert x");
  CHECK(crash_headline(crash({{"kind", std::string("exception")},
                              {"exception_type", std::string("std::bad_alloc")}})) ==
        "std::bad_alloc");
}
