#include "src/recovery/kernel_log.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>

using dblog::process::ProcessIdentity;
using dblog::recovery::is_about;
using dblog::recovery::MemoryKill;
using dblog::recovery::parse_memory_kill;

namespace {

const std::string kRest =
    " total-vm:204800kB, anon-rss:98304kB, file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:240kB "
    "oom_score_adj:0\n";

ProcessIdentity identity(int id, std::int64_t seconds) {
  ProcessIdentity process{};
  process.id = id;
  process.start_ticks = seconds * ::sysconf(_SC_CLK_TCK);
  return process;
}

}  // namespace

TEST_CASE("kernel log: a record of the out-of-memory killer, of the machine or a control group") {
  for (const char* why : {"Out of memory", "Memory cgroup out of memory",
                          "Out of memory (oom_kill_allocating_task)"}) {
    CHECK(parse_memory_kill(std::string("3,339,5140900,-;") + why + ": Killed process 4711 (shop)" +
                            kRest) == MemoryKill{4711, "shop", 5'140'900});
  }
  CHECK(
      parse_memory_kill("3,339,5140900,-,caller=T12;Out of memory: Killed process 4711 (a) b (c)" +
                        kRest + " SUBSYSTEM=x\n") == MemoryKill{4711, "a) b (c", 5'140'900});
}

TEST_CASE("kernel log: other records, and those that a program wrote, are not kills") {
  for (const std::string& record :
       {std::string(), std::string("3"), std::string("3,339"), std::string("3,339,x,-;Out"),
        std::string("3,339,5140900,-;Out of memory"),
        "3,339,5140900,-;Out of memory: Killed process x (shop)" + kRest,
        "3,339,5140900,-;Out of memory: Killed process 4711 shop" + kRest,
        "3,339,5140900,-;shop: Out of memory: Killed process 4711 (shop)" + kRest,
        std::string("3,339,5140900,-;Out of memory: Killed process 4711 (shop)\n"),
        std::string(
            "6,340,5140900,-;oom_reaper: reaped process 4711 (shop), now anon-rss:0kB\n")}) {
    INFO(record);
    CHECK_FALSE(parse_memory_kill(record).has_value());
  }
}

TEST_CASE("kernel log: a kill is a process's by id, name and time") {
  const MemoryKill kill{4711, "a_program_with_", 90'000'000};
  const std::string program = "/srv/a_program_with_a_long_name";
  CHECK(is_about(kill, identity(4711, 80), program, 0));
  CHECK_FALSE(is_about(kill, identity(4712, 80), program, 0));
  CHECK_FALSE(is_about(kill, identity(4711, 80), "/srv/another", 0));
  CHECK_FALSE(is_about(kill, identity(4711, 80), "", 0));
  CHECK(is_about(kill, identity(4711, 80), std::nullopt, 0));
  CHECK_FALSE(is_about(kill, identity(4711, 100), std::nullopt, 0));
  // An earlier process of that id and name.
  CHECK_FALSE(is_about(kill, identity(4711, 100), program, 0));
  // The log's clock stands still while the machine is suspended, the process's start does not.
  CHECK(is_about(kill, identity(4711, 100), program, 10'000'000));
  ProcessIdentity unknown = identity(4711, 80);
  unknown.start_ticks = -1;
  CHECK_FALSE(is_about(kill, unknown, program, 0));
}

TEST_CASE("kernel log: of a process that nothing has killed it has nothing") {
  CHECK_FALSE(dblog::recovery::was_killed_for_memory(dblog::process::identity_of(::getpid()),
                                                     "/usr/bin/a_test"));
}
