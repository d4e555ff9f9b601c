#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "src/monitor/sampler.hpp"
#include "tests/unit/child_process.hpp"

namespace {

using dblog::base::ErrorCode;
using dblog::monitor::Sampler;

void burn_until_ticks_pass(const dblog::base::HardwareSample& since) {
  dblog::base::HardwareSample sample;
  const auto sources = dblog::base::find_hardware_sources();
  do {
    REQUIRE(dblog::base::sample_hardware(::getpid(), sources, nullptr, sample));
  } while (sample.cpu_ticks < since.cpu_ticks + 2);
}

}  // namespace

TEST_CASE("sampler: the first look has no CPU usage, the next one has") {
  Sampler sampler;
  const auto first = sampler.sample(::getpid());
  REQUIRE(first.ok());
  CHECK(first->cpu_usage_percent == 0.0);
  burn_until_ticks_pass(*first);
  const auto second = sampler.sample(::getpid());
  REQUIRE(second.ok());
  CHECK(second->cpu_usage_percent > 0.0);
}

TEST_CASE("sampler: two samplers remember for themselves") {
  Sampler one;
  Sampler other;
  const auto first = one.sample(::getpid());
  REQUIRE(first.ok());
  burn_until_ticks_pass(*first);
  const auto looked = other.sample(::getpid());
  REQUIRE(looked.ok());
  CHECK(looked->cpu_usage_percent == 0.0);
}

TEST_CASE("sampler: an id that no process can have is the caller's error") {
  Sampler sampler;
  for (const int process_id : {0, -1}) {
    const auto looked = sampler.sample(process_id);
    REQUIRE_FALSE(looked.ok());
    CHECK(looked.error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("sampler: says that a process does not exist, with its id") {
  ChildProcess child{[] { return 0; }};
  const int process_id = child.id();
  REQUIRE(child.reap() == 0);
  Sampler sampler;
  const auto looked = sampler.sample(process_id);
  REQUIRE_FALSE(looked.ok());
  CHECK(looked.error().code == ErrorCode::not_found);
  CHECK(looked.error().text() ==
        "process " + std::to_string(process_id) + ": there is no such process");
}

TEST_CASE("sampler: forgets the process looked at longest ago when it knows too many") {
  int hold[2];
  REQUIRE(::pipe2(hold, O_CLOEXEC) == 0);
  Sampler sampler;
  const auto first = sampler.sample(::getpid());
  REQUIRE(first.ok());
  std::vector<std::unique_ptr<ChildProcess>> children;
  for (std::size_t i = 0; i < Sampler::kMaxProcesses; ++i) {
    children.push_back(std::make_unique<ChildProcess>([&] {
      char byte = 0;
      return ::read(hold[0], &byte, 1) == 1 ? 0 : 1;
    }));
    REQUIRE(sampler.sample(children.back()->id()).ok());
  }
  burn_until_ticks_pass(*first);
  const auto forgotten = sampler.sample(::getpid());
  REQUIRE(forgotten.ok());
  CHECK(forgotten->cpu_usage_percent == 0.0);
  burn_until_ticks_pass(*forgotten);
  const auto remembered = sampler.sample(::getpid());
  REQUIRE(remembered.ok());
  CHECK(remembered->cpu_usage_percent > 0.0);
  ::close(hold[0]);
  ::close(hold[1]);
}

TEST_CASE("sampler: many threads may look at once") {
  Sampler sampler;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int look = 0; look < 200; ++look) {
        const auto looked = sampler.sample(look % 2 == 0 ? ::getpid() : ::getppid());
        if (!looked.ok() || !(looked->cpu_usage_percent >= 0)) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
}
