// How a process ended that did not crash and was not killed: the column `ended_by` of
// dblog_processes. docs/schema.md explains every word.
#pragma once

#include <csignal>
#include <cstdint>
#include <string_view>

namespace dblog::schema {

enum class ProcessEnd : std::uint8_t {
  exit,    ///< exit(), _exit(), quick_exit(), return from main()
  exec,    ///< it went on as another program
  signal,  ///< SIGTERM, SIGINT or SIGHUP, by which programs are asked to end
  none,    ///< not by its own will: what is known is its last sign of life; no word
};

constexpr std::string_view word_of(ProcessEnd end) noexcept {
  switch (end) {
    case ProcessEnd::exec:
      return "exec";
    case ProcessEnd::signal:
      return "signal";
    case ProcessEnd::none:
      return "";
    default:
      return "exit";
  }
}

/// The signals by which programs are asked to end: dying of one is no crash.
constexpr bool is_request_to_end(int signal) noexcept {
  return signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
}

}  // namespace dblog::schema
