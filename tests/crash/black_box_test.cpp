// Deaths that the crash connection cannot record: what the black box keeps, and who reports it.
#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "handlers/record/black_box.hpp"
#include "tests/crash/crash_scene.hpp"

using dblog::test::ChildResult;
using dblog::test::CrashScene;

namespace {

std::vector<std::filesystem::path> boxes_of(const CrashScene& scene) {
  std::vector<std::filesystem::path> boxes;
  for (const auto& entry : std::filesystem::directory_iterator(scene.path("."))) {
    if (entry.path().filename().string().find("box-") != std::string::npos) {
      boxes.push_back(entry.path());
    }
  }
  return boxes;
}

void change_byte(const std::filesystem::path& file, std::streamoff offset, char bits = 0x55) {
  std::fstream stream{file, std::ios::in | std::ios::out | std::ios::binary};
  stream.seekg(offset);
  const char byte = static_cast<char>(stream.get());
  stream.seekp(offset);
  stream.put(static_cast<char>(byte ^ bits));
}

// A crash that could not be committed, because another process held the lock.
CrashScene& with_waiting_crash(CrashScene& scene) {
  scene.run({"null-write", "locked", "release=7", "slack"});
  REQUIRE(boxes_of(scene).size() == 1);
  REQUIRE(scene.query("SELECT count(*) FROM crashes") == "0");
  return scene;
}

}  // namespace

TEST_CASE("black box: a crash that could not be committed is there, whole, after the next run") {
  CrashScene scene;
  with_waiting_crash(scene);
  CHECK(scene.run({"clean"}).exit_code() == 0);
  CHECK(scene.query("SELECT count(*), kind, signal_name, release, fault_address FROM crashes") ==
        "1|signal|SIGSEGV|7|0x0");
  CHECK_THAT(scene.function_at(0), Catch::Contains("write_to_null"));
  CHECK(scene.query("SELECT count(*) FROM hw_logs JOIN crashes ON hw_log_id = hw_logs.id") == "1");
  CHECK(scene.query("SELECT count(*) FROM outbox WHERE source_id = 1") == "1");
  CHECK(boxes_of(scene).empty());
}

TEST_CASE("black box: recover imports a crash exactly once") {
  CrashScene scene;
  with_waiting_crash(scene);
  const std::filesystem::path box = boxes_of(scene).front();
  const std::filesystem::path copy = scene.path("copy");
  std::filesystem::copy_file(box, copy);
  const ChildResult first = scene.recover();
  CHECK(first.exit_code() == 0);
  CHECK(first.out == "crashes: 1, killed processes: 0\n");
  std::filesystem::rename(copy, box);
  CHECK(scene.recover().out == "crashes: 0, killed processes: 0\n");
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
  CHECK(boxes_of(scene).empty());
}

TEST_CASE("black box: a committed crash leaves none") {
  CrashScene scene;
  scene.run({"null-write"});
  scene.run({"throw"});
  CHECK(boxes_of(scene).empty());
}

TEST_CASE("black box: ends that are no crash leave neither box nor row") {
  for (const char* end :
       {"clean", "exit", "_exit", "quick-exit", "sigterm", "sigint", "exec", "removed-clean"}) {
    INFO(end);
    CrashScene scene;
    const ChildResult child = scene.run({end});
    CHECK(!child.timed_out);
    if (end != std::string{"exec"}) CHECK(boxes_of(scene).empty());
    const ChildResult list =
        scene.run_program({DBLOG_TOOL, "list", "--db", scene.path("LOGS.db").string()});
    CHECK(list.err.find("waits beside it") == std::string::npos);
    (void)scene.recover();
    CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
  }
}

TEST_CASE("black box: SIGTERM and SIGINT still end the process by themselves") {
  CrashScene scene;
  CHECK(scene.run({"sigterm"}).signal() == SIGTERM);
  CHECK(scene.run({"sigint"}).signal() == SIGINT);
}

TEST_CASE("black box: a process that was killed is reported by the next look") {
  for (const char* end : {"sigkill", "blocked-fault"}) {
    INFO(end);
    CrashScene scene;
    const ChildResult child = scene.run({end, "release=9"});
    CHECK(boxes_of(scene).size() == 1);
    CHECK(scene.recover().out == "crashes: 0, killed processes: 1\n");
    CHECK(scene.query("SELECT kind, pid, release, signal IS NULL, tid IS NULL FROM crashes") ==
          "killed|" + std::to_string(child.process_id) + "|9|1|1");
    CHECK_THAT(scene.query("SELECT msg FROM crashes"),
               Catch::Contains("cause unknown") && Catch::Contains("last sign of life"));
    CHECK(boxes_of(scene).empty());
  }
}

TEST_CASE("black box: a kill is dated when it is found, and says the last sign of life") {
  CrashScene scene;
  scene.run({"sigkill"});
  {
    std::fstream box{boxes_of(scene).front(), std::ios::in | std::ios::out | std::ios::binary};
    box.seekp(offsetof(dblog::crash::BlackBox, last_seen_utc_microseconds));
    const std::int64_t long_ago = 1'000'000;
    box.write(reinterpret_cast<const char*>(&long_ago), sizeof long_ago);
  }
  REQUIRE(scene.recover().out == "crashes: 0, killed processes: 1\n");
  CHECK(scene.query("SELECT julianday('now', 'localtime') - julianday(date) < 0.01 FROM crashes") ==
        "1");
  CHECK_THAT(scene.query("SELECT msg FROM crashes"), !Catch::Contains("1970"));
}

TEST_CASE("black box: the box of a process that runs is left alone") {
  CrashScene scene;
  const ChildResult child = scene.run({"recover-meanwhile"}, {"DBLOG_TOOL=" DBLOG_TOOL});
  CHECK(child.exit_code() == 0);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
}

TEST_CASE("black box: is readable by its owner only") {
  CrashScene scene;
  with_waiting_crash(scene);
  struct stat status {};
  REQUIRE(::stat(boxes_of(scene).front().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("black box: a damaged box is refused with a reason, and left") {
  using dblog::crash::BlackBox;
  const std::vector<std::pair<std::streamoff, std::string>> damages = {
      {0, "is no black box"},
      {offsetof(BlackBox::Identity, layout), "another version"},
      {offsetof(BlackBox::Identity, facts), "damaged"},
      {offsetof(BlackBox, record) + offsetof(dblog::crash::CrashRecord, frames), "damaged"},
      {offsetof(BlackBox, record) + offsetof(dblog::crash::CrashRecord, message), "damaged"},
      {offsetof(BlackBox, record_state) + 1, "damaged"},
  };
  for (const auto& [offset, reason] : damages) {
    INFO("byte " << offset);
    CrashScene scene;
    with_waiting_crash(scene);
    change_byte(boxes_of(scene).front(), offset);
    const ChildResult child = scene.recover();
    CHECK(child.exit_code() == 1);
    CHECK_THAT(child.out, Catch::Contains(reason));
    CHECK(boxes_of(scene).size() == 1);
    CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
  }
}

TEST_CASE("black box: a truncated box is refused at every length") {
  CrashScene scene;
  with_waiting_crash(scene);
  const std::filesystem::path box = boxes_of(scene).front();
  for (const std::uintmax_t size : {std::filesystem::file_size(box) - 1, std::uintmax_t{4'096},
                                    std::uintmax_t{16}, std::uintmax_t{1}, std::uintmax_t{0}}) {
    INFO(size << " bytes");
    std::filesystem::resize_file(box, size);
    CHECK(scene.recover().exit_code() == 1);
  }
  CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
}

TEST_CASE("black box: one flipped bit, wherever it is, makes no wrong row") {
  using dblog::crash::BlackBox;
  CrashScene scene;
  with_waiting_crash(scene);
  const std::filesystem::path box = boxes_of(scene).front();
  const std::filesystem::path whole = scene.path("whole");
  std::filesystem::copy_file(box, whole);
  REQUIRE(scene.recover().exit_code() == 0);
  const std::string rows = "SELECT * FROM crashes; SELECT count(*) FROM frames";
  const std::string true_row = scene.query(rows);
  // Boxes of the same crash: each adds nothing or is refused.
  std::mt19937 random{20261122};
  int boxes = 0;
  const auto flip = [&](std::size_t byte, unsigned bit) {
    const std::filesystem::path damaged = box.string() + std::to_string(++boxes);
    std::filesystem::copy_file(whole, damaged);
    change_byte(damaged, static_cast<std::streamoff>(byte), static_cast<char>(1U << bit));
  };
  const auto flip_in = [&](std::size_t begin, std::size_t end, int count) {
    for (int i = 0; i < count; ++i) flip(begin + random() % (end - begin), random() % 8);
  };
  for (unsigned bit = 0; bit < 32; ++bit) {
    flip(offsetof(BlackBox, record_state) + bit / 8, bit % 8);
  }
  flip_in(0, sizeof(BlackBox::Identity), 60);
  flip_in(sizeof(BlackBox::Identity), offsetof(BlackBox, record), 40);
  flip_in(offsetof(BlackBox, record), sizeof(BlackBox), 120);
  CHECK(scene.recover().exit_code() == 1);
  CHECK(scene.query(rows) == true_row);
  CHECK(!boxes_of(scene).empty());
}

TEST_CASE("black box: one that belongs to another user is refused") {
  if (::geteuid() != 0) {
    WARN("skipped: needs root");
    return;
  }
  CrashScene scene;
  with_waiting_crash(scene);
  REQUIRE(::chown(boxes_of(scene).front().c_str(), 12345, 12345) == 0);
  const ChildResult child = scene.recover();
  CHECK(child.exit_code() == 1);
  CHECK_THAT(child.out, Catch::Contains("another user"));
  CHECK(boxes_of(scene).size() == 1);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
}

TEST_CASE("black box: links and directories by its name are refused") {
  CrashScene scene;
  with_waiting_crash(scene);
  const std::filesystem::path box = boxes_of(scene).front();
  const std::filesystem::path elsewhere = scene.path("elsewhere");
  std::filesystem::rename(box, elsewhere);
  std::filesystem::create_symlink(elsewhere, box);
  CHECK_THAT(scene.recover().out, Catch::Contains("not a regular file"));
  std::filesystem::remove(box);
  std::filesystem::create_hard_link(elsewhere, box);
  CHECK_THAT(scene.recover().out, Catch::Contains("second name"));
  std::filesystem::remove(box);
  std::filesystem::create_directory(box);
  CHECK(scene.recover().exit_code() == 1);
  CHECK(std::filesystem::exists(elsewhere));
  CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
}

TEST_CASE("black box: one that was never finished is deleted, later") {
  CrashScene scene;
  scene.run({"clean"});
  for (const char* name : {"LOGS.db-newbox-1-old", "LOGS.db-newbox-2-new", "elsewhere"}) {
    std::ofstream{scene.path(name)} << "half";
  }
  std::filesystem::create_symlink(scene.path("elsewhere"), scene.path("LOGS.db-newbox-3-link"));
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours{1};
  std::filesystem::last_write_time(scene.path("LOGS.db-newbox-1-old"), long_ago);
  std::filesystem::last_write_time(scene.path("elsewhere"), long_ago);
  CHECK(scene.recover().exit_code() == 0);
  CHECK(!std::filesystem::exists(scene.path("LOGS.db-newbox-1-old")));
  CHECK(std::filesystem::exists(scene.path("LOGS.db-newbox-2-new")));
  CHECK(std::filesystem::exists(scene.path("LOGS.db-newbox-3-link")));
  CHECK(std::filesystem::exists(scene.path("elsewhere")));
}

TEST_CASE("deadline: a what() that never returns does not keep the process") {
  CrashScene scene;
  const ChildResult child = scene.run({"what-hangs", "previous-terminate"});
  CHECK(!child.timed_out);
  CHECK(child.exit_code() == 4);
  scene.run({"clean"});
  CHECK(scene.query("SELECT count(*), kind, exception_type FROM crashes") ==
        "1|exception|(anonymous namespace)::HangingWhat");
}

TEST_CASE("deadline: a stopped reader of stderr does not keep the process") {
  CrashScene scene;
  const ChildResult child = scene.run({"full-stderr"});
  CHECK(!child.timed_out);
  CHECK(child.signal() == SIGSEGV);
  CHECK(scene.query("SELECT count(*) FROM crashes") == "1");
}

TEST_CASE("black box: of those that cannot be imported the oldest go, and the tool reports it") {
  CrashScene scene;
  scene.run({"clean"});
  REQUIRE(scene.query("PRAGMA user_version = 999").empty());
  scene.run({"null-write"});
  REQUIRE(boxes_of(scene).size() == 1);
  const std::filesystem::path newest = boxes_of(scene).front();
  constexpr int kMany = 130;
  const auto now = std::filesystem::last_write_time(newest);
  for (int age = 1; age < kMany; ++age) {
    const std::filesystem::path copy = newest.string() + std::to_string(age);
    std::filesystem::copy_file(newest, copy);
    std::filesystem::last_write_time(copy, now - std::chrono::hours{age});
  }
  const ChildResult child = scene.run({"null-write"});
  CHECK(child.signal() == SIGSEGV);
  CHECK_THAT(child.err, Catch::Contains("the oldest 30 of the black boxes and queues beside it "
                                        "were deleted"));
  CHECK(boxes_of(scene).size() == 101);  // its own is the last
  CHECK(std::filesystem::exists(newest));
  CHECK(!std::filesystem::exists(newest.string() + "129"));
  const ChildResult list =
      scene.run_program({DBLOG_TOOL, "list", "--db", scene.path("LOGS.db").string()});
  CHECK(list.exit_code() == 3);
  CHECK_THAT(list.err, Catch::Contains("use a newer dblog") &&
                           Catch::Contains("101 files of processes that are gone wait"));
}

TEST_CASE("black box: a trigger that keeps the crash out of the database is no record") {
  for (const char* trigger :
       {"CREATE TRIGGER x BEFORE INSERT ON crashes BEGIN SELECT RAISE(IGNORE); END",
        "CREATE TRIGGER x AFTER INSERT ON crashes BEGIN DELETE FROM crashes; END",
        "CREATE TRIGGER x AFTER INSERT ON crashes BEGIN UPDATE crashes SET uuid = 'x'; END"}) {
    INFO(trigger);
    CrashScene scene;
    scene.run({"clean"});
    REQUIRE(scene.query(trigger).empty());
    const ChildResult child = scene.run({"null-write"});
    CHECK(child.signal() == SIGSEGV);
    CHECK_THAT(child.err, Catch::Contains("NOT recorded") && Catch::Contains("a trigger of the ") &&
                              Catch::Contains("kept beside it"));
    CHECK(scene.query("SELECT count(*) FROM crashes") == "0");
    CHECK(scene.query("SELECT count(*) FROM frames") == "0");
    CHECK(boxes_of(scene).size() == 1);
    CHECK(scene.recover().exit_code() == 1);
    CHECK(boxes_of(scene).size() == 1);
    REQUIRE(scene.query("DROP TRIGGER x").empty());
    CHECK(scene.recover().out == "crashes: 1, killed processes: 0\n");
  }
}

TEST_CASE("black box: where it is gone, stderr reports a crash that is not recorded as lost") {
  CrashScene scene;
  const ChildResult child = scene.run_program({NEIGHBOUR_CHILD, "lost"});
  CHECK(child.signal() == SIGSEGV);
  CHECK_THAT(child.err, Catch::Contains("NOT recorded") && Catch::Contains("lost") &&
                            !Catch::Contains("kept beside it"));
}
