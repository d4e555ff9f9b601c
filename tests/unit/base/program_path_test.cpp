#include "src/base/program_path.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>
#include <string>

#include "src/base/text_buffer.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace dblog::base;

namespace {

std::string text_of_path(const std::string& bytes) {
  char text[256];
  dblog::base::TextBuffer{text}.path(bytes);
  return text;
}

std::string bytes_of_text(const std::string& text) {
  std::string bytes(text.size(), '\0');
  bytes.resize(bytes_of_path(text, bytes.data()));
  return bytes;
}

}  // namespace

TEST_CASE("program path: is that of the running program") {
  char path[PATH_MAX];
  read_program_path(path);
  CHECK(path == std::filesystem::canonical("/proc/self/exe").string());
}

TEST_CASE("path text: is the path itself, unless it has other bytes or reads as an escape") {
  for (const char* path :
       {"/usr/bin/app", "/srv/größer", "/a\\b", "/a\\x4", "/a\\xg0", "/a\\xe9"}) {
    CHECK(text_of_path(path) == path);
    CHECK(bytes_of_text(path) == path);
  }
  CHECK(text_of_path("/caf\xE9") == "/caf\\xE9");
  CHECK(text_of_path("/caf\\xE9") == "/caf\\x5CxE9");
}

TEST_CASE("path text: leads back to every byte") {
  std::mt19937 random{20'260'102};
  const std::string letters = "\\\\xxxx0A9F5C\xC3\xA9\xFF/";
  for (int round = 0; round < 20'000; ++round) {
    std::string path;
    for (auto left = random() % 20; left > 0; --left) path += letters[random() % letters.size()];
    REQUIRE(bytes_of_text(text_of_path(path)) == path);
  }
}

TEST_CASE("path: '(deleted)' is removed unless a file is called so") {
  const dblog::test::TemporaryDirectory directory;
  const std::string name = directory / "app";
  CHECK(size_without_deleted((name + " (deleted)").c_str()) == name.size());
  CHECK(size_without_deleted(name.c_str()) == name.size());
  (void)directory.write("app (deleted)", "");
  CHECK(size_without_deleted((name + " (deleted)").c_str()) == name.size() + 10);
}
