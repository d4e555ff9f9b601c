// The turn among tools, with a child as the one that works.
#include "tools/dblog/flush_lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "src/sqlite/sender_lock.hpp"
#include "tests/support/temporary_directory.hpp"

using dblog::sqlite::see_sender;
using dblog::sqlite::sender_lock_path;
using dblog::tool::FlushLock;
using dblog::tool::StopSignals;

namespace {

/// A process that holds the lock until it is killed.
class Holder {
 public:
  explicit Holder(const std::filesystem::path& database) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    id_ = ::fork();
    if (id_ == 0) hold(database, ends[1]);
    ::close(ends[1]);
    char has_it = 0;
    const bool is_held = ::read(ends[0], &has_it, 1) == 1 && has_it == 'y';
    ::close(ends[0]);
    REQUIRE(is_held);
  }
  ~Holder() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  void stop() const {
    ::kill(id_, SIGSTOP);
    int status = 0;
    REQUIRE(::waitpid(id_, &status, WUNTRACED) == id_);
    REQUIRE(WIFSTOPPED(status));
  }

 private:
  [[noreturn]] static void hold(const std::filesystem::path& database, int end) {
    ::alarm(60);
    const auto lock = FlushLock::take(database, StopSignals{});
    const char has_it = lock.ok() && *lock ? 'y' : 'n';
    if (::write(end, &has_it, 1) == 1) {
      while (true) ::pause();
    }
    ::_exit(1);
  }

  pid_t id_ = -1;
};

void set_time_of_lock(const std::filesystem::path& database, std::chrono::seconds from_now) {
  const timespec now{::time(nullptr) + from_now.count(), 0};
  const timespec times[2] = {now, now};
  REQUIRE(::utimensat(AT_FDCWD, sender_lock_path(database).c_str(), times, 0) == 0);
}

bool can_take(const std::filesystem::path& database) {
  const auto lock = FlushLock::take(database, StopSignals{});
  return lock.ok() && lock->has_value();
}

}  // namespace

TEST_CASE("flush lock: a sender is seen while it works, and is gone with its process") {
  const dblog::test::TemporaryDirectory directory;
  const auto database = directory / "LOGS.db";
  CHECK_FALSE(see_sender(database).is_active);
  {
    const Holder holder{database};
    CHECK(see_sender(database).is_active);
    CHECK(see_sender(database).refusal.empty());
  }
  CHECK_FALSE(see_sender(database).is_active);
  CHECK(can_take(database));
}

TEST_CASE(
    "flush lock: a tool bypasses a sender that is stopped, which does not stand in the way later") {
  const dblog::test::TemporaryDirectory directory;
  const auto database = directory / "LOGS.db";
  const Holder stopped{database};
  stopped.stop();
  CHECK_FALSE(see_sender(database).is_active);
  const Holder next{database};
  CHECK(see_sender(database).is_active);
}

TEST_CASE(
    "flush lock: a tool bypasses a sender without a sign of progress, whatever the clock says") {
  const dblog::test::TemporaryDirectory directory;
  const auto database = directory / "LOGS.db";
  const auto shift = GENERATE(std::chrono::hours{-1}, std::chrono::hours{87'600});
  const Holder hanging{database};
  set_time_of_lock(database, shift);
  CHECK_FALSE(see_sender(database).is_active);
  const Holder next{database};
  CHECK(see_sender(database).is_active);
}

TEST_CASE("flush lock: one that waits ends at a stop signal, and a third one at once") {
  const dblog::test::TemporaryDirectory directory;
  const auto database = directory / "LOGS.db";
  const Holder working{database};
  const pid_t waiting = ::fork();
  if (waiting == 0) {
    ::alarm(60);
    StopSignals stop;
    stop.listen();
    const auto lock = FlushLock::take(database, stop);
    ::_exit(lock.ok() && !lock->has_value() && stop.have_come() ? 0 : 1);
  }
  // Until it waits.
  const int file = ::open(sender_lock_path(database).c_str(), O_RDWR | O_CLOEXEC);
  while (dblog::sqlite::sender_at(file, dblog::sqlite::kSenderWaits) ==
         dblog::sqlite::SenderState::none) {
    REQUIRE(::waitpid(waiting, nullptr, WNOHANG) == 0);
  }
  ::close(file);
  CHECK_FALSE(can_take(database));
  ::kill(waiting, SIGTERM);
  int status = -1;
  REQUIRE(::waitpid(waiting, &status, 0) == waiting);
  CHECK(status == 0);
}

TEST_CASE("flush lock: a file that others can write says nothing, and is named") {
  const dblog::test::TemporaryDirectory directory;
  const auto database = directory / "LOGS.db";
  std::ofstream{sender_lock_path(database)};
  REQUIRE(::chmod(sender_lock_path(database).c_str(), 0666) == 0);
  CHECK_FALSE(see_sender(database).is_active);
  CHECK_THAT(see_sender(database).refusal,
             Catch::Contains("LOGS.db-flush can be written by others"));
  CHECK_FALSE(FlushLock::take(database, StopSignals{}).ok());
}

TEST_CASE("stop signals: an alarm ends a process that does not end by itself") {
  const pid_t deaf = ::fork();
  if (deaf == 0) {
    StopSignals::accept();
    StopSignals stop;
    stop.listen();
    ::raise(SIGTERM);
    while (true) ::pause();
  }
  int status = 0;
  REQUIRE(::waitpid(deaf, &status, 0) == deaf);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGALRM);
}
