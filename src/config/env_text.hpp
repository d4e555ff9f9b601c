// The grammar of .env files: text in, statements out, with python-dotenv's meaning to the letter
// (docs of that project: "File format"), so that a file means the same to both.
// Called by env_file.cpp. Opens nothing, expands nothing, and its errors never show the text of a
// line: it may hold a secret.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/config/wiped_text.hpp"

namespace dblog::config {

/// `KEY=value`, or `KEY` alone, which has no value and takes away an earlier one.
struct EnvStatement {
  WipedText key;
  std::optional<WipedText> value;  ///< Unquoted, escapes resolved, ${NAME} left as it is.
  std::size_t line = 0;            ///< Where the statement starts, from 1.
};

struct EnvSyntaxError {
  std::size_t line = 0;
  std::string why;  ///< One line, with what to do; nothing from the file.
};

struct EnvText {
  WipedVector<EnvStatement> statements;  ///< In the order of the file.
  std::vector<EnvSyntaxError> errors;
};

/// Reads UTF-8 text (a byte order mark is skipped, CRLF and CR count as LF). A bad line is an
/// error and reading goes on at the next one. Time is linear in the size.
[[nodiscard]] EnvText parse_env_text(std::string_view text);

}  // namespace dblog::config
