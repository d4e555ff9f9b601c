// dblog flush --linger, when it has nothing to do until a message is due.
#include "tools/dblog/standby.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "src/sqlite/sender_lock.hpp"
#include "tests/unit/child_process.hpp"
#include "tests/unit/outbox/outbox_scene.hpp"
#include "tools/dblog/flush_lock.hpp"

namespace {

using dblog::notify::Answer;
using dblog::notify::Message;
using dblog::notify::Verdict;
using dblog::test::FakeSender;
using dblog::test::OutboxScene;
using dblog::tool::FlushOptions;
using dblog::tool::FlushParts;
using dblog::tool::Standby;
using dblog::tool::StopSignals;

// The black box of a process that runs: its lock is held.
class RunningProgram {
 public:
  explicit RunningProgram(const OutboxScene& scene)
      : path_(scene.path.string() + "-box-4711-843f1df2-f82c-498f-928f-d798dcadea30"),
        descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    if (::fcntl(descriptor_, F_OFD_SETLK, &whole) != 0) throw std::runtime_error(path_);
  }
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  ~RunningProgram() {
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }

 private:
  std::string path_;
  int descriptor_;
};

// A process that has logged, without handlers, and has nothing more to say: SQLite's lock, which a
// forked child's SQLite would take for its parent's.
class OpenElsewhere {
 public:
  explicit OpenElsewhere(const std::filesystem::path& database)
      : child_([this, database] {
          const int file = ::open(database.c_str(), O_RDWR | O_CLOEXEC);
          struct flock shared {};
          shared.l_type = F_RDLCK;
          shared.l_start = 0x40000002;
          shared.l_len = 510;
          if (::fcntl(file, F_SETLK, &shared) != 0) return 1;
          const char byte = 1;
          return ::write(is_locked_.ends[1], &byte, 1) == 1 ? ::pause() : 1;
        }) {
    char byte = 0;
    if (::read(is_locked_.ends[0], &byte, 1) != 1) throw std::runtime_error("no child");
  }

 private:
  struct Pipe {
    Pipe() {
      if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
    }
    ~Pipe() {
      for (const int end : ends) ::close(end);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    int ends[2];
  };
  const Pipe is_locked_;
  const ChildProcess child_;
};

struct StandbyScene {
  OutboxScene outbox;
  std::atomic<int> sent{0};
  FlushParts parts{
      [this] {
        const auto slack = std::make_shared<FakeSender>([this](const Message&) {
          ++sent;
          return Answer{Verdict::sent, "", std::nullopt};
        });
        return std::vector<dblog::outbox::Channel>{{"slack", slack, std::chrono::milliseconds{0}}};
      },
      [](const std::filesystem::path&, std::chrono::milliseconds) { return std::nullopt; }};
  FlushOptions options;

  // Time to send, and less than a message that is due soon keeps it.
  StandbyScene() {
    options.linger_seconds = 0;
    options.longest_linger = std::chrono::seconds{7};
  }

  void add(const std::string& text, std::chrono::seconds due_in) {
    outbox.add("slack", text);
    outbox.database.exec("UPDATE outbox SET next_attempt = '" +
                         dblog::local_date_text(dblog::now() + due_in) + "' WHERE subject LIKE '%" +
                         text + "'");
  }

  dblog::tool::Outcome flush() {
    StopSignals stop;
    stop.listen();
    return dblog::tool::flush(outbox.path, options, parts, stop);
  }
};

}  // namespace

TEST_CASE("standby: a message that is due later is sent while a program runs") {
  StandbyScene scene;
  scene.add("a digest", std::chrono::seconds{9});
  const RunningProgram program{scene.outbox};
  (void)scene.flush();
  CHECK(scene.sent == 1);
}

TEST_CASE("standby: a tool ends when no program runs") {
  StandbyScene scene;
  scene.add("a digest", std::chrono::hours{1});
  (void)scene.flush();
  CHECK(scene.sent == 0);
}

TEST_CASE("standby: a tool ends when no message waits") {
  StandbyScene scene;
  const RunningProgram program{scene.outbox};
  scene.add("an alert", std::chrono::seconds{0});
  (void)scene.flush();
  CHECK(scene.sent == 1);
}

TEST_CASE("standby: one stands by, and others send what comes meanwhile and end") {
  StandbyScene scene;
  (void)scene.flush();  // makes the lock file
  const RunningProgram program{scene.outbox};
  Standby one{scene.outbox.path};
  REQUIRE(one.begin());
  CHECK_FALSE(Standby{scene.outbox.path}.begin());
  scene.add("a digest", std::chrono::hours{1});
  scene.add("an alert", std::chrono::seconds{0});
  (void)scene.flush();
  CHECK(scene.sent == 1);
}

TEST_CASE("standby: SIGTERM ends one that stands by") {
  StandbyScene scene;
  (void)scene.flush();  // makes the lock file
  scene.add("a digest", std::chrono::hours{1});
  const RunningProgram program{scene.outbox};
  const auto lock_file = dblog::sqlite::sender_lock_path(scene.outbox.path);
  const int descriptor = ::open(lock_file.c_str(), O_RDWR | O_CLOEXEC);
  std::thread tool{[&] { (void)scene.flush(); }};
  while (dblog::sqlite::sender_at(descriptor, dblog::sqlite::kSenderStandsBy) ==
         dblog::sqlite::SenderState::none) {
    std::this_thread::yield();
  }
  ::pthread_kill(tool.native_handle(), SIGTERM);
  tool.join();
  ::close(descriptor);
  CHECK(scene.sent == 0);
}

TEST_CASE("standby: a lock file that was removed is made again, and another one is taken") {
  StandbyScene scene;
  (void)scene.flush();
  const RunningProgram program{scene.outbox};
  Standby one{scene.outbox.path};
  REQUIRE(one.begin());
  scene.add("a digest", std::chrono::hours{1});
  std::filesystem::remove(scene.outbox.path.string() + "-flush");
  StopSignals stop;
  stop.listen();
  CHECK(one.wait(scene.parts, stop));
  CHECK(dblog::tool::FlushLock::take(scene.outbox.path, stop)->has_value());
  CHECK(one.begin());
  CHECK_FALSE(Standby{scene.outbox.path}.begin());
}

TEST_CASE("standby: a program that only has the database open counts") {
  StandbyScene scene;
  scene.add("a digest", std::chrono::seconds{9});
  const OpenElsewhere program{scene.outbox.path};
  (void)scene.flush();
  CHECK(scene.sent == 1);
}

TEST_CASE("standby: a message whose time is moved into the past is due") {
  StandbyScene scene;
  (void)scene.flush();  // makes the lock file
  scene.add("a digest", std::chrono::hours{1});
  const RunningProgram program{scene.outbox};
  Standby one{scene.outbox.path};
  REQUIRE(one.begin());
  StopSignals stop;
  stop.listen();
  std::atomic<bool> is_due{false};
  std::thread waiting{[&] { is_due = one.wait(scene.parts, stop); }};
  scene.outbox.database.exec("UPDATE outbox SET next_attempt = 0");
  waiting.join();
  CHECK(is_due);
}
