#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>

#include "src/recovery/recovery.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::test::TemporaryDirectory;
using namespace std::chrono_literals;

const char* const kNames[] = {"LOGS.db-newbox-7-00000000-0000-4000-8000-000000000000",
                              "LOGS.db-newqueue-7-00000000-0000-4000-8000-000000000000"};

fs::path unfinished(const TemporaryDirectory& directory, const char* name) {
  const fs::path file = directory.write(name, "begun");
  fs::permissions(file, fs::perms{0600});
  return file;
}

// How often the file is opened while the database is recovered.
int openings(const TemporaryDirectory& directory, const fs::path& file) {
  const int watch = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  REQUIRE(::inotify_add_watch(watch, file.c_str(), IN_OPEN) >= 0);
  (void)dblog::recovery::recover(directory / "LOGS.db", 1s);
  int count = 0;
  alignas(inotify_event) char event[4096];
  for (ssize_t size = ::read(watch, event, sizeof event); size > 0;
       size = ::read(watch, event, sizeof event)) {
    for (const char* at = event; at < event + size;
         at += sizeof(inotify_event) + reinterpret_cast<const inotify_event*>(at)->len) {
      count += (reinterpret_cast<const inotify_event*>(at)->mask & IN_OPEN) != 0 ? 1 : 0;
    }
  }
  ::close(watch);
  return count;
}

}  // namespace

TEST_CASE("recover: a box or queue that is just being made is not opened") {
  const TemporaryDirectory directory;
  for (const char* name : kNames) {
    const fs::path file = unfinished(directory, name);
    CHECK(openings(directory, file) == 0);
    CHECK(fs::exists(file));
  }
}

TEST_CASE("recover: one that was left long ago is deleted") {
  const TemporaryDirectory directory;
  for (const char* name : kNames) {
    const fs::path file = unfinished(directory, name);
    fs::last_write_time(file, fs::file_time_type::clock::now() - 2min);
    CHECK(openings(directory, file) > 0);
    CHECK_FALSE(fs::exists(file));
  }
}
