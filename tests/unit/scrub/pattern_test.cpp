#include <catch2/catch.hpp>
#include <string>

#include "src/scrub/patterns.hpp"
#include "src/text/valid_text.hpp"

namespace {

using dblog::scrub::Patterns;
using dblog::scrub::TextSpan;

std::vector<TextSpan> matches(const std::string& pattern, const std::string& text) {
  Patterns patterns;
  REQUIRE(patterns.add(pattern) == "");
  return patterns.find_matches(text);
}

// With '#' for each byte that matches.
std::string marked(const std::string& pattern, std::string text) {
  for (const TextSpan& span : matches(pattern, text)) {
    for (std::size_t i = span.begin; i < span.end; ++i) text[i] = '#';
  }
  return text;
}

std::string fault_of(const std::string& pattern) {
  Patterns patterns;
  const std::string fault = patterns.add(pattern);
  CHECK(patterns.is_empty());
  return fault;
}

}  // namespace

TEST_CASE("pattern: the documented syntax means what it says") {
  CHECK(marked("abc", "xabcabcx abc") == "x######x ###");
  CHECK(marked("(ab)+c", "ababc abc ab") == "##### ### ab");
  CHECK(marked("(?:ab){2}", "ab abab ababab") == "ab #### ####ab");
  CHECK(marked("[0-9]{4,6}", "123 1234 1234567") == "123 #### ######7");
  CHECK(marked("colou?r", "color colour colouur") == "##### ###### colouur");
  CHECK(marked("a.c", "abc a\nc") == "### a\nc");
  CHECK(marked("[^ab]", "abcd") == "ab##");
  CHECK(marked("[[:digit:][:upper:]_]+", "aB1_c") == "a###c");
  CHECK(marked(R"(\d\w\s\D\W\S)", "1a a-a 1a") == "###### 1a");
  CHECK(marked(R"(\.\*\\\x41\t)", ".*\\A\tA") == "#####A");
  CHECK(marked("(?i)Bearer [a-z]+", "BEARER abc BeArEr XYZ") == "########## ##########");
  CHECK(marked("<.*?>", "<a><b> c") == "###### c");
  CHECK(marked("(?<=key )[a-z]+", "key abc") == "key ###");
}

TEST_CASE("pattern: places are at lines and words") {
  CHECK(marked("^ab", "abab\nab") == "##ab\n##");
  CHECK(marked("ab$", "abab\nab") == "ab##\n##");
  CHECK(marked(R"(\bab\b)", "ab xab ab, abx") == "## xab ##, abx");
  CHECK(marked("^$", "\n\n") == "\n\n");
  CHECK(marked("a*", "baab") == "b##b");
}

TEST_CASE("pattern: each pattern finds its own") {
  Patterns patterns;
  REQUIRE(patterns.add("b+") == "");
  REQUIRE(patterns.add("abbb") == "");
  CHECK(patterns.add("(") != "");
  REQUIRE(patterns.add("x") == "");
  CHECK(patterns.find_matches("abbb bb x") ==
        std::vector<TextSpan>{{1, 4}, {5, 7}, {0, 4}, {8, 9}});
}

TEST_CASE("pattern: characters of UTF-8 stay whole") {
  CHECK(marked("(?:é)+", "aéé") == "a####");
  CHECK(marked("(ä|ö)", "äöü") == "####ü");
  CHECK(marked(R"(\xC3)", "é") == "##");
  for (const char* pattern : {".", "[^a]", R"([\x80-\xFF])", R"(\xA9.)"}) {
    const std::string text = "aé€😀b\xC3";
    std::string kept;
    std::size_t copied = 0;
    for (const TextSpan& span : matches(pattern, text)) {
      if (span.begin > copied) kept += text.substr(copied, span.begin - copied);
      copied = std::max(copied, span.end);
    }
    if (copied < text.size() - 1) kept += text.substr(copied, text.size() - 1 - copied);
    CAPTURE(pattern);
    CHECK(dblog::text::is_utf8(kept));
  }
}

TEST_CASE("pattern: a fault says where and what, not the pattern") {
  CHECK(fault_of("") == "is empty");
  CHECK(fault_of("secret(c") == "cannot be used: missing closing parenthesis, at byte 8");
  CHECK_THAT(fault_of("a[bc"), Catch::EndsWith("at byte 4"));
  CHECK_THAT(fault_of("*a"), Catch::StartsWith("cannot be used: "));
  CHECK_THAT(fault_of("[z-a]"), Catch::Contains("range out of order"));
  CHECK_THAT(fault_of("a\\"), Catch::StartsWith("cannot be used: "));
  CHECK_THAT(fault_of(R"((?=ab\K)a)"), Catch::Contains("\\K is not allowed"));
  CHECK_THAT(fault_of("(*UTF)a"), Catch::Contains("UTF"));
  CHECK_THAT(fault_of("(((a{1000}){1000}){1000}){1000}"), Catch::Contains("too large"));
  CHECK(fault_of(std::string(513, 'a')) == "is longer than 512 bytes");
  CHECK_THAT(fault_of(std::string(255, '(') + std::string(255, ')')), Catch::Contains("nested"));
}

TEST_CASE("pattern: a search that would not end makes all that is left of the text a match") {
  const std::string many = "x1 " + std::string(100'000, 'a');
  for (const char* pattern : {"x1|(a+)+c?b", "x1|(a|aa)*[bc]", "x1|a.*[bc]", "x1|(.*a){2}[bc]",
                              "x1|(?:[a-z]|aa)+[bc]", "x1|(a?){100}a{100}[bc]"}) {
    CAPTURE(pattern);
    const auto spans = matches(pattern, many);
    REQUIRE(spans.size() == 2);
    CHECK(spans[0] == TextSpan{0, 2});
    CHECK(spans[1].begin >= 2);
    CHECK(spans[1].end == many.size());
  }
}

TEST_CASE("pattern: a long word keeps no message from being stored") {
  const char* const address = "[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+";
  const std::string word(20'000, 'f');
  const auto spans = matches(address, "upload " + word + " failed for bob@x.org");
  REQUIRE(spans.size() == 1);
  CHECK(spans[0] == TextSpan{20'019, 20'028});
  const auto of_longer =
      matches(address, "upload " + word + word + word + word + word + " for a@b.c");
  REQUIRE(of_longer.size() == 1);
  CHECK(of_longer[0].begin > 1'000);
}

TEST_CASE("pattern: ten megabytes of log lines are searched for what cards and tokens look like") {
  const std::string line =
      "2026-01-31 12:30:15 order 4711: charging card 4111 1111 1111 1111 with ghp_0123456789\n";
  std::string text;
  while (text.size() < 10'000'000) text += line;
  Patterns patterns;
  REQUIRE(patterns.add(R"(\b[0-9]{4}( [0-9]{4}){3}\b)") == "");
  REQUIRE(patterns.add("ghp_[A-Za-z0-9]+") == "");
  REQUIRE(patterns.add(R"([\w.+-]+@[\w-]+\.[\w.-]+)") == "");
  const auto spans = patterns.find_matches(text);
  CHECK(spans.size() == 2 * (text.size() / line.size()));
  CHECK(spans.back().end == text.size() - 1);
}
