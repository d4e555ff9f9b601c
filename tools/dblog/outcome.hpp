// What a verb came to. Verbs return it; only main prints and exits.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "src/base/result.hpp"

namespace dblog::tool {

enum class ExitCode {
  done = 0,
  not_everything = 1,
  usage = 2,
  database = 3,
  program_not_run = 126,  // as env(1) and shells have it
  program_not_found = 127
};

struct Outcome {
  ExitCode exit_code = ExitCode::done;
  std::string output;  ///< For stdout.
  std::string error;   ///< For stderr, without "dblog: "; one line, may hold stored text. Of a verb
                       ///< that is done, what its user should know besides.
  /// A thread still runs that cannot be stopped: nothing may be destroyed any more.
  bool must_leave_at_once = false;
  /// Of a program that was run, as waitpid(2) gives it: the tool ends in the same way.
  std::optional<int> program_status = {};
};

inline Outcome usage_failure(std::string why) { return {ExitCode::usage, "", std::move(why)}; }

/// The same outcome, with something that the user should know besides.
inline Outcome with_notice(const std::string& notice, Outcome outcome) {
  if (!notice.empty()) outcome.error.append(outcome.error.empty() ? "" : "; ").append(notice);
  return outcome;
}

/// The database could not be opened.
inline Outcome open_failure(const base::Error& error) {
  return {ExitCode::database, "", error.text()};
}

/// The database was opened, and did not give what was asked for.
inline Outcome query_failure(const base::Error& error) {
  return {error.code == base::ErrorCode::not_found ? ExitCode::not_everything : ExitCode::database,
          "", error.text()};
}

/// A group that was named is not there, or is not the only one of that name.
inline Outcome group_failure(const base::Error& error) {
  if (error.code == base::ErrorCode::invalid_argument) return usage_failure(error.text());
  return query_failure(error);
}

}  // namespace dblog::tool
