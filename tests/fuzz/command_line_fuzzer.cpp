// The tool's arguments, one a line. What they ask for is done too, unless it would stay,
// use the network, run a program or leave the working directory.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/fuzz/tool_outcome.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tools/dblog/command_line.hpp"

namespace {

using namespace dblog;

std::vector<std::string> lines_of(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::vector<std::string> lines = {"dblog"};
  while (!text.empty() && lines.size() < kMost) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    // An argument ends at a NUL.
    lines.emplace_back(std::string(text.substr(0, end)).c_str());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_harmless(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    // They send, wait, or start other programs.
    for (const char* verb : {"flush", "test-notify", "run", "follow", "sql", "gdb", "doctor"}) {
      if (word == verb) return false;
    }
    if (word.starts_with('/') || word.find("..") != word.npos || word.find("=/") != word.npos) {
      return false;
    }
  }
  return true;
}

// Of what names no database.
void set_database() {
  static const test::TemporaryDirectory directory;
  static const int is_set = ::setenv("DBLOG_DB", (directory / "LOGS.db").c_str(), 1);
  (void)is_set;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  set_database();
  std::vector<std::string> words = lines_of({reinterpret_cast<const char*>(data), size});
  const bool is_run = is_harmless(words);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  const tool::Printers printers;
  tool::StopSignals stop;
  auto parsed =
      tool::parse_command_line(static_cast<int>(pointers.size()), pointers.data(), printers, stop);
  if (const auto* outcome = std::get_if<tool::Outcome>(&parsed)) {
    test::check_outcome(*outcome, false, false);
  } else if (is_run) {
    test::check_outcome(std::get<tool::Verb>(parsed)(), false, true);
  }
  return 0;
}
