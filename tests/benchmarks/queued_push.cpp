// A queued push_to_table() beside spdlog's asynchronous logger: how long one call takes, and how
// fast rows come to rest (in the database; with spdlog, as lines in a file).
//
//   benchmark_queued_push [DIRECTORY]
//
// DIRECTORY, for the database and the file: default: the working directory.
// The two take turns, so that a noisy machine is noisy for both; each figure is the median of the
// rounds. A call is timed by the processor's time stamp counter; what reading it costs is printed
// and not taken off.
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "dblog/event_logger.hpp"
#include "tests/benchmarks/figures.hpp"
#include "tests/benchmarks/work_directory.hpp"

namespace {

using dblog::benchmark::median;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 15;
constexpr int kBursts = 100;  // a round
constexpr int kBurst = 200;   // calls
constexpr int kThroughputRounds = 5;
constexpr int kThroughputRows = 500'000;
constexpr std::chrono::milliseconds kPause{2};  // between bursts: the reader keeps up
constexpr std::string_view kMessage = "request 4711 of user 42 took 12 ms, 3 rows, cache miss";

std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
#endif
}

double ticks_per_nanosecond() {
  const auto start = Clock::now();
  const std::uint64_t first = ticks();
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  const double passed = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  return static_cast<double>(ticks() - first) / passed;
}

struct Latencies {
  double p50, p99, p999;
};

template <typename Push>
Latencies measure(const Push& push, double ticks_per_ns) {
  std::vector<std::uint64_t> taken;
  taken.reserve(std::size_t{kBursts} * kBurst);
  for (int burst = 0; burst < kBursts; ++burst) {
    for (int i = 0; i < kBurst; ++i) {
      const std::uint64_t start = ticks();
      push();
      taken.push_back(ticks() - start);
    }
    std::this_thread::sleep_for(kPause);
  }
  std::sort(taken.begin(), taken.end());
  const auto at = [&](double share) {
    const auto index = static_cast<std::size_t>(share * static_cast<double>(taken.size()));
    return static_cast<double>(taken[index]) / ticks_per_ns;
  };
  return {at(0.5), at(0.99), at(0.999)};
}

Latencies median_of(const std::vector<Latencies>& rounds) {
  const auto of = [&](double Latencies::*field) {
    std::vector<double> values;
    for (const Latencies& round : rounds) values.push_back(round.*field);
    return median(values);
  };
  return {of(&Latencies::p50), of(&Latencies::p99), of(&Latencies::p999)};
}

template <typename Push, typename Flush>
double rows_per_second(const Push& push, const Flush& flush) {
  const auto start = Clock::now();
  for (int i = 0; i < kThroughputRows; ++i) push();
  flush();
  return kThroughputRows / std::chrono::duration<double>(Clock::now() - start).count();
}

// An asynchronous logger as spdlog's page shows it: one thread, a queue that blocks when it is full
// (nothing is dropped, as with ours). The queue has as many places as ours has slots.
std::shared_ptr<spdlog::logger> make_spdlog(const std::filesystem::path& file) {
  spdlog::init_thread_pool(32'768, 1);
  return spdlog::basic_logger_mt<spdlog::async_factory>("rival", file.string());
}

void print_latencies(const Latencies& ours, const Latencies& theirs, const Latencies& nothing) {
  dblog::benchmark::print_heading("A queued push_to_table()", "ns");
  const auto print = [&](const std::string& name, double Latencies::*field) {
    dblog::benchmark::print({name, ours.*field, "spdlog, asynchronous", theirs.*field});
  };
  print("p50", &Latencies::p50);
  print("p99", &Latencies::p99);
  print("p99.9", &Latencies::p999);
  dblog::benchmark::print({"reading the clock, p50", nothing.p50, "", 0});
}

int run(const dblog::benchmark::WorkDirectory& directory) {
  const double per_ns = ticks_per_nanosecond();
  dblog::EventLogger events{"t", {.database = directory / "LOGS.db", .queued = true}};
  const auto rival = make_spdlog(directory / "rival.log");
  const auto push = [&] { (void)events.push_to_table(kMessage); };
  const auto push_rival = [&] { rival->info(kMessage); };
  const auto flush = [] { (void)dblog::EventLogger::flush(std::chrono::minutes{1}); };
  const auto flush_rival = [&] {
    rival->flush();
    while (spdlog::thread_pool()->queue_size() > 0) {
      std::this_thread::sleep_for(std::chrono::microseconds{100});
    }
  };
  if (!events.push_to_table(kMessage)) return 1;
  push_rival();

  std::vector<Latencies> ours, theirs, nothing;
  for (int round = 0; round < kRounds; ++round) {
    nothing.push_back(measure([] {}, per_ns));
    ours.push_back(measure(push, per_ns));
    flush();
    theirs.push_back(measure(push_rival, per_ns));
    flush_rival();
  }
  print_latencies(median_of(ours), median_of(theirs), median_of(nothing));
  const auto counts = dblog::EventLogger::queue_counts();
  std::printf("\nPushes that did not fit into the queue: %llu\n",
              static_cast<unsigned long long>(counts.fallbacks()));

  std::vector<double> our_rates, their_rates;
  for (int round = 0; round < kThroughputRounds; ++round) {
    our_rates.push_back(rows_per_second(push, flush));
    their_rates.push_back(rows_per_second(push_rival, flush_rival));
  }
  dblog::benchmark::print_heading("Throughput", "a second");
  dblog::benchmark::print({"rows into the database", median(our_rates),
                           "spdlog, asynchronous: lines into a file", median(their_rates)});
  spdlog::shutdown();
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return run(dblog::benchmark::WorkDirectory{argc, argv}); }
