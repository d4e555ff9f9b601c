#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "src/base/cgroup_directory.hpp"
#include "src/base/proc_files.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::test::TemporaryDirectory;

using dblog::crash::count_entries;
using dblog::crash::find_cgroup_directory;
using dblog::crash::kCgroupDirectorySize;
using dblog::crash::PathText;
using dblog::crash::read_small_file;

std::string cgroup_directory(const std::string& groups, const std::string& mount) {
  char directory[kCgroupDirectorySize] = "untouched";
  const bool found = find_cgroup_directory(groups, mount, directory);
  CHECK(found == (directory[0] != '\0'));
  return directory;
}

}  // namespace

TEST_CASE("small file: is read whole, and cut to the buffer") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("file", "some text").string();
  char buffer[16];
  CHECK(read_small_file(path.c_str(), buffer, sizeof buffer) == "some text");
  CHECK(read_small_file(path.c_str(), buffer, 4) == "some");
}

TEST_CASE("small file: what cannot be read is empty") {
  const TemporaryDirectory directory;
  char buffer[16];
  CHECK(read_small_file((directory.path() / "none").c_str(), buffer, sizeof buffer).empty());
  CHECK(read_small_file(directory.path().c_str(), buffer, sizeof buffer).empty());
  CHECK(read_small_file("", buffer, sizeof buffer).empty());
}

TEST_CASE("small file: leaves no descriptor open") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("file", "x").string();
  const int before = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(before);
  char buffer[512];
  read_small_file(path.c_str(), buffer, sizeof buffer);
  read_small_file(directory.path().c_str(), buffer, sizeof buffer);
  count_entries(directory.path().c_str(), buffer, sizeof buffer);
  const int after = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(after);
  CHECK(after == before);
}

TEST_CASE("directory entries: are counted over many small reads") {
  const TemporaryDirectory directory;
  char scratch[512];
  CHECK(count_entries(directory.path().c_str(), scratch, sizeof scratch) == 0);
  for (int i = 0; i < 300; ++i) directory.write(".entry" + std::to_string(i), "");
  CHECK(count_entries(directory.path().c_str(), scratch, sizeof scratch) == 300);
}

TEST_CASE("directory entries: what is no directory is unknown") {
  const TemporaryDirectory directory;
  char scratch[512];
  const std::string file = directory.write("file", "x").string();
  CHECK(count_entries(file.c_str(), scratch, sizeof scratch) == -1);
  CHECK(count_entries((directory.path() / "none").c_str(), scratch, sizeof scratch) == -1);
}

TEST_CASE("path text: joins texts and numbers") {
  PathText path;
  CHECK(std::string(path.add("/proc/").add_number(4711).add("/stat").c_str()) == "/proc/4711/stat");
  path.cut(6);
  CHECK(std::string(path.add("self").c_str()) == "/proc/self");
}

TEST_CASE("path text: a path that does not fit is empty for good, not cut") {
  PathText path;
  path.add(std::string(PathText::kCapacity - 1, 'x'));
  CHECK(path.size() == PathText::kCapacity - 1);
  path.add("y");
  CHECK(path.size() == 0);
  CHECK(std::string(path.add("/etc").c_str()).empty());
}

TEST_CASE("cgroup directory: is the process's group below the mount") {
  const TemporaryDirectory mount;
  mount.write("cgroup.controllers", "");
  mount.write("a.slice/b.scope/cgroup.controllers", "");
  CHECK(cgroup_directory("0::/a.slice/b.scope\n", mount.path()) ==
        mount.path().string() + "/a.slice/b.scope");
  CHECK(cgroup_directory("0::/\n", mount.path()) == mount.path().string());
}

TEST_CASE("cgroup directory: is the mount in a container that shares its host's namespace") {
  const TemporaryDirectory mount;
  mount.write("cgroup.controllers", "");
  CHECK(cgroup_directory("0::/docker/0123456789abcdef\n", mount.path()) == mount.path().string());
}

TEST_CASE("cgroup directory: there is none without cgroup v2") {
  const TemporaryDirectory mount;
  mount.write("a.slice/tasks", "");
  CHECK(cgroup_directory("0::/a.slice\n", mount.path()).empty());
  mount.write("cgroup.controllers", "");
  CHECK(cgroup_directory("4:memory:/a.slice\n", mount.path()).empty());
  CHECK(cgroup_directory("0::/../a.slice\n", mount.path()).empty());
  CHECK(cgroup_directory("", mount.path()).empty());
}

TEST_CASE("cgroup directory: a path that is too long is refused") {
  const TemporaryDirectory mount;
  const std::string group =
      "/" + std::string(200, 'a') + "/" + std::string(200, 'b') + "/" + std::string(100, 'c');
  mount.write(group.substr(1) + "/cgroup.controllers", "");
  CHECK(cgroup_directory("0::" + group + "\n", mount.path()).empty());
}
