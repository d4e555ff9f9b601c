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

using dblog::base::count_entries;
using dblog::base::find_cgroup_directory;
using dblog::base::kCgroupDirectorySize;
using dblog::base::PathText;
using dblog::base::read_small_file;

std::string cgroup_directory(const std::string& groups, const std::string& mount) {
  char directory[kCgroupDirectorySize] = "untouched";
  const bool found = find_cgroup_directory(groups, mount, directory);
  CHECK(found == (directory[0] != '\0'));
  return directory;
}

std::string memory_directory(const std::string& groups, const std::string& mount) {
  char directory[kCgroupDirectorySize] = "untouched";
  const bool found = dblog::base::find_memory_cgroup_directory(groups, mount, directory);
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

TEST_CASE("cgroup directory: of version 1 is that of the memory controller") {
  const TemporaryDirectory mount;
  const std::string groups =
      "12:cpu,cpuacct:/other\n5:hugetlb,memory:/system.slice/a.service\n1:name=systemd:/x\n0::/y\n";
  CHECK(memory_directory(groups, mount.path()).empty());
  mount.write("system.slice/a.service/memory.oom_control", "");
  CHECK(memory_directory(groups, mount.path()) ==
        mount.path().string() + "/system.slice/a.service");
}

TEST_CASE("cgroup directory: of version 1 is the mount in a container") {
  const TemporaryDirectory mount;
  mount.write("memory.oom_control", "");
  CHECK(memory_directory("5:memory:/docker/0123\n", mount.path()) == mount.path().string());
  CHECK(memory_directory("5:memory:/../x\n", mount.path()).empty());
  CHECK(memory_directory("0::/x\n4:memory_other:/x\n", mount.path()).empty());
}

TEST_CASE("kills for memory: are counted in control groups of both versions") {
  const TemporaryDirectory second, first, old, none;
  second.write("memory.events", "low 0\nhigh 3\nmax 9\noom 2\noom_kill 4\n");
  first.write("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n");
  old.write("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n");  // before Linux 4.13
  CHECK(dblog::base::count_oom_kills(second.path().c_str()) == 4);
  CHECK(dblog::base::count_oom_kills(first.path().c_str()) == 7);
  for (const std::string& path : {old.path().string(), none.path().string(), std::string{}}) {
    CHECK(dblog::base::count_oom_kills(path.c_str()) == -1);
  }
}

TEST_CASE("kills for memory: one more in the group of version 1 says why a process is gone") {
  const TemporaryDirectory mount;
  mount.write("a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
  const std::string directory = memory_directory("5:memory:/a\n", mount.path());
  const std::int64_t before = dblog::base::count_oom_kills(directory.c_str());
  mount.write("a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  CHECK(dblog::base::count_oom_kills(directory.c_str()) == before + 1);
}
