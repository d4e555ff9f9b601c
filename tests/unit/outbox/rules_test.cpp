// The rules without a database: waits, dates, keys, words.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "src/outbox/alert_key.hpp"
#include "src/outbox/digest_text.hpp"
#include "src/outbox/due_time.hpp"
#include "src/outbox/lease_owner.hpp"
#include "src/outbox/policy.hpp"

using namespace dblog::outbox;
using dblog::Timestamp;
using std::chrono::milliseconds;

namespace {

Timestamp at(const std::string& date) { return parse_date(date).value(); }

bool is_due(const std::string& text, Timestamp now) {
  const auto ranges = due_ranges(now);
  return std::any_of(ranges.begin(), ranges.end(), [&](const DateRange& range) {
    const auto* low = std::get_if<std::string>(&range.low);
    const auto* high = std::get_if<std::string>(&range.high);
    return range.is_due_by_text && low != nullptr && high != nullptr && text >= *low &&
           text <= *high;
  });
}

}  // namespace

TEST_CASE("outbox policy: every wait is at least twice the one before, whatever chance says") {
  const Policy policy;
  for (int failures = 1; failures < 8; ++failures) {
    CHECK(wait_after(policy, failures + 1, 0.0) >= 2 * wait_after(policy, failures, 0.999));
  }
}

TEST_CASE("outbox policy: chance moves a wait by up to half of it") {
  const Policy policy;
  CHECK(wait_after(policy, 1, 0.0) == milliseconds{10'000});
  CHECK(wait_after(policy, 1, 0.5) == milliseconds{12'500});
  CHECK(wait_after(policy, 3, 0.0) == milliseconds{90'000});
}

TEST_CASE("outbox policy: no number of failures makes a wait longer than a day and a half") {
  const Policy policy;
  for (const int failures : {20, 1'000, 1'000'000}) {
    CHECK(wait_after(policy, failures, 0.0) == std::chrono::hours{24});
  }
}

TEST_CASE("outbox policy: quiet times double, and ten messages last for more than two days") {
  const Policy policy;
  milliseconds total{0};
  for (int messages = 1; messages < 10; ++messages) total += quiet_after(policy, messages);
  CHECK(quiet_after(policy, 2) == 2 * quiet_after(policy, 1));
  CHECK(total > std::chrono::hours{48});
}

TEST_CASE("outbox policy: a server cannot ask for more than a day, nor for the past") {
  CHECK(bounded_pause(std::chrono::hours{1'000}) == std::chrono::hours{24});
  CHECK(bounded_pause(std::chrono::seconds{-5}) == std::chrono::seconds{0});
}

TEST_CASE("outbox policy: without limits nothing is ever exhausted") {
  CHECK_FALSE(is_exhausted({}, 1'000, at("2001-01-01 00:00:00"), at("2026-01-01 00:00:00")));
}

TEST_CASE("outbox policy: limits on tries and on age hold when they are set") {
  const Timestamp now = at("2026-01-03 00:00:00");
  CHECK(is_exhausted({.max_tries = 3}, 3, now, now));
  CHECK_FALSE(is_exhausted({.max_tries = 3}, 2, now, now));
  CHECK(is_exhausted({.max_age = std::chrono::hours{24}}, 1, at("2026-01-01 12:00:00"), now));
}

TEST_CASE("due time: local dates with a blank or a T, of today and earlier, are due") {
  const Timestamp now = at("2026-11-22 10:30:00.500000");
  for (const char* past : {"2026-11-22 10:30:00", "2026-11-22T10:29:59", "2026-11-21T23:59:59",
                           "2026-11-22 10:30:00.500000", "1999-01-01", "2026-11-22"}) {
    CHECK(is_due(past, now));
  }
}

TEST_CASE("due time: later dates are not due, however they are written") {
  const Timestamp now = at("2026-11-22 10:30:00.500000");
  for (const char* future : {"2026-11-22 10:30:00.500001", "2026-11-22T10:31:00", "2026-11-23",
                             "2026-11-23T00:00:00", "tomorrow"}) {
    CHECK_FALSE(is_due(future, now));
  }
}

TEST_CASE("due time: numbers since 1970 are told apart by their size") {
  const Timestamp expected = time_of(1'795'343'400'000'000);
  CHECK(parse_date("1795343400") == expected);
  CHECK(parse_date("1795343400000") == expected);
  CHECK(parse_date("1795343400000000") == expected);
}

TEST_CASE("due time: what is no date is none") {
  for (const char* text : {"", "soon", "12:00", "2026-xx-01", "1e400"}) CHECK(!parse_date(text));
}

TEST_CASE("alert key: numbers and addresses do not count") {
  CHECK(mask_numbers("order 17 failed after 20ms at 0x7ffe12") == "order # failed after #ms at #");
  CHECK(mask_numbers("-3.5 of 1,204 in worker7") == "# of # in worker#");
  CHECK(mask_numbers("2026-11-22T10:00:00.123456") == "#-#-#T#:#:#");
}

TEST_CASE("alert key: words in which letters and digits alternate stay") {
  for (const char* text : {"3fa9c1b2", "9f86d081-884c7d65-9a2f", "a1b2"}) {
    CHECK(mask_numbers(text).find_first_of("0123456789") != std::string::npos);
  }
  CHECK(alert_key({"s", "token 3fa9c1"}) != alert_key({"s", "token 4fa9c1"}));
}

TEST_CASE("alert key: texts that differ in a word differ") {
  CHECK(alert_key({"t: disk full", "disk full"}) != alert_key({"t: disk gone", "disk gone"}));
  CHECK(alert_key({"ab", "c"}) != alert_key({"a", "bc"}));
}

TEST_CASE("alert key: the same message of another program, release, host or thread is another") {
  const AlertFields alert = {"s", "disk full", "/usr/bin/shop", "1.2-beta", "web1", "worker 1"};
  for (std::string_view AlertFields::*field : {&AlertFields::program, &AlertFields::release,
                                               &AlertFields::host, &AlertFields::thread_name}) {
    AlertFields other = alert;
    other.*field = "another";
    CHECK(alert_key(other) != alert_key(alert));
  }
  AlertFields next = alert;
  next.host = "web2";
  next.thread_name = "worker 2";
  CHECK(alert_key(next) == alert_key(alert));
}

TEST_CASE("alert key: a crash is told apart by its fingerprint, and by its trace without one") {
  AlertFields crash = {
      .subject = "SIGSEGV in app", .body = "read of 0x10", .stack_trace = "#0 0x55d0 /app+0x12\n"};
  AlertFields moved = crash;
  moved.body = "read of 0x18";
  moved.stack_trace = "#0 0x5600 /app+0x12\n";
  CHECK(alert_key(crash) == alert_key(moved));
  moved.stack_trace = "#0 0x5600 /plugin+0x12\n";
  CHECK(alert_key(crash) != alert_key(moved));
  crash.crash_fingerprint = "2:1234567890123456";
  moved = crash;
  CHECK(alert_key(crash) == alert_key(moved));
  moved.crash_fingerprint = "2:1234567890123457";
  CHECK(alert_key(crash) != alert_key(moved));
}

TEST_CASE("alert key: a text that looks like a trace is text") {
  const AlertFields first = {.subject = "s", .body = "\n#0 main", .crash_fingerprint = "f"};
  AlertFields second = first;
  second.body = "\n#0 other";
  CHECK(alert_key(first) != alert_key(second));
}

TEST_CASE("digest text: counts have commas") {
  CHECK(with_commas(7) == "7");
  CHECK(with_commas(1'204) == "1,204");
  CHECK(with_commas(1'000'000) == "1,000,000");
}

TEST_CASE("digest text: the first of a conversation says how many times") {
  const auto digest = digest_of_one({"t: disk full",
                                     {"disk full\n", {}},
                                     1'000,
                                     "2026-01-31 12:00:00.1",
                                     "2026-01-31 12:00:09.9",
                                     {}},
                                    at("2026-01-31 12:00:10"));
  CHECK(digest.subject == "1,000 times: t: disk full");
  CHECK(digest.text.body ==
        "1,000 times, from 2026-01-31 12:00:00 to 2026-01-31 12:00:09. The first of them:\n\n"
        "disk full\n");
}

TEST_CASE("digest text: a later one says how many more, and in which time") {
  const Timestamp now = at("2026-01-31 12:10:00");
  const auto digest = digest_of_one({"t: disk full",
                                     {"disk full\n", {}},
                                     333,
                                     "2026-01-31 12:00:01",
                                     "2026-01-31 12:09:59",
                                     now - std::chrono::minutes{10}},
                                    now);
  CHECK(digest.subject == "333 more: t: disk full");
  CHECK(digest.text.body.starts_with("333 more in 10 minutes, from 2026-01-31 12:00:01 to "));
}

TEST_CASE("digest text: many kinds are listed with their texts and counts") {
  const GroupPart part{"t: a", {"a <b>\n\n", {}}, 1, "2026-01-31 12:00:00", "2026-01-31 12:00:00",
                       {}};
  GroupPart other = part;
  other.alerts = 20;
  other.text.body = "other text";
  const auto digest = digest_of_many({part, other}, at("2026-01-31 12:00:10"));
  CHECK(digest.subject == "21 alerts of 2 kinds: t: a, …");
  CHECK(digest.text.body.find("[1 of 2] once, at 2026-01-31 12:00:00:\nt: a\na <b>\n") !=
        std::string::npos);
  CHECK(digest.text.body.find("[2 of 2] 20 times") != std::string::npos);
  CHECK(digest.text.body.find("other text") != std::string::npos);
}

TEST_CASE("digest text: one that shares its message with a regression leaves it the subject") {
  const GroupPart part{"t: a", {"a", {}}, 1, "2026-01-31 12:00:00", "2026-01-31 12:00:00", {}};
  GroupPart back = part;
  back.subject = "SIGSEGV in f";
  back.has_regressed = true;
  const auto digest = digest_of_many({part, back}, at("2026-01-31 12:00:10"));
  CHECK(digest.subject == "regressed: 2 alerts of 2 kinds: SIGSEGV in f, …");
  CHECK(digest.text.body.find(":\nt: a\n") != std::string::npos);
  CHECK(digest.text.body.find(":\nregressed: SIGSEGV in f\n") != std::string::npos);
}

TEST_CASE("lease owner: this process lives") {
  CHECK_FALSE(is_dead_lease_owner(this_lease_owner()));
}

TEST_CASE("lease owner: the same process id with another start time is another process") {
  CHECK(is_dead_lease_owner(this_lease_owner() + "0"));
}

TEST_CASE("lease owner: of another machine, or unreadable, nothing is known") {
  CHECK_FALSE(is_dead_lease_owner("other-boot pid:[1] 999999999 5"));
  CHECK_FALSE(is_dead_lease_owner(""));
}
