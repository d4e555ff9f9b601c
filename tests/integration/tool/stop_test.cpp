// Every verb ends of SIGTERM, SIGINT and SIGHUP while it cannot get on, whatever started it: here a
// program that had blocked the signals and ignored SIGTERM, and reads nothing of what is printed.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/tool/tool_run.hpp"

using dblog::test::ToolRun;

namespace {

/// A pipe that takes no byte more.
class FullPipe {
 public:
  FullPipe() {
    REQUIRE(::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) == 0);
    const std::string bytes(4'096, 'x');
    while (::write(ends_[1], bytes.data(), bytes.size()) > 0) {
    }
    while (::write(ends_[1], "x", 1) > 0) {
    }
    REQUIRE(::fcntl(ends_[1], F_SETFL, 0) == 0);
  }
  ~FullPipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;
  [[nodiscard]] int entry() const { return ends_[1]; }

 private:
  int ends_[2] = {-1, -1};
};

[[noreturn]] void become_tool(const std::filesystem::path& directory,
                              const std::vector<std::string>& arguments, int output) {
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::unsetenv("DBLOG_DB");
  std::vector<char*> words{const_cast<char*>(DBLOG_TOOL)};
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  if (::chdir(directory.c_str()) == 0) ::execv(DBLOG_TOOL, words.data());
  ::_exit(127);
}

/// The signal that ended it; 0 for none within half a minute.
int end_of(pid_t process) {
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  int status = 0;
  while (::waitpid(process, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= give_up_at) {
      ::kill(process, SIGKILL);
      ::waitpid(process, &status, 0);
      return 0;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("stop: each verb ends of a signal though no reader takes its output") {
  const ToolRun tool;
  {
    auto database = dblog::test::make_database(tool.database());
    dblog::test::add_full_crash(database);
  }
  const FullPipe output;
  const std::vector<std::vector<std::string>> verbs = {{"list"},
                                                       {"show", "1"},
                                                       {"groups"},
                                                       {"stats"},
                                                       {"follow"},
                                                       {"follow", "--db", "later.db"},
                                                       {"symbolize"},
                                                       {"recover"},
                                                       {"flush"},
                                                       {"flush", "--watch", "--db", "later.db"},
                                                       {"outbox"},
                                                       {"outbox", "show", "1"},
                                                       {"outbox", "replay", "1"},
                                                       {"outbox", "drop", "1"},
                                                       {"prune"},
                                                       {"merge", "other.db"},
                                                       {"export"},
                                                       {"export", "--format", "prometheus"},
                                                       {"export", "bundle", "1"},
                                                       {"report", "--output", "-"},
                                                       {"doctor"},
                                                       {"test-notify"},
                                                       {"help"}};
  // Before the child is there: what comes early stays pending.
  struct sigaction ignore {
  }, action{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGTERM, &ignore, &action);
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  for (const auto& verb : verbs) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
      INFO(verb[0] << ' ' << verb.back() << ", signal " << signal);
      const pid_t process = ::fork();
      if (process == 0) become_tool(tool.directory.path(), verb, output.entry());
      ::kill(process, signal);
      const int end = end_of(process);
      // A flush listens, and then the alarm is what ends it.
      const bool is_alarm = end == SIGALRM && verb[0] == "flush";
      CHECK((end == signal || is_alarm));
    }
  }
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}
