// What holds for everything that a verb of the tool prints, whatever it was given. Used by the
// fuzzers of the tool.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "src/base/utf8.hpp"
#include "src/base/visible_text.hpp"
#include "src/text/valid_text.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/outcome.hpp"

namespace dblog::test {

inline void require(bool holds, const char* what, std::string_view text = "") {
  if (holds) return;
  std::fprintf(stderr, "%s: %s\n", what, std::string(text).c_str());
  std::abort();
}

/// The tool's own colors.
inline bool is_color(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return text.starts_with("\x1b[") && end != text.npos && text[end] == 'm';
}

/// Nothing that a terminal would take for a command.
inline void check_printable(std::string_view text, bool may_have_colors) {
  require(dblog::text::is_utf8(text), "is not UTF-8", text);
  while (!text.empty()) {
    const auto [character, bytes] = base::first_code_point(text);
    const bool is_layout = character == '\n' || character == '\t';
    const bool is_ours = may_have_colors && is_color(text);
    require(is_layout || is_ours || !base::is_hidden(character), "has a hidden character", text);
    text.remove_prefix(bytes);
  }
}

inline void check_outcome(const tool::Outcome& outcome, bool is_json, bool may_have_colors) {
  const int code = static_cast<int>(outcome.exit_code);
  require(code >= 0 && code <= 3, "has no such exit code");
  require(outcome.exit_code == tool::ExitCode::done || !outcome.error.empty() ||
              !outcome.output.empty(),
          "fails without a word");
  check_printable(outcome.output, may_have_colors);
  check_printable(tool::escape_line(outcome.error), false);
  if (is_json && !outcome.output.empty()) {
    require(nlohmann::json::accept(outcome.output), "is not JSON", outcome.output);
  }
}

}  // namespace dblog::test
