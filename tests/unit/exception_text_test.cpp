#include "src/event/handled_exception_text.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

using dblog::event::exception_text;

namespace {

struct Quiet : std::exception {
  const char* what() const noexcept override { return ""; }
};
struct Silent : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

// Throws `innermost`, wrapped `depth` times, and returns the text of the outermost.
template <typename Exception>
std::string text_of_nested(const Exception& innermost, int depth) {
  std::exception_ptr current = std::make_exception_ptr(innermost);
  for (int level = 1; level <= depth; ++level) {
    try {
      std::rethrow_exception(current);
    } catch (...) {
      try {
        std::throw_with_nested(std::runtime_error("level " + std::to_string(level)));
      } catch (...) {
        current = std::current_exception();
      }
    }
  }
  try {
    std::rethrow_exception(current);
  } catch (const std::exception& error) {
    return exception_text(error);
  }
}

}  // namespace

TEST_CASE("exception text: gives the type as in C++ and what()") {
  CHECK(exception_text(std::out_of_range("index 7")) == "std::out_of_range: index 7");
}

TEST_CASE("exception text: the type is the dynamic one") {
  const std::logic_error error("why");
  const std::exception& base = error;
  CHECK(exception_text(base) == "std::logic_error: why");
}

TEST_CASE("exception text: without what() the type stands alone") {
  CHECK(exception_text(Quiet{}) == "(anonymous namespace)::Quiet");
  CHECK(exception_text(Silent{}) == "(anonymous namespace)::Silent");
}

TEST_CASE("exception text: nested causes follow, a line each") {
  CHECK(text_of_nested(std::invalid_argument("x"), 2) ==
        "std::runtime_error: level 2\n"
        "caused by: std::runtime_error: level 1\n"
        "caused by: std::invalid_argument: x");
}

TEST_CASE("exception text: a cause that is no std::exception is named by its type") {
  CHECK(text_of_nested(42, 1).ends_with("\ncaused by: int"));
}

TEST_CASE("exception text: a nested exception without a cause ends the chain") {
  struct Lonely : std::runtime_error, std::nested_exception {
    Lonely() : std::runtime_error("alone") {}
  };
  CHECK(exception_text(Lonely{}).ends_with("Lonely: alone"));
}

TEST_CASE("exception text: a very long chain is cut") {
  const std::string text = text_of_nested(std::runtime_error("root"), 40);
  CHECK(text.ends_with("caused by: more that is not shown"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 17);
}

TEST_CASE("exception text: types are written as people write them") {
  const std::filesystem::filesystem_error error{"cannot copy", std::error_code{}};
  CHECK_THAT(exception_text(error), Catch::StartsWith("std::filesystem::filesystem_error: "));
  try {
    throw std::vector<std::string>{};
  } catch (...) {
    CHECK(dblog::event::caught_exception_text() == "std::vector<std::string>");
  }
}
