// How a page and a message say which function an exception could not leave.
#include <catch2/catch.hpp>

#include <string>

#include "src/report/what_happened.hpp"

using dblog::reader::Details;
using dblog::sqlite::Row;
using namespace dblog::report;

namespace {

Row frame(const std::string& function, std::int64_t depth, std::int64_t line) {
  return {{{"thread", std::int64_t{7}},
           {"depth", depth},
           {"function", function},
           {"file", std::string("/home/me/app/src/a.cpp")},
           {"line", line},
           {"module", std::string("/srv/app")}}};
}

Details thrown() {
  Details details;
  details.entry.is_crash = true;
  details.entry.row = {{{"executable", std::string("/usr/bin/app")},
                        {"tid", std::int64_t{7}},
                        {"kind", std::string("exception")},
                        {"phase", std::string("noexcept")},
                        {"exception_type", std::string("std::runtime_error")},
                        {"msg", std::string("no such user")}}};
  details.frames = {frame("parse(char*)", 0, 42), frame("load()", 1, 7), frame("main", 2, 3)};
  return details;
}

std::string says(std::int64_t depth, std::int64_t unwinding) {
  Details details = thrown();
  details.noexcept_frame = Row{{{"depth", depth}, {"unwinding", unwinding}}};
  return what_happened(details);
}

const std::string kRest =
    ", std::runtime_error, thrown in parse (src/a.cpp:42), called from load: no such user";

}  // namespace

TEST_CASE("noexcept text: names the function") {
  CHECK(says(1, 0) ==
        "app died of an exception that escaped noexcept function load (src/a.cpp:7)" + kRest);
}

TEST_CASE("noexcept text: does not call a function noexcept that was itself being left") {
  CHECK(
      says(1, 1) ==
      "app died of an exception that could not leave load (src/a.cpp:7), which is noexcept or was "
      "itself being left by another exception" +
          kRest);
}

TEST_CASE("noexcept text: names no function that is not known") {
  const std::string text = "app died of an exception that escaped a noexcept function" + kRest;
  CHECK(what_happened(thrown()) == text);
  CHECK(says(9, 0) == text);
}

TEST_CASE("noexcept text: of functions that were inlined into each other it may be either") {
  Details details = thrown();
  details.frames[0] = frame("parse(char*)", 1, 42);
  details.noexcept_frame = Row{{{"depth", std::int64_t{1}}, {"unwinding", std::int64_t{0}}}};
  CHECK(what_happened(details).starts_with(
      "app died of an exception that escaped noexcept function parse (src/a.cpp:42) or load "
      "(src/a.cpp:7), std::runtime_error"));
}
