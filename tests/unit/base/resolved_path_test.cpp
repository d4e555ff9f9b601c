// Paths with links, some of which may not be followed.
#include "src/base/resolved_path.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::test::TemporaryDirectory;

constexpr uid_t kOtherUser = 12'345;

struct Resolved {
  explicit Resolved(const fs::path& path) : error(dblog::base::resolve(path.c_str(), *result)) {
    text = result->text;
  }
  std::unique_ptr<dblog::base::ResolvedPath> result = std::make_unique<dblog::base::ResolvedPath>();
  std::string text;
  int error;
};

}  // namespace

TEST_CASE("resolved path: is what realpath() says, and its last part may be missing") {
  const TemporaryDirectory directory;
  const fs::path real = fs::canonical(directory.path());
  fs::create_directories(real / "a" / "b");
  fs::create_directory_symlink("a/b", real / "relative");
  fs::create_directory_symlink(real / "a", real / "absolute");
  fs::create_symlink("../relative/missing", real / "a" / "dangling");
  const auto check = [](const fs::path& path, const fs::path& expected) {
    const Resolved resolved{path};
    CHECK(resolved.error == 0);
    CHECK(resolved.text == expected.native());
  };
  check(real / "relative" / "file", real / "a" / "b" / "file");
  check(real / "absolute" / "." / "b" / ".." / "file", real / "a" / "file");
  check(real.native() + "//a///b//file", real / "a" / "b" / "file");
  check(real / "a" / "dangling", real / "a" / "b" / "missing");
  check("/", "/");
  check("/../..", "/");
  CHECK(Resolved{real / "missing" / "file"}.error == ENOENT);
  CHECK(Resolved{"/proc/self/stat/x"}.error == ENOTDIR);
  CHECK(Resolved{"relative"}.error != 0);
  CHECK(Resolved{"/" + std::string(5'000, 'x')}.error == ENAMETOOLONG);
  fs::create_symlink("loop", real / "loop");
  CHECK(Resolved{real / "loop"}.error == ELOOP);
}

TEST_CASE("resolved path: a link that others made, or could have moved, is not followed") {
  if (::geteuid() != 0) {
    WARN("skipped: only root can give files away");
    return;
  }
  const TemporaryDirectory directory;
  const fs::path real = fs::canonical(directory.path());
  fs::create_directory(real / "private");
  fs::create_directory(real / "place");
  const fs::path link = real / "place" / "link";
  fs::create_directory_symlink("../private", link);
  const auto is_refused = [&link] {
    const Resolved resolved{link / "LOGS.db"};
    if (resolved.error == EPERM) CHECK(resolved.text == link.native());
    return resolved.error == EPERM;
  };
  CHECK_FALSE(is_refused());
  REQUIRE(::lchown(link.c_str(), kOtherUser, kOtherUser) == 0);
  CHECK(is_refused());
  REQUIRE(::lchown(link.c_str(), 0, 0) == 0);
  REQUIRE(::chown((real / "place").c_str(), kOtherUser, kOtherUser) == 0);
  CHECK(is_refused());
  REQUIRE(::chown((real / "place").c_str(), 0, 0) == 0);
  fs::permissions(real / "place", fs::perms::all);
  CHECK(is_refused());
  fs::permissions(real / "place", fs::perms::all | fs::perms::sticky_bit);
  CHECK_FALSE(is_refused());
}
