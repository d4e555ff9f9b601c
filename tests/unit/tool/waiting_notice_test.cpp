#include "tools/dblog/waiting_notice.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"
#include "tools/dblog/groups.hpp"
#include "tools/dblog/list.hpp"

using namespace dblog::tool;

namespace {

const std::string kName = "4711-843f1df2-f82c-498f-928f-d798dcadea30";

/// Locked as its process locks it, while this lives.
class LockedFile {
 public:
  explicit LockedFile(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    REQUIRE(::fcntl(descriptor_, F_OFD_SETLK, &whole) == 0);
  }
  ~LockedFile() { ::close(descriptor_); }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

 private:
  int descriptor_;
};

}  // namespace

TEST_CASE("waiting files: are counted while no process has locked them") {
  const dblog::test::TemporaryDirectory directory;
  const std::string database = (directory / "LOGS.db").string();
  CHECK(waiting_files_notice(database).empty());
  std::ofstream{database + "-queue-" + kName};
  {
    const LockedFile box{database + "-box-" + kName};
    CHECK(waiting_files_notice(database) ==
          database + ": 1 file of a process that is gone waits beside it: dblog recover");
  }
  CHECK(waiting_files_notice(database) ==
        database +
            ": 2 files of processes that are gone wait beside it (1 black box, 1 queue; 0.0 "
            "MB): dblog recover");
}

TEST_CASE("waiting files: one that others can write is left alone and named") {
  const dblog::test::TemporaryDirectory directory;
  const std::string database = (directory / "LOGS.db").string();
  const std::filesystem::path box = database + "-box-" + kName;
  std::ofstream{box};
  std::filesystem::permissions(box, std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  CHECK(
      waiting_files_notice(database) ==
      database +
          ": 1 black box or queue is skipped: it belongs to another user, or others can write it");
}

TEST_CASE("waiting files: links and other databases' files are none") {
  const dblog::test::TemporaryDirectory directory;
  const std::string database = (directory / "LOGS.db").string();
  std::ofstream{directory / ("other.db-box-" + kName)};
  std::filesystem::create_symlink(directory / ("other.db-box-" + kName),
                                  database + "-box-" + kName);
  CHECK(waiting_files_notice(database).empty());
}

TEST_CASE("waiting files: list and groups tell of them and are done all the same") {
  const dblog::test::TemporaryDirectory directory;
  const std::string database = (directory / "LOGS.db").string();
  dblog::test::make_database(database);
  std::ofstream{database + "-box-" + kName};
  for (const Outcome& outcome : {list(database, {}), groups(database, {})}) {
    CHECK(outcome.exit_code == ExitCode::done);
    CHECK(outcome.error.find("1 file of a process") != std::string::npos);
  }
}
