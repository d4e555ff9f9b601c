// What --help says of every verb: examples that the command line takes, and nothing that the man
// page leaves out.
#include <wordexp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "tools/dblog/command_line.hpp"

namespace {

using namespace dblog::tool;
using Words = std::vector<std::string>;

std::variant<Outcome, Verb> parsed(const Words& words) {
  static const Printers printers;
  static StopSignals stop;
  std::vector<std::string> held = words;
  std::vector<char*> pointers;
  for (std::string& word : held) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return parse_command_line(static_cast<int>(held.size()), pointers.data(), printers, stop);
}

std::string help_of(const Words& verb) {
  Words words{"dblog"};
  words.insert(words.end(), verb.begin(), verb.end());
  words.emplace_back("--help");
  return std::get<Outcome>(parsed(words)).output;
}

/// The lines below a title, without their indent.
Words section(const std::string& text, const std::string& title) {
  Words lines;
  std::size_t at = text.find("\n" + title + ":\n");
  if (at == std::string::npos) return lines;
  for (at += title.size() + 3; text.compare(at, 2, "  ") == 0; at = text.find('\n', at) + 1) {
    lines.push_back(text.substr(at + 2, text.find('\n', at) - at - 2));
  }
  return lines;
}

/// Those with no verbs of their own, and those below the others.
std::vector<Words> all_verbs(const Words& above = {}) {
  std::vector<Words> all;
  for (const std::string& line : section(help_of(above), "Subcommands")) {
    Words verb = above;
    verb.push_back(line.substr(0, line.find(' ')));
    const auto below = all_verbs(verb);
    all.push_back(verb);
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

/// As a shell splits it, up to a pipe or the file that takes its output.
Words words_of(const std::string& command_line) {
  const std::string command = std::regex_replace(command_line, std::regex(" [|>] .*$"), "");
  wordexp_t found{};
  REQUIRE(::wordexp(command.c_str(), &found, WRDE_NOCMD) == 0);
  Words words(found.we_wordv, found.we_wordv + found.we_wordc);
  ::wordfree(&found);
  return words;
}

std::string man_page() {
  std::ifstream file(DBLOG_MAN_PAGE);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text = std::regex_replace(text, std::regex(R"(\\-)"), "-");
  return std::regex_replace(text, std::regex(R"(\\f[BIR])"), "");
}

}  // namespace

TEST_CASE("help: each verb has examples, which the command line takes") {
  const auto verbs = all_verbs();
  CHECK(verbs.size() > 20);
  for (const Words& verb : verbs) {
    const Words examples = section(help_of(verb), "Examples");
    INFO(verb.front() + ' ' + verb.back());
    CHECK(examples.size() >= 2);
    for (const std::string& example : examples) {
      INFO(example);
      const Words words = words_of(example);
      REQUIRE(words.size() > verb.size());
      CHECK(words.front() == "dblog");
      CHECK(std::equal(verb.begin(), verb.end(), words.begin() + 1));
      CHECK(std::holds_alternative<Verb>(parsed(words)));
    }
  }
  CHECK(std::holds_alternative<Outcome>(parsed(words_of("dblog list --sinec '2 h' | cat"))));
}

TEST_CASE("help: the man page has every verb and every option") {
  const std::string page = man_page();
  for (const Words& verb : all_verbs()) {
    std::string name;
    for (const std::string& word : verb) name += (name.empty() ? "" : " ") + word;
    INFO(name);
    CHECK(std::regex_search(page, std::regex("\n\\.B " + name + "( |\n)")));
    for (const std::string& line : section(help_of(verb), "Options")) {
      std::smatch option;
      if (!std::regex_search(line, option, std::regex("--[a-z-]+"))) continue;
      INFO(option.str());
      CHECK(std::regex_search(page, std::regex("[ \n]" + option.str() + "[^a-z-]")));
    }
  }
}
