#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <sstream>

#include "dblog/event.hpp"
#include "src/base/local_time.hpp"

namespace {

using dblog::Event;
using dblog::Timestamp;
using std::chrono::microseconds;

Timestamp at(std::int64_t utc_microseconds) { return Timestamp{microseconds{utc_microseconds}}; }

struct TimeZone {
  explicit TimeZone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~TimeZone() {
    unsetenv("TZ");
    tzset();
  }
};

}  // namespace

TEST_CASE("event: prints date, process id and message on one line") {
  const TimeZone zone{"UTC"};
  std::ostringstream out;
  out << Event{"disk full", 42, at(1'000'000)};
  CHECK(out.str() == "1970-01-01 00:00:01.000000 [42] disk full");
}

TEST_CASE("event: is ordered by date, then process id, then message") {
  CHECK(Event{"z", 9, at(1)} < Event{"a", 1, at(2)});
  CHECK(Event{"z", 1, at(1)} < Event{"a", 2, at(1)});
  CHECK(Event{"a", 1, at(1)} < Event{"b", 1, at(1)});
  CHECK(Event{"a", 1, at(1)} == Event{"a", 1, at(1)});
}

TEST_CASE("event: an event made now carries this process and the present") {
  const Timestamp before = dblog::now();
  const Event event{"x"};
  CHECK(event.process_id == dblog::current_process_id());
  CHECK(event.date >= before);
  CHECK(event.date <= dblog::now());
}

TEST_CASE("date text: agrees with the C library over four centuries") {
  const TimeZone zone{"UTC"};
  for (std::int64_t day = -80'000; day <= 80'000; day += 37) {
    const std::time_t seconds = day * 86'400 + 45'296;
    std::tm utc{};
    REQUIRE(gmtime_r(&seconds, &utc) != nullptr);
    char expected[64];
    std::strftime(expected, sizeof expected, "%Y-%m-%d %H:%M:%S.000007", &utc);
    REQUIRE(dblog::local_date_text(at(seconds * 1'000'000 + 7)) == expected);
  }
}

TEST_CASE("local time table: a crash after a change of summer time has the right hour") {
  const TimeZone zone{"CET-1CEST,M3.5.0,M10.5.0/3"};
  const std::int64_t january_2026 = 1'767'225'600'000'000;
  const auto table = dblog::base::make_local_time_table(january_2026);
  for (int day = 0; day < 5 * 365; ++day) {
    const std::int64_t when = january_2026 + day * std::int64_t{86'400'000'000} + 3'600'000'000;
    REQUIRE(table.offset_at(when) == dblog::base::utc_offset_seconds(when));
  }
  const std::int64_t change = 1'774'746'000'000'000;  // 2026-03-29 01:00 UTC
  CHECK(table.offset_at(change - 1) == 3'600);
  CHECK(table.offset_at(change) == 7'200);
}
