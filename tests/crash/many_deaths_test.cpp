// Processes that log, crash and are killed at random moments on one database, two copies of SQLite
// in each, with importers running meanwhile: what the programs were told is safe is there, once.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/crash/crash_scene.hpp"

using dblog::test::CrashScene;

namespace {

constexpr int kRounds = 15;
constexpr int kProcesses = 6;

using Counter = std::atomic<std::int64_t>;

// Two counters that a child fills in a mapped file.
class Acknowledged {
 public:
  explicit Acknowledged(const std::filesystem::path& path) : path_(path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(::ftruncate(file, 2 * sizeof(Counter)) == 0);
    void* memory =
        ::mmap(nullptr, 2 * sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    REQUIRE(memory != MAP_FAILED);
    ::close(file);
    counters_ = static_cast<Counter*>(memory);
  }
  Acknowledged(Acknowledged&& other) noexcept
      : path_(std::move(other.path_)), counters_(std::exchange(other.counters_, nullptr)) {}
  Acknowledged& operator=(Acknowledged&&) = delete;
  ~Acknowledged() {
    if (counters_ != nullptr) ::munmap(counters_, 2 * sizeof(Counter));
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::int64_t by_main_thread() const { return counters_[0]; }
  [[nodiscard]] std::int64_t by_other_thread() const { return counters_[1]; }

 private:
  std::filesystem::path path_;
  Counter* counters_;
};

pid_t start(const CrashScene& scene, const Acknowledged& acknowledged, const char* end, int rows) {
  const std::string database = "DBLOG_DB=" + scene.path("LOGS.db").string();
  const std::string count = std::to_string(rows);
  std::vector<std::string> arguments = {WRITING_CHILD, acknowledged.path(), end, count};
  std::vector<char*> argument_list;
  for (std::string& argument : arguments) argument_list.push_back(argument.data());
  argument_list.push_back(nullptr);
  char* environment[] = {const_cast<char*>(database.c_str()), nullptr};
  posix_spawn_file_actions_t quiet;
  ::posix_spawn_file_actions_init(&quiet);
  ::posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t process = 0;
  REQUIRE(::posix_spawn(&process, WRITING_CHILD, &quiet, nullptr, argument_list.data(),
                        environment) == 0);
  ::posix_spawn_file_actions_destroy(&quiet);
  return process;
}

std::int64_t number(const CrashScene& scene, const std::string& sql) {
  return std::stoll(scene.query(sql));
}

}  // namespace

TEST_CASE("many deaths: every acknowledged row and every crash is there exactly once") {
  CrashScene scene;
  std::mt19937 random{20261122};
  std::vector<Acknowledged> acknowledged;
  int crashes = 0;
  int kills = 0;
  int kills_to_be_found = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<pid_t> running;
    std::vector<std::pair<pid_t, std::size_t>> doomed;  // and the index of what it acknowledged
    for (int i = 0; i < kProcesses; ++i) {
      acknowledged.emplace_back(scene.path("acknowledged-" + std::to_string(acknowledged.size())));
      const char* end = i % 3 == 0 ? "crash" : i % 3 == 1 ? "wait" : "throw";
      const int rows = static_cast<int>(random() % 30);
      const pid_t process = start(scene, acknowledged.back(), end, rows);
      running.push_back(process);
      if (end == std::string{"wait"}) {
        doomed.emplace_back(process, acknowledged.size() - 1);
        ++kills;
      } else {
        ++crashes;
      }
    }
    dblog::test::run_child({.arguments = {DBLOG_TOOL, "--db", scene.path("LOGS.db"), "recover"}});
    for (const auto& [process, index] : doomed) {
      ::usleep(static_cast<useconds_t>(random() % 60'000));
      // Who has logged has installed its handlers: its death must be found.
      if (acknowledged[index].by_main_thread() + acknowledged[index].by_other_thread() > 0) {
        ++kills_to_be_found;
      }
      ::kill(process, SIGKILL);
    }
    for (const pid_t process : running) ::waitpid(process, nullptr, 0);
  }
  dblog::test::run_child({.arguments = {DBLOG_TOOL, "--db", scene.path("LOGS.db"), "recover"}});

  CHECK(scene.query("PRAGMA integrity_check") == "ok");
  CHECK(number(scene, "SELECT count(*) FROM crashes WHERE kind <> 'killed'") == crashes);
  CHECK(number(scene, "SELECT count(DISTINCT pid) FROM crashes WHERE kind <> 'killed'") == crashes);
  // A process that was killed before it had installed anything cannot be known.
  CHECK(number(scene, "SELECT count(*) FROM crashes WHERE kind = 'killed'") <= kills);
  CHECK(number(scene, "SELECT count(*) FROM crashes WHERE kind = 'killed'") >= kills_to_be_found);
  std::int64_t told_by_main = 0;
  std::int64_t told_by_other = 0;
  for (const Acknowledged& counters : acknowledged) {
    told_by_main += counters.by_main_thread();
    told_by_other += counters.by_other_thread();
  }
  // A row may be committed and its process dead before it could count it: one a thread at most.
  const auto processes = static_cast<std::int64_t>(acknowledged.size());
  const std::int64_t by_main = number(scene, "SELECT count(*) FROM by_main_thread");
  const std::int64_t by_other = number(scene, "SELECT count(*) FROM by_other_thread");
  CHECK(by_main >= told_by_main);
  CHECK(by_main <= told_by_main + processes);
  CHECK(by_other >= told_by_other);
  CHECK(by_other <= told_by_other + processes);
  CHECK(told_by_main > 0);
  CHECK(told_by_other > 0);
}
