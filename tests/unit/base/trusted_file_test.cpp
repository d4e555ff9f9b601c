#include "src/base/trusted_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <string>

#include "src/base/parent_directory.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::base::Distrust;
using dblog::base::judge_file_at;
using dblog::base::judge_program;
using dblog::base::open_trusted;
using dblog::base::ParentDirectory;
using dblog::base::TrustedWriters;
using dblog::test::TemporaryDirectory;

constexpr uid_t kOtherUser = 12'345;

struct Trusting {
  explicit Trusting(TrustedWriters writers) { dblog::base::set_trusted_writers(writers); }
  ~Trusting() { dblog::base::set_trusted_writers(TrustedWriters::owner); }
};

fs::path make_file(const fs::path& path, mode_t mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
  REQUIRE(file >= 0);
  REQUIRE(::fchmod(file, mode) == 0);
  ::close(file);
  return path;
}

Distrust refusal_of(const fs::path& path, int flags = O_RDWR) {
  Distrust why = Distrust::none;
  const int file = open_trusted(path.c_str(), flags, why);
  if (file >= 0) ::close(file);
  CHECK((file >= 0) == (why == Distrust::none));
  if (why != Distrust::none) CHECK(errno == EPERM);
  return why;
}

TEST_CASE("trusted file: one's own is opened, what others could have written is not") {
  const TemporaryDirectory directory;
  CHECK(refusal_of(make_file(directory / "own", 0600)) == Distrust::none);
  CHECK(refusal_of(make_file(directory / "readable", 0644)) == Distrust::none);
  CHECK(refusal_of(make_file(directory / "group", 0660)) == Distrust::writable_by_others);
  CHECK(refusal_of(make_file(directory / "all", 0606)) == Distrust::writable_by_others);
  fs::create_hard_link(directory / "own", directory / "second");
  CHECK(refusal_of(directory / "own") == Distrust::several_links);
}

TEST_CASE("trusted file: what is no regular file is not opened, and nothing waits for it") {
  const TemporaryDirectory directory;
  make_file(directory / "own", 0600);
  fs::create_symlink(directory / "own", directory / "link");
  REQUIRE(::mkfifo((directory / "fifo").c_str(), 0600) == 0);
  for (const char* name : {"link", "fifo", "."}) {
    CHECK(refusal_of(directory / name, O_RDONLY) == Distrust::not_regular);
  }
}

TEST_CASE("trusted file: another user's is refused whatever its mode, root's is not") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can give files away");
    return;
  }
  const TemporaryDirectory directory;
  const fs::path file = make_file(directory / "file", 0600);
  REQUIRE(::chown(file.c_str(), kOtherUser, kOtherUser) == 0);
  CHECK(refusal_of(file) == Distrust::other_owner);
  CHECK(judge_file_at(file.c_str()) == Distrust::other_owner);
  const Trusting everyone{TrustedWriters::everyone};
  CHECK(refusal_of(file) == Distrust::none);
}

TEST_CASE("trusted file: DBLOG_TRUST=group accepts the group, and no other users") {
  const TemporaryDirectory directory;
  const fs::path group = make_file(directory / "group", 0660);
  const fs::path all = make_file(directory / "all", 0666);
  const Trusting trusting{TrustedWriters::group};
  CHECK(refusal_of(group) == Distrust::none);
  CHECK(refusal_of(all) == Distrust::writable_by_others);
}

TEST_CASE("trusted file: a missing one is made for its owner alone, or is an error of the system") {
  const TemporaryDirectory directory;
  Distrust why = Distrust::none;
  CHECK(open_trusted((directory / "new").c_str(), O_RDWR, why) < 0);
  CHECK(errno == ENOENT);
  CHECK(why == Distrust::none);
  const int made = open_trusted((directory / "new").c_str(), O_RDWR | O_CREAT, why);
  REQUIRE(made > STDERR_FILENO);
  struct stat status {};
  REQUIRE(::fstat(made, &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK((::fcntl(made, F_GETFD) & FD_CLOEXEC) != 0);
  ::close(made);
  CHECK(open_trusted((directory / "new").c_str(), O_RDWR | O_CREAT | O_EXCL, why) < 0);
  CHECK(errno == EEXIST);
}

TEST_CASE("trusted file: nothing is opened, made or removed through a link in the path") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "private");
  make_file(directory / "private" / "file", 0600);
  fs::create_directory_symlink("private", directory / "link");
  const std::string through = directory / "link" / "file";
  Distrust why{};
  for (const int flags : {O_RDONLY, O_RDWR | O_CREAT}) {
    CHECK(open_trusted(through.c_str(), flags, why) == -1);
    CHECK(errno == ENOTDIR);
  }
  CHECK_FALSE(dblog::base::remove_trusted(ParentDirectory{through.c_str()}, false, why));
  CHECK(dblog::base::make_new((through + "2").c_str()) == -1);
  CHECK(judge_file_at(through.c_str()) == Distrust::missing);
  CHECK(std::distance(fs::directory_iterator{directory / "private"}, {}) == 1);

  const std::string straight = directory / "private" / "file";
  const int file = open_trusted(straight.c_str(), O_RDWR, why);
  CHECK(file > STDERR_FILENO);
  ::close(file);
  CHECK(dblog::base::remove_trusted(ParentDirectory{straight.c_str()}, true, why));
  CHECK(fs::is_empty(directory / "private"));
}

TEST_CASE("trusted program: neither it nor a directory above it may be others' to write") {
  const TemporaryDirectory directory;  // in /tmp, root's sticky directory
  fs::create_directories(directory / "a/b");
  const fs::path program = make_file(directory / "a/b/tool", 0755);
  const fs::path real = fs::canonical(program);
  CHECK(judge_program(real.c_str()) == Distrust::none);
  REQUIRE(::chmod((directory / "a").c_str(), 0775) == 0);
  std::size_t refused = 0;
  CHECK(judge_program(real.c_str(), &refused) == Distrust::writable_by_others);
  CHECK(real.string().substr(0, refused) == fs::canonical(directory / "a"));
  REQUIRE(::chmod((directory / "a").c_str(), 0755) == 0);
  REQUIRE(::chmod(program.c_str(), 0775) == 0);
  CHECK(judge_program(real.c_str(), &refused) == Distrust::writable_by_others);
  CHECK(refused == real.string().size());
  REQUIRE(::chmod(program.c_str(), 0755) == 0);
  CHECK(judge_program("a/b/tool") == Distrust::missing);
  CHECK(judge_program((real.string() + "/x").c_str()) != Distrust::none);
  fs::create_symlink(real.parent_path(), directory / "link");
  CHECK(judge_program((fs::canonical(directory.path()) / "link/tool").c_str()) ==
        Distrust::not_regular);
  if (::geteuid() != 0) return;
  REQUIRE(::chown((directory / "a").c_str(), kOtherUser, kOtherUser) == 0);
  CHECK(judge_program(real.c_str()) == Distrust::other_owner);
}

}  // namespace
