#include "tools/dblog/source_excerpt.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.hpp"

using dblog::test::TemporaryDirectory;
using namespace dblog::tool;

namespace {

std::string lines_of(const std::optional<SourceExcerpt>& excerpt) {
  std::string text;
  if (!excerpt) return "none";
  for (const SourceLine& line : excerpt->lines) {
    text += std::to_string(line.number) + ":" + line.text + "|";
  }
  return text;
}

}  // namespace

TEST_CASE("source excerpt: is the line and those around it") {
  const TemporaryDirectory directory;
  const auto file = directory.write("m.cpp", "a\nb\n\nd\r\ne");
  CHECK(lines_of(read_source(file, 3, 1)) == "2:b|3:|4:d|");
  CHECK(lines_of(read_source(file, 1, 2)) == "1:a|2:b|3:|");
  CHECK(lines_of(read_source(file, 5, 2)) == "3:|4:d|5:e|");
}

TEST_CASE("source excerpt: there is none for lines that a file does not have") {
  const TemporaryDirectory directory;
  const auto file = directory.write("m.cpp", "a\nb\n");
  for (const std::int64_t line : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{3}, INT64_MAX}) {
    CHECK(lines_of(read_source(file, line, 2)) == "none");
  }
}

TEST_CASE("source excerpt: only regular files of source code are opened") {
  const TemporaryDirectory directory;
  CHECK(lines_of(read_source(directory / "absent.cpp", 1, 1)) == "none");
  CHECK(lines_of(read_source(directory.write("secret", "key\n"), 1, 1)) == "none");
  CHECK(lines_of(read_source(directory.write("id.key", "key\n"), 1, 1)) == "none");
  std::filesystem::create_directory(directory / "d.cpp");
  CHECK(lines_of(read_source(directory / "d.cpp", 1, 1)) == "none");
  REQUIRE(::mkfifo((directory / "p.cpp").c_str(), 0600) == 0);
  CHECK(lines_of(read_source(directory / "p.cpp", 1, 1)) == "none");
}

TEST_CASE("source excerpt: a link is not followed, whatever it leads to") {
  const TemporaryDirectory directory;
  const auto file = directory.write("m.cpp", "a\n");
  std::filesystem::create_symlink(file, directory / "link.cpp");
  CHECK(lines_of(read_source(directory / "link.cpp", 1, 1)) == "none");
  CHECK(lines_of(read_source(file, 1, 1)) == "1:a|");
}

TEST_CASE("source excerpt: a database that others can write names no files") {
  const TemporaryDirectory directory;
  const auto database = directory.write("LOGS.db", "");
  REQUIRE(::chmod(database.c_str(), 0600) == 0);
  CHECK(may_name_sources(database));
  REQUIRE(::chmod(database.c_str(), 0666) == 0);
  CHECK_FALSE(may_name_sources(database));
  CHECK_FALSE(may_name_sources(directory / "absent.db"));
}

TEST_CASE("source excerpt: what belongs to another user is not read, and its names are not") {
  if (::geteuid() != 0) return;  // only root can give a file away
  const TemporaryDirectory directory;
  const auto file = directory.write("m.cpp", "a\n");
  const auto database = directory.write("LOGS.db", "");
  REQUIRE(::chmod(database.c_str(), 0600) == 0);
  for (const auto& path : {file, database}) REQUIRE(::chown(path.c_str(), 61101, 61101) == 0);
  CHECK(lines_of(read_source(file, 1, 1)) == "none");
  CHECK_FALSE(may_name_sources(database));
}

TEST_CASE("source excerpt: files and lines of any size are read within bounds") {
  const TemporaryDirectory directory;
  const auto file = directory.write("m.cpp", std::string(1'000'000, 'x') + "\nshort\n");
  const auto excerpt = read_source(file, 2, 1);
  REQUIRE(excerpt);
  CHECK(excerpt->lines.front().text == std::string(200, 'x'));
  CHECK(excerpt->lines.back().text == "short");
  std::filesystem::resize_file(file, 33 * 1024 * 1024);
  CHECK(lines_of(read_source(file, 2, 1)) == "none");
}
