#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "src/base/trusted_file.hpp"
#include "src/config/env_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::base::ErrorCode;
using dblog::base::TrustedWriters;
using dblog::config::EnvFile;
using dblog::config::IfMissing;
using dblog::config::load_env_file;
using dblog::config::read_env_text;
using dblog::test::TemporaryDirectory;

const char* nothing_set(const std::string&) { return nullptr; }

const char* only_home(const std::string& name) { return name == "HOME" ? "/home/me" : nullptr; }

std::string value_of(const EnvFile& file, std::string_view key) {
  const auto it = file.values.find(key);
  return it == file.values.end() ? "ABSENT" : std::string{it->second.text};
}

std::string expanded(const std::string& text) {
  return value_of(read_env_text(text, "test.env", only_home), "KEY");
}

EnvFile load(const fs::path& path) { return load_env_file(path, IfMissing::error, nothing_set); }

class Trusting {
 public:
  explicit Trusting(TrustedWriters writers) { dblog::base::set_trusted_writers(writers); }
  ~Trusting() { dblog::base::set_trusted_writers(TrustedWriters::owner); }
  Trusting(const Trusting&) = delete;
  Trusting& operator=(const Trusting&) = delete;
};

std::string only_error(const EnvFile& file) {
  return file.errors.size() == 1 && file.values.empty() ? file.errors[0].text() : "";
}

}  // namespace

TEST_CASE("env file: the last value of a key wins, and keeps its line") {
  const EnvFile file = read_env_text("KEY=1\nKEY=2\n", "test.env", nothing_set);
  CHECK(value_of(file, "KEY") == "2");
  CHECK(file.values.find(std::string_view{"KEY"})->second.line == 2);
}

TEST_CASE("env file: a key without '=' takes its earlier value away") {
  CHECK(value_of(read_env_text("KEY=1\nKEY\n", "test.env", nothing_set), "KEY") == "ABSENT");
}

TEST_CASE("env expansion: a name is looked up in the environment, then in the lines above") {
  CHECK(expanded("KEY=${HOME}/x") == "/home/me/x");
  CHECK(expanded("HOME=/elsewhere\nKEY=${HOME}") == "/home/me");
  CHECK(expanded("A=1\nA=2\nKEY=${A}${A}") == "22");
  CHECK(expanded("KEY=${A}!\nA=1") == "!");
}

TEST_CASE("env expansion: a default stands in for a name that is not set") {
  CHECK(expanded("KEY=${A:-b c}") == "b c");
  CHECK(expanded("KEY=${A:-}") == "");
  CHECK(expanded("A=1\nKEY=${A:-2}") == "1");
  CHECK(expanded("A=\nKEY=${A:-2}") == "");
  CHECK(expanded("A\nKEY=${A:-2}") == "");
}

TEST_CASE("env expansion: works in quotes of both kinds, as in python-dotenv") {
  CHECK(expanded("KEY=\"${HOME}\"") == "/home/me");
  CHECK(expanded("KEY='${HOME}'") == "/home/me");
}

TEST_CASE("env expansion: other dollar signs stay") {
  CHECK(expanded("KEY=$HOME $ ${ ${A:x} ${HOME") == "$HOME $ ${ ${A:x} ${HOME");
  CHECK(expanded("KEY=${A:x}${HOME}") == "${A:x}/home/me");
}

TEST_CASE("env expansion: a value that grows without measure is an error, not an outage") {
  std::string text = "A=0123456789\n";
  for (int i = 0; i < 64; ++i) text += "A=${A}${A}\n";
  const EnvFile file = read_env_text(text, "test.env", nothing_set);
  REQUIRE(file.errors.size() == 1);
  CHECK(file.errors[0].text().find("test.env:") == 0);
  CHECK(value_of(file, "A").size() < dblog::config::kMaxEnvExpandedBytes);
}

TEST_CASE("env file: errors name the file and the line") {
  TemporaryDirectory directory;
  const fs::path path = directory.write(".env", "A=1\nbad line\nB=2\n");
  const EnvFile file = load(path);
  REQUIRE(file.errors.size() == 1);
  CHECK(file.errors[0].where == path.string() + ":2");
  CHECK(value_of(file, "A") == "1");
  CHECK(value_of(file, "B") == "2");
}

TEST_CASE("env file: a file of thousands of bad lines makes few errors") {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "bad line\n";
  const EnvFile file = read_env_text(text + "A=1\n", "test.env", nothing_set);
  CHECK(file.errors.size() == 21);
  CHECK(value_of(file, "A") == "1");
}

TEST_CASE("env file: a missing file is an error only when it was asked for") {
  TemporaryDirectory directory;
  const EnvFile fine = load_env_file(directory.path() / ".env", IfMissing::fine, nothing_set);
  CHECK_FALSE(fine.found);
  CHECK(fine.errors.empty());
  const EnvFile missing = load(directory.path() / ".env");
  REQUIRE(missing.errors.size() == 1);
  CHECK(missing.errors[0].code == ErrorCode::not_found);
}

TEST_CASE("env file: a directory, a FIFO and a NUL byte are refused with a reason") {
  TemporaryDirectory directory;
  CHECK(only_error(load(directory.path())).find("is a directory") != std::string::npos);
  const fs::path fifo = directory.path() / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(only_error(load(fifo)).find("not a regular file") != std::string::npos);
  const fs::path utf16 = directory.write("utf16", std::string_view{"A\0=\0001\0", 6});
  CHECK(only_error(load(utf16)).find("NUL") != std::string::npos);
}

TEST_CASE("env file: is read up to 1 MiB and refused beyond") {
  TemporaryDirectory directory;
  const std::string padding(dblog::config::kMaxEnvFileBytes - 5, '#');
  CHECK(value_of(load(directory.write("most", "A=1\n" + padding)), "A") == "1");
  const EnvFile large = load(directory.write("large", "A=1\n##" + padding));
  CHECK(only_error(large).find("1 MiB") != std::string::npos);
}

TEST_CASE("env file: /dev/null is an empty one") {
  const EnvFile file = load("/dev/null");
  CHECK(file.found);
  CHECK(file.errors.empty());
}

TEST_CASE("env file: a file that may not be read is an error") {
  if (::geteuid() == 0) return;  // root may read everything
  TemporaryDirectory directory;
  const fs::path path = directory.write(".env", "A=1");
  fs::permissions(path, fs::perms::none);
  CHECK(load(path).errors.at(0).code == ErrorCode::permission);
}

TEST_CASE("env file: a symbolic link is followed in a private directory only") {
  TemporaryDirectory directory;
  directory.write("real", "A=1");
  fs::create_symlink("real", directory.path() / ".env");
  CHECK(value_of(load(directory.path() / ".env"), "A") == "1");
  fs::permissions(directory.path(), fs::perms::all);
  CHECK(only_error(load(directory.path() / ".env")).find("symbolic link") != std::string::npos);
  CHECK(value_of(load(directory.path() / "real"), "A") == "1");
}

TEST_CASE("env file: a file that its group can write is refused with the way to mend it") {
  TemporaryDirectory directory;
  const fs::path path = directory.write(".env", "A=1");
  fs::permissions(path, fs::perms::owner_all | fs::perms::group_all);
  const std::string refusal = only_error(load(path));
  CHECK_THAT(refusal, Catch::Contains("no settings were read; run: chmod g-w " + path.string()));
  CHECK_THAT(refusal, Catch::Contains("DBLOG_TRUST=group"));
  {
    const Trusting group{TrustedWriters::group};
    CHECK(value_of(load(path), "A") == "1");
  }
  fs::permissions(path, fs::perms::all);
  const Trusting group{TrustedWriters::group};
  CHECK_THAT(only_error(load(path)), Catch::Contains("chmod go-w"));
}

TEST_CASE("env file: a file with another name elsewhere is refused") {
  TemporaryDirectory directory;
  const fs::path path = directory.write(".env", "A=1");
  fs::create_hard_link(path, directory.path() / "other");
  CHECK_THAT(only_error(load(path)), Catch::Contains("hard links"));
}

TEST_CASE("env file: another user's file and another user's link are refused in any directory") {
  if (::geteuid() != 0) return;  // only root can give files away
  TemporaryDirectory directory;
  const fs::path path = directory.write("real", "A=1");
  const fs::path link = directory.path() / ".env";
  fs::create_symlink("real", link);
  CHECK(value_of(load(link), "A") == "1");
  REQUIRE(::lchown(link.c_str(), 12'345, 12'345) == 0);
  CHECK_THAT(only_error(load(link)), Catch::Contains("symbolic link of another user"));
  REQUIRE(::chown(path.c_str(), 12'345, 12'345) == 0);
  CHECK_THAT(only_error(load(path)), Catch::Contains("another user"));
  const Trusting everyone{TrustedWriters::everyone};
  CHECK(value_of(load(path), "A") == "1");
}
