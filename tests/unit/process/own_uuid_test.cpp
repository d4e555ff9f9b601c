#include "src/process/own_uuid.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

using dblog::base::short_id_of;
using dblog::base::text_of;
using dblog::process::own_uuid;

// What a child that is made past the C library calls itself.
std::string uuid_of_child() {
  int ends[2];
  if (::pipe(ends) != 0) return "";
  const auto child = static_cast<pid_t>(::syscall(SYS_fork));
  if (child == 0) {
    const auto text = text_of(own_uuid());
    (void)!::write(ends[1], text.text, sizeof text.text);
    ::_exit(0);
  }
  char text[37] = {};
  (void)!::read(ends[0], text, sizeof text);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  return text;
}

}  // namespace

TEST_CASE("own uuid: all threads of a process have one, and each child another") {
  std::vector<std::string> seen(8);
  std::vector<std::thread> threads;
  for (std::string& text : seen) {
    threads.emplace_back([&text] { text = text_of(own_uuid()).text; });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string own = text_of(own_uuid()).text;
  for (const std::string& text : seen) CHECK(text == own);
  const std::string one = uuid_of_child();
  const std::string other = uuid_of_child();
  CHECK(one.size() == 36);
  CHECK(one != own);
  CHECK(other != own);
  CHECK(other != one);
  CHECK(own == text_of(own_uuid()).text);
}

TEST_CASE("own uuid: its number has 53 bits, and none is 0") {
  dblog::base::Uuid uuid;
  std::memset(uuid.bytes, 0xFF, sizeof uuid.bytes);
  CHECK(short_id_of(uuid) == (std::int64_t{1} << 53) - 1);
  CHECK_FALSE(dblog::base::is_nil(uuid));
  CHECK(dblog::base::is_nil(dblog::base::Uuid{}));
  CHECK(short_id_of(own_uuid()) > 0);
}
