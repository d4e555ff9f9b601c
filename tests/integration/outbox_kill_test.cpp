// Flushes that share the work and are killed at random points: nothing is lost, and nothing is sent
// twice but what a kill made it send twice.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

namespace {

constexpr int kRounds = 50;
constexpr int kFlushesARound = 3;

std::string word(int number) {
  std::string text = "w";
  for (; number > 0; number /= 26) text += static_cast<char>('a' + number % 26);
  return text;
}

pid_t start_flush(const std::filesystem::path& database, const std::filesystem::path& log,
                  int pause_microseconds) {
  const std::string path = database.string(), log_path = log.string(),
                    pause = std::to_string(pause_microseconds);
  std::vector<const char*> arguments = {OUTBOX_PROGRAM, path.c_str(), log_path.c_str(),
                                        pause.c_str(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t process = -1;
  const int failed = ::posix_spawn(&process, OUTBOX_PROGRAM, &actions, nullptr,
                                   const_cast<char* const*>(arguments.data()), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  REQUIRE(failed == 0);
  return process;
}

int status_of(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void add(SQLite::Database& database, const std::string& channel, const std::string& text) {
  SQLite::Statement row(database,
                        "INSERT INTO outbox (uuid, channel, subject, body, created) VALUES "
                        "(hex(randomblob(16)), ?1, '1', ?2, '2026-01-31 12:00:00')");
  row.bind(1, channel);
  row.bind(2, text);
  row.exec();
}

// Two of their own kind, and some of a kind that is repeated all the time, for each channel.
void add_round(SQLite::Database& database, int round) {
  SQLite::Transaction transaction(database);
  for (const char* channel : {"slack", "email"}) {
    for (int i = 0; i < 2; ++i) add(database, channel, "<" + word(2 * round + i) + channel + ">");
    for (int i = 0; i < 15; ++i) add(database, channel, "order " + std::to_string(i) + " failed");
  }
  database.exec("UPDATE outbox SET next_attempt = 0 WHERE state = 'pending'");
  transaction.commit();
}

void wait_for_growth(const std::filesystem::path& log, std::chrono::milliseconds limit) {
  std::error_code absent;
  const auto size = std::filesystem::file_size(log, absent);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (std::filesystem::file_size(log, absent) == size &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::microseconds{200});
  }
}

struct Arrival {
  pid_t process;
  std::string uuid;
  std::vector<std::string> words;
};

std::vector<Arrival> arrivals(const std::filesystem::path& log) {
  std::vector<Arrival> found;
  std::ifstream file(log);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    Arrival arrival;
    std::string count;
    fields >> arrival.process >> arrival.uuid >> count;
    for (std::string text; fields >> text;) arrival.words.push_back(text);
    found.push_back(std::move(arrival));
  }
  return found;
}

}  // namespace

TEST_CASE("outbox: flushes killed at random points lose nothing and repeat only what they must") {
  const dblog::test::TemporaryDirectory directory;
  const auto path = directory / "LOGS.db", log = directory / "log";
  auto database = dblog::test::make_database(path);
  database.setBusyTimeout(10'000);
  std::mt19937 random{20261122};
  std::set<pid_t> killed;
  for (int round = 0; round < kRounds; ++round) {
    add_round(database, round);
    std::vector<pid_t> flushes;
    for (int i = 0; i < kFlushesARound; ++i) flushes.push_back(start_flush(path, log, 500));
    // The kill's moment is the random input of this test, not synchronisation. In most rounds it
    // is near a message, in some at any point.
    if (round % 4 != 0) wait_for_growth(log, std::chrono::milliseconds{random() % 500});
    for (const pid_t flush : flushes) {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 4'000));
      ::kill(flush, SIGKILL);
      if (WIFSIGNALED(status_of(flush))) killed.insert(flush);
    }
  }
  for (int i = 0; i < 20; ++i) {
    database.exec("UPDATE outbox SET next_attempt = 0 WHERE state = 'pending'");
    REQUIRE(status_of(start_flush(path, log, 0)) == 0);
    if (database.execAndGet("SELECT count(*) FROM outbox WHERE state != 'sent'").getInt() == 0)
      break;
  }
  CHECK(database.execAndGet("SELECT count(*) FROM outbox WHERE state != 'sent'").getInt() == 0);
  CHECK(database.execAndGet("SELECT count(*) FROM outbox_leases").getInt() == 0);

  const std::vector<Arrival> all = arrivals(log);
  std::set<std::string> words;
  std::map<std::pair<pid_t, bool>, std::size_t> last_of_process;
  std::map<std::string, std::size_t> last_of_message;
  std::map<std::string, bool> is_slack;
  SQLite::Statement channels(database, "SELECT uuid, channel = 'slack' FROM outbox");
  while (channels.executeStep()) {
    is_slack[channels.getColumn(0).getString()] = channels.getColumn(1).getInt() != 0;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    words.insert(all[i].words.begin(), all[i].words.end());
    last_of_process[{all[i].process, is_slack.at(all[i].uuid)}] = i;
    last_of_message[all[i].uuid] = i;
  }
  CHECK(words.size() == std::size_t{kRounds} * 2 * 2);

  // Each channel's thread commits one message before it sends the next: only the last line of a
  // killed process may be there again.
  int repeated = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (last_of_message[all[i].uuid] == i) continue;
    ++repeated;
    CHECK(killed.count(all[i].process) == 1);
    CHECK(last_of_process[{all[i].process, is_slack.at(all[i].uuid)}] == i);
  }
  WARN(killed.size() << " of " << kRounds * kFlushesARound << " flushes killed, " << all.size()
                     << " messages, " << repeated << " of them again");
  CHECK(killed.size() > 20);
}
