#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "src/config/env_text.hpp"

namespace {

using dblog::config::EnvText;
using dblog::config::parse_env_text;

// The value of KEY in a text of one statement.
std::string value_in(const std::string& text) {
  const EnvText parsed = parse_env_text(text);
  if (!parsed.errors.empty()) return "ERROR " + parsed.errors[0].why;
  if (parsed.statements.size() != 1 || parsed.statements[0].key != "KEY") return "NO KEY";
  return std::string{parsed.statements[0].value.value_or("NO VALUE")};
}

std::size_t error_line_in(const std::string& text) {
  const EnvText parsed = parse_env_text(text);
  return parsed.errors.size() == 1 ? parsed.errors[0].line : 0;
}

}  // namespace

TEST_CASE("env grammar: white space around the key, the '=' and the value does not count") {
  CHECK(value_in("KEY=value") == "value");
  CHECK(value_in("  KEY = value \t") == "value");
  CHECK(value_in("KEY\t=\tvalue") == "value");
  CHECK(value_in("\n\n  \nKEY=value\n\n") == "value");
  CHECK(value_in("KEY=\xC2\xA0value\xE2\x80\x83") == "value");
}

TEST_CASE("env grammar: export before a key is for shells") {
  CHECK(value_in("export KEY=value") == "value");
  CHECK(value_in("export\t KEY = 'value'") == "value");
  const EnvText parsed = parse_env_text("export=1\nexported=2");
  REQUIRE(parsed.statements.size() == 2);
  CHECK(parsed.statements[0].key == "export");
  CHECK(parsed.statements[1].key == "exported");
}

TEST_CASE("env grammar: a value keeps '=' signs and quotes inside it") {
  CHECK(value_in("KEY=a=b==c") == "a=b==c");
  CHECK(value_in("KEY=it's \"so\"") == "it's \"so\"");
}

TEST_CASE("env grammar: a value may be empty") {
  CHECK(value_in("KEY=").empty());
  CHECK(value_in("KEY= \n").empty());
  CHECK(value_in("KEY=''").empty());
  CHECK(value_in("KEY=\"\"").empty());
}

TEST_CASE("env grammar: a comment starts at a '#' after white space, not inside a word") {
  CHECK(value_in("KEY=value # comment") == "value");
  CHECK(value_in("KEY=value\t#comment") == "value");
  CHECK(value_in("KEY=pass#word") == "pass#word");
  CHECK(value_in("KEY=#fff") == "#fff");
  CHECK(value_in("KEY= # nothing here").empty());
  CHECK(value_in("# KEY=no\nKEY=yes # no\n#KEY=no") == "yes");
}

TEST_CASE("env grammar: single quotes keep everything but \\\\ and \\'") {
  CHECK(value_in("KEY='a b # c'") == "a b # c");
  CHECK(value_in("KEY='tab\\t'") == "tab\\t");
  CHECK(value_in("KEY='it\\'s'") == "it's");
  CHECK(value_in("KEY='a\\\\b'") == "a\\b");
  CHECK(value_in("KEY='value' # comment") == "value");
  CHECK(value_in("KEY='value'#comment") == "value");
}

TEST_CASE("env grammar: double quotes resolve C escapes and keep others") {
  CHECK(value_in(R"(KEY="\a\b\f\n\r\t\v\\\"\'")") == "\a\b\f\n\r\t\v\\\"'");
  CHECK(value_in(R"(KEY="\d \$ \x41")") == R"(\d \$ \x41)");
  CHECK(value_in("KEY=\"a # b\"") == "a # b");
}

TEST_CASE("env grammar: a quoted value that ends in an escaped quote closes there") {
  CHECK(value_in("KEY='a\\'") == "a\\");
  CHECK(value_in("KEY=\"a\\\\\"") == "a\\");
}

TEST_CASE("env grammar: a quoted value may span lines") {
  const EnvText parsed = parse_env_text("KEY=\"one\ntwo\"\nNEXT=3");
  REQUIRE(parsed.statements.size() == 2);
  CHECK(parsed.statements[0].value == "one\ntwo");
  CHECK(parsed.statements[1].line == 3);
}

TEST_CASE("env grammar: CRLF and CR are line ends, in quoted values too") {
  CHECK(value_in("\r\nKEY=value\r\n") == "value");
  CHECK(value_in("KEY='one\r\ntwo'\r\n") == "one\ntwo");
  CHECK(parse_env_text("A=1\rB=2\r").statements.size() == 2);
}

TEST_CASE("env grammar: a byte order mark is skipped") {
  CHECK(value_in("\xEF\xBB\xBFKEY=value") == "value");
}

TEST_CASE("env grammar: a key may be quoted") {
  CHECK(value_in("'KEY'='value'") == "value");
  CHECK(parse_env_text("'a key'=1").statements.at(0).key == "a key");
}

TEST_CASE("env grammar: a key without '=' has no value") {
  CHECK(value_in("KEY") == "NO VALUE");
  CHECK(value_in("export KEY # comment") == "NO VALUE");
}

TEST_CASE("env grammar: a bad line is an error at its line and the others count") {
  const EnvText parsed = parse_env_text("A=1\n\n=2\nB C\n''=3\nD='4' 5\nE=6\n");
  REQUIRE(parsed.statements.size() == 2);
  CHECK(parsed.statements[0].key == "A");
  CHECK(parsed.statements[1].key == "E");
  REQUIRE(parsed.errors.size() == 4);
  CHECK(parsed.errors[0].line == 3);
  CHECK(parsed.errors[1].line == 4);
  CHECK(parsed.errors[2].line == 5);
  CHECK(parsed.errors[3].line == 6);
}

TEST_CASE("env grammar: a quote that is never closed spoils its own line alone") {
  const std::string text = "A=1\nB=\"open\nC=3\n";
  CHECK(error_line_in(text) == 2);
  CHECK(parse_env_text(text).statements.size() == 2);
  CHECK(error_line_in("\n'KEY=1") == 2);
}

TEST_CASE("env grammar: an error never shows the line") {
  for (const std::string text :
       {"A=\"hunter2", "hunter2 x", "=hunter2", "A='1' hunter2", "'hunter2"}) {
    const EnvText parsed = parse_env_text(text);
    REQUIRE(parsed.errors.size() == 1);
    CHECK(parsed.errors[0].why.find("hunter2") == std::string::npos);
  }
}
