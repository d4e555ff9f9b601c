#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "src/base/proc_parsers.hpp"

namespace {

using namespace dblog::base;

// Debian 12, Linux 6.1.
constexpr std::string_view kStat =
    "4711 (postgres) S 1 4711 4711 0 -1 4194560 2714 91002 13 58 12 34 95 62 20 0 7 0 9176 "
    "224710656 6144 18446744073709551615 94386291900416 94386299265053 140727410183536 0 0 0 0 "
    "19935232 84487 0 0 0 17 1 0 0 0 0 0 94386300885776 94386301059360 94386332061696 "
    "140727410189076 140727410189163 140727410189163 140727410192347 0\n";

std::string stat_of(std::string_view command) {
  return "12 (" + std::string(command) +
         ") R 1 1 1 0 -1 0 0 0 0 0 5 6 0 0 20 0 2 0 77 1000 8 18446744073709551615 1\n";
}

// CentOS 6, Linux 2.6.32: no MemAvailable.
constexpr std::string_view kOldMeminfo =
    "MemTotal:        1922296 kB\nMemFree:          103748 kB\nBuffers:          137808 kB\n"
    "Cached:          1084956 kB\nSwapCached:            0 kB\nActive:           713080 kB\n"
    "Inactive:         940216 kB\nActive(anon):     232800 kB\nInactive(anon):   198552 kB\n"
    "SwapTotal:       2064376 kB\nSwapFree:        2064372 kB\nHugePages_Total:       3\n"
    "Hugepagesize:       2048 kB\n";

}  // namespace

TEST_CASE("proc stat parser: reads the fields that a snapshot needs") {
  const ProcessStat stat = parse_process_stat(kStat);
  CHECK(stat.cpu_ticks == 12 + 34);
  CHECK(stat.threads == 7);
  CHECK(stat.start_ticks == 9176);
  CHECK(stat.rss_pages == 6144);
}

TEST_CASE("proc stat parser: reads Linux 2.6, which has fewer fields") {
  const ProcessStat stat = parse_process_stat(
      "1 (init) S 0 1 1 0 -1 4202752 4178 1029463 14 1093 4 108 5163 1838 20 0 1 0 1 19824640 383 "
      "18446744073709551615 1 1 0 0 0 0 0 4096 536962595 18446744073709551615 0 0 0 0 0 0 7 0 0\n");
  CHECK(stat.cpu_ticks == 112);
  CHECK(stat.threads == 1);
  CHECK(stat.start_ticks == 1);
  CHECK(stat.rss_pages == 383);
}

TEST_CASE("proc stat parser: reads a kernel thread") {
  const ProcessStat stat = parse_process_stat(
      "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 3 0 0 20 0 1 0 2 0 0 18446744073709551615 0 0 "
      "0 0 0 0 0 2147483647 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
  CHECK(stat.cpu_ticks == 3);
  CHECK(stat.rss_pages == 0);
}

TEST_CASE("proc stat parser: keeps a command name that contains ')'") {
  for (const char* command :
       {"a) b", ")", ") ", ") R 1 2 3", "(((", "))))", "", " ", "tab\tnew\nline", "\xff\xfe"}) {
    INFO(command);
    const ProcessStat stat = parse_process_stat(stat_of(command));
    CHECK(stat.cpu_ticks == 11);
    CHECK(stat.threads == 2);
    CHECK(stat.start_ticks == 77);
    CHECK(stat.rss_pages == 8);
  }
}

TEST_CASE("proc stat parser: a text that was cut anywhere gives true values or none") {
  const ProcessStat whole = parse_process_stat(kStat);
  const auto is_true_or_none = [](std::int64_t value, std::int64_t expected) {
    return value == expected || value == kNotFound;
  };
  for (std::size_t size = 0; size < kStat.size(); ++size) {
    const ProcessStat cut = parse_process_stat(kStat.substr(0, size));
    INFO("cut at " << size);
    CHECK(is_true_or_none(cut.cpu_ticks, whole.cpu_ticks));
    CHECK(is_true_or_none(cut.threads, whole.threads));
    CHECK(is_true_or_none(cut.start_ticks, whole.start_ticks));
    CHECK(is_true_or_none(cut.rss_pages, whole.rss_pages));
  }
}

TEST_CASE("proc stat parser: what is negative, too large or no number is unknown") {
  const auto ticks_of = [](const std::string& user, const std::string& system) {
    return parse_process_stat("1 (a) R 1 1 1 0 -1 0 0 0 0 0 " + user + " " + system + " 0 0 ")
        .cpu_ticks;
  };
  CHECK(ticks_of("1", "2") == 3);
  CHECK(ticks_of("-1", "2") == kNotFound);
  CHECK(ticks_of("1", "x") == kNotFound);
  CHECK(ticks_of("1", "2x") == kNotFound);
  CHECK(ticks_of("", "2") == kNotFound);
  CHECK(ticks_of("9223372036854775807", "0") == INT64_MAX);
  CHECK(ticks_of("9223372036854775807", "1") == kNotFound);
  CHECK(ticks_of("9223372036854775808", "0") == kNotFound);
  CHECK(ticks_of("99999999999999999999999999", "0") == kNotFound);
}

TEST_CASE("proc stat parser: garbage gives nothing") {
  for (const std::string_view text :
       {std::string_view{}, std::string_view{"\n"}, std::string_view{")"}, std::string_view{") "},
        std::string_view{"no parenthesis 1 2 3 4 5 6 7 8 9"},
        std::string_view{"\0\0\0) \0\0", 7}}) {
    const ProcessStat stat = parse_process_stat(text);
    CHECK(stat.cpu_ticks == kNotFound);
    CHECK(stat.rss_pages == kNotFound);
  }
}

TEST_CASE("proc io parser: counts system calls, not bytes") {
  const ProcessIo io = parse_process_io(
      "rchar: 323934931\nwchar: 323929600\nsyscr: 632687\nsyscw: 632675\nread_bytes: 0\n"
      "write_bytes: 323932160\ncancelled_write_bytes: 0\n");
  CHECK(io.read_count == 632687);
  CHECK(io.write_count == 632675);
}

TEST_CASE("proc io parser: a kernel without I/O accounting gives nothing") {
  CHECK(parse_process_io("").read_count == kNotFound);
  CHECK(parse_process_io("rchar: 5\nwchar: 6\n").write_count == kNotFound);
}

TEST_CASE("named value parser: gives kB in bytes and the rest as it is") {
  CHECK(parse_named_value(kOldMeminfo, "MemTotal") == 1922296 * std::int64_t{1024});
  CHECK(parse_named_value(kOldMeminfo, "SwapFree") == 2064372 * std::int64_t{1024});
  CHECK(parse_named_value(kOldMeminfo, "HugePages_Total") == 3);
  CHECK(parse_named_value("pgpgin 5\npswpin 42\npswpout 7\n", "pswpin") == 42);
}

TEST_CASE("named value parser: a line that is not there is unknown") {
  CHECK(parse_named_value(kOldMeminfo, "MemAvailable") == kNotFound);
  CHECK(parse_named_value("", "MemTotal") == kNotFound);
}

TEST_CASE("named value parser: takes whole names only") {
  CHECK(parse_named_value(kOldMeminfo, "Active") == 713080 * std::int64_t{1024});
  CHECK(parse_named_value(kOldMeminfo, "Mem") == kNotFound);
  CHECK(parse_named_value(kOldMeminfo, "emTotal") == kNotFound);
}

TEST_CASE("named value parser: a line without its end is not trusted") {
  const std::string_view text = "MemTotal:        1922296 kB\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    CHECK(parse_named_value(text.substr(0, size), "MemTotal") == kNotFound);
  }
}

TEST_CASE("named value parser: what is negative, too large or of another unit is unknown") {
  for (const char* value : {"-5 kB", "", "kB", "5 MB", "5kB", "5 kB ", "99999999999999999999 kB",
                            "9223372036854775807 kB", "0x10 kB", "1.5 kB"}) {
    INFO(value);
    CHECK(parse_named_value("MemTotal: " + std::string(value) + "\n", "MemTotal") == kNotFound);
  }
}

TEST_CASE("load average parser: reads three averages") {
  const LoadAverage load = parse_load_average("0.20 1.08 123.05 1/80 11206\n");
  CHECK(load.minutes_1 == Approx(0.20));
  CHECK(load.minutes_5 == Approx(1.08));
  CHECK(load.minutes_15 == Approx(123.05));
}

TEST_CASE("load average parser: keeps what comes before the damage") {
  CHECK(parse_load_average("").minutes_1 < 0);
  CHECK(parse_load_average("-0.20 1.0 1.0 ").minutes_1 < 0);
  CHECK(parse_load_average("nan 1.0 1.0 ").minutes_1 < 0);
  const LoadAverage cut = parse_load_average("0.20 1.0");
  CHECK(cut.minutes_1 == Approx(0.20));
  CHECK(cut.minutes_5 < 0);
  const LoadAverage huge = parse_load_average("99999999999999999999.0 1.0 1.0 ");
  CHECK(huge.minutes_1 < 0);
}

TEST_CASE("load average parser: any number of decimals does no harm") {
  const LoadAverage load = parse_load_average("0." + std::string(400, '9') + " 2 3. 1/2 3\n");
  CHECK(load.minutes_1 == Approx(1.0));
  CHECK(load.minutes_5 == Approx(2.0));
  CHECK(load.minutes_15 == Approx(3.0));
}

TEST_CASE("pressure parser: reads avg10 of the line some") {
  CHECK(parse_pressure("some avg10=1.53 avg60=0.87 avg300=0.73 total=1088168194\n"
                       "full avg10=9.99 avg60=0.13 avg300=0.12 total=157658732\n") == Approx(1.53));
  CHECK(parse_pressure("some avg10=100.00 avg60=0.00 avg300=0.00 total=0\n") == Approx(100.0));
}

TEST_CASE("pressure parser: what is missing or damaged is unknown") {
  for (const char* text : {"", "\n", "full avg10=1.00 avg60=0.13 avg300=0.12 total=1\n",
                           "some avg60=1.00\n", "some avg10=-1.00 avg60=0\n", "some avg10=\n",
                           "some avg10=1.5", "some avg10=1.5x avg60=0\n"}) {
    INFO(text);
    CHECK(parse_pressure(text) < 0);
  }
}

TEST_CASE("cgroup value parser: reads a number, and no limit as unknown") {
  CHECK(parse_cgroup_value("536870912\n") == 536870912);
  CHECK(parse_cgroup_value("0\n") == 0);
  CHECK(parse_cgroup_value("max\n") == kNotFound);
}

TEST_CASE("cgroup value parser: what is damaged is unknown") {
  for (const char* text :
       {"", "\n", "12", "-1\n", " 12\n", "12 \n", "9223372036854775808\n", "12a\n", "maximum\n"}) {
    INFO(text);
    CHECK(parse_cgroup_value(text) == kNotFound);
  }
}

TEST_CASE("cgroup path parser: reads the one line of a machine with cgroup v2 alone") {
  CHECK(parse_unified_cgroup("0::/user.slice/user-1000.slice/session-2.scope\n") ==
        "/user.slice/user-1000.slice/session-2.scope");
  CHECK(parse_unified_cgroup("0::/\n") == "/");
  CHECK(parse_unified_cgroup("0::/a:b/c d\n") == "/a:b/c d");
}

TEST_CASE("cgroup path parser: finds the v2 line of a hybrid machine") {
  CHECK(parse_unified_cgroup("12:memory:/system.slice/cron.service\n"
                             "1:name=systemd:/system.slice/cron.service\n"
                             "0::/system.slice/cron.service\n") == "/system.slice/cron.service");
}

TEST_CASE("cgroup path parser: a machine with v1 alone has none") {
  CHECK(parse_unified_cgroup("10:memory:/docker/0::/x\n2:pids:/docker/1\n").empty());
  CHECK(parse_unified_cgroup("").empty());
  CHECK(parse_unified_cgroup("0::/cut").empty());
  CHECK(parse_unified_cgroup("0::\n").empty());
  CHECK(parse_unified_cgroup("0::relative\n").empty());
}

TEST_CASE("cgroup path parser: a group outside the namespace is not followed") {
  CHECK(parse_unified_cgroup("0::/..\n").empty());
  CHECK(parse_unified_cgroup("0::/../../other.slice\n").empty());
  CHECK(parse_unified_cgroup("0::/..name\n") == "/..name");
}

TEST_CASE("signal mask parser: reads the mask of its line") {
  constexpr std::string_view kStatus =
      "Name:\tSigBlk: 1\nSigPnd:\t0000000000000000\nShdPnd:\t8000000000000000\n"
      "SigBlk:\t8000000000000401\nSigIgn:\tffffffffffffffff\n";
  for (const int signal : {1, 11, 64}) CHECK(is_signal_in("SigBlk:", kStatus, signal));
  for (const int signal : {2, 10, 63}) CHECK_FALSE(is_signal_in("SigBlk:", kStatus, signal));
  for (const int signal : {1, 11, 64}) CHECK_FALSE(is_signal_in("SigPnd:", kStatus, signal));
  CHECK(is_signal_in("ShdPnd:", kStatus, 64));
}

TEST_CASE("signal mask parser: what is damaged has no signal") {
  for (const std::string_view status :
       {"", "SigBlk:", "SigBlk:\n", "SigBlk:\t40z\n", "SigBlk 401\n"}) {
    CHECK_FALSE(is_signal_in("SigBlk:", status, 1));
  }
}

TEST_CASE("system call parser: reads the number, and none of a thread that runs") {
  CHECK(parse_system_call("128 0x7ffc 0x0 0x0 0x8 0x0 0x0 0x7ffc12345678 0x7f12345678\n") == 128);
  CHECK(parse_system_call("running\n") == kNotFound);
  CHECK(parse_system_call("-1 0x7ffc12345678 0x7f12345678\n") == kNotFound);
  CHECK(parse_system_call("12") == kNotFound);
  CHECK(parse_system_call("") == kNotFound);
}
