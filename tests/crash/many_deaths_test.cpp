// Processes that log, crash and are killed at random moments on one database, two copies of SQLite
// in each, with importers at work, and killed, meanwhile: what the programs were told is safe is
// there, once. DBLOG_ROUNDS=N makes a long run of it.
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
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/crash/crash_scene.hpp"

using dblog::test::CrashScene;

namespace {

constexpr int kRounds = 12;
constexpr int kRoundsPerDatabase = 50;
constexpr unsigned kLongestLife = 120'000;  // microseconds, of who is killed

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

struct Fate {
  const char* end;
  bool is_killed;  // at a random moment, if it still lives
};
constexpr Fate kFates[] = {{"crash", false}, {"wait", true},  {"throw", false}, {"crash", true},
                           {"exit", false},  {"throw", true}, {"crash", false}};

struct Process {
  Fate fate;
  Acknowledged acknowledged;
  pid_t id = 0;
  int wait_status = 0;
  bool had_installed = false;  // before it was killed: it had logged
};

pid_t start(const CrashScene& scene, std::vector<std::string> arguments) {
  std::vector<char*> argument_list;
  for (std::string& argument : arguments) argument_list.push_back(argument.data());
  argument_list.push_back(nullptr);
  const std::string database = "DBLOG_DB=" + scene.path("LOGS.db").string();
  char* environment[] = {const_cast<char*>(database.c_str()), nullptr};
  posix_spawn_file_actions_t quiet;
  ::posix_spawn_file_actions_init(&quiet);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&quiet, stream, "/dev/null", O_WRONLY, 0);
  }
  pid_t process = 0;
  REQUIRE(::posix_spawn(&process, argument_list[0], &quiet, nullptr, argument_list.data(),
                        environment) == 0);
  ::posix_spawn_file_actions_destroy(&quiet);
  return process;
}

using Random = std::mt19937;

void play_round(const CrashScene& scene, Random& random, std::vector<Process>& all) {
  const std::size_t first = all.size();
  for (const Fate& fate : kFates) {
    const std::string name = std::to_string(all.size());
    all.push_back({fate, Acknowledged{scene.path("acknowledged-" + name)}});
    all.back().id = start(scene, {WRITING_CHILD, name, all.back().acknowledged.path(), fate.end,
                                  std::to_string(random() % 20)});
  }
  const pid_t importer = start(scene, {DBLOG_TOOL, "recover"});
  for (std::size_t i = first; i < all.size(); ++i) {
    if (!all[i].fate.is_killed) continue;
    ::usleep(static_cast<useconds_t>(random() % kLongestLife));
    const Acknowledged& counters = all[i].acknowledged;
    all[i].had_installed = counters.by_main_thread() + counters.by_other_thread() > 0;
    ::kill(all[i].id, SIGKILL);
  }
  if (random() % 2 == 0) ::kill(importer, SIGKILL);
  ::waitpid(importer, nullptr, 0);
  for (std::size_t i = first; i < all.size(); ++i) {
    ::waitpid(all[i].id, &all[i].wait_status, 0);
    if (!all[i].fate.is_killed) all[i].had_installed = true;
  }
}

struct Rows {
  std::int64_t logged_by_main = 0;
  std::int64_t logged_by_other = 0;
  int crashes = 0;
  int kills = 0;
};

// The rows of each process. The numbers of its messages must have neither gap nor repetition.
std::vector<Rows> rows_by_process(const CrashScene& scene, std::size_t processes) {
  std::vector<Rows> rows(processes);
  for (const std::string table : {"by_main_thread", "by_other_thread"}) {
    std::istringstream lines{scene.query(
        "SELECT name, count(*), count(DISTINCT number), max(number) + 1 FROM (SELECT CAST(msg AS"
        " INTEGER) AS name, CAST(substr(msg, instr(msg, ' ') + 1) AS INTEGER) AS number FROM " +
        table + ") GROUP BY name")};
    std::size_t name = 0;
    char bar = 0;
    std::int64_t count = 0;
    std::int64_t distinct = 0;
    std::int64_t end = 0;
    while (lines >> name >> bar >> count >> bar >> distinct >> bar >> end) {
      CHECK(count == distinct);
      CHECK(count == end);
      (table == "by_main_thread" ? rows.at(name).logged_by_main : rows.at(name).logged_by_other) =
          count;
    }
  }
  std::istringstream lines{
      scene.query("SELECT release, sum(kind <> 'killed'), sum(kind = 'killed') FROM crashes "
                  "GROUP BY release")};
  std::size_t name = 0;
  char bar = 0;
  while (lines >> name >> bar) lines >> rows.at(name).crashes >> bar >> rows[name].kills;
  return rows;
}

void check(const Process& process, const Rows& rows) {
  // A row may be committed and its process dead before it could count it: one a thread at most.
  const std::int64_t main_more = rows.logged_by_main - process.acknowledged.by_main_thread();
  const std::int64_t other_more = rows.logged_by_other - process.acknowledged.by_other_thread();
  CHECK((main_more == 0 || main_more == 1));
  CHECK((other_more == 0 || other_more == 1));
  const bool was_killed =
      WIFSIGNALED(process.wait_status) && WTERMSIG(process.wait_status) == SIGKILL;
  if (process.fate.end == std::string{"exit"}) {
    CHECK(process.wait_status == 0);
    CHECK(rows.crashes + rows.kills == 0);
  } else if (!was_killed) {
    CHECK(rows.crashes == 1);
    CHECK(rows.kills == 0);
  } else {
    // One that was killed before it had installed anything cannot be known.
    CHECK(rows.crashes + rows.kills <= 1);
    if (process.had_installed) CHECK(rows.crashes + rows.kills == 1);
  }
}

struct Sums {
  std::size_t processes = 0;
  std::int64_t acknowledged = 0;
  int crashes = 0;
  int kills = 0;
};

void play(int rounds, Random& random, Sums& sums) {
  CrashScene scene;
  std::vector<Process> all;
  for (int round = 0; round < rounds; ++round) play_round(scene, random, all);
  CHECK(scene.recover().exit_code() == 0);
  CHECK(scene.query("PRAGMA integrity_check") == "ok");
  const std::vector<Rows> rows = rows_by_process(scene, all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO("process " << i << ": " << all[i].fate.end);
    check(all[i], rows[i]);
    sums.crashes += rows[i].crashes;
    sums.kills += rows[i].kills;
    sums.acknowledged +=
        all[i].acknowledged.by_main_thread() + all[i].acknowledged.by_other_thread();
  }
  sums.processes += all.size();
}

}  // namespace

TEST_CASE("many deaths: every acknowledged row and every crash is there exactly once") {
  const char* wanted = std::getenv("DBLOG_ROUNDS");
  const int rounds = wanted != nullptr ? std::atoi(wanted) : kRounds;
  Random random{wanted != nullptr ? std::random_device{}() : 20261122U};
  Sums sums;
  for (int done = 0; done < rounds; done += kRoundsPerDatabase) {
    play(std::min(kRoundsPerDatabase, rounds - done), random, sums);
  }
  CHECK(sums.acknowledged > 0);
  CHECK(sums.kills > 0);
  WARN(rounds << " rounds: " << sums.processes << " processes, " << sums.acknowledged
              << " acknowledged rows, " << sums.crashes << " crashes, " << sums.kills
              << " kills found");
}
