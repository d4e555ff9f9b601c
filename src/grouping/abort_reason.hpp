// What the C library says before it aborts: a failed assert(), a check of its own. Used for groups
// and for the sentence about a crash. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace dblog::grouping {

/// Whether `crashes.msg` of a SIGABRT is what the C library said: `cause` says so. Rows of schema 2
/// and before have neither cause nor sender: there the message may be it.
[[nodiscard]] bool has_abort_message(std::string_view cause, bool has_sender);

struct Assertion {
  std::string_view place;      ///< "src/m.cpp:12"; empty: not said
  std::string_view condition;  ///< "x > 0"
};

/// Of "app: src/m.cpp:12: int f(int): Assertion `x > 0' failed.", into `message`.
[[nodiscard]] std::optional<Assertion> read_assertion(std::string_view message);

enum class AbortCheck { none, stack_smashing, buffer_overflow, double_free, bad_free, overwritten };

/// Which of glibc's own checks failed (malloc/malloc.c, debug/).
[[nodiscard]] AbortCheck abort_check(std::string_view message);

}  // namespace dblog::grouping
