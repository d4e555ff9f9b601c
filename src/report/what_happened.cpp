// Guesses stand after a semicolon and say "likely" or "perhaps".
#include "src/report/what_happened.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "src/grouping/abort_reason.hpp"
#include "src/grouping/stored_address.hpp"
#include "src/report/abort_text.hpp"
#include "src/report/address_text.hpp"
#include "src/report/crash_text.hpp"
#include "src/report/frame_text.hpp"
#include "src/report/impossible_address.hpp"
#include "src/report/signal_text.hpp"
#include "src/report/type_text.hpp"
#include "src/schema/crash_facts.hpp"

namespace dblog::report {
namespace {

template <typename Fact>
bool is(const sqlite::Row& row, const char* column, Fact fact) {
  return row.text(column) == schema::word_of(fact);
}

struct AccessWords {
  schema::Access access;
  std::string_view verb;
  std::string_view refused;  ///< The words for a page that is there and forbids it.
};

constexpr AccessWords kAccesses[] = {
    {schema::Access::write, "wrote to", "may not be written"},
    {schema::Access::read, "read from", "may not be read"},
    {schema::Access::execute, "jumped to", "is no code"},
};

/// Null if it is not known.
const AccessWords* access_of(const sqlite::Row& row) {
  const auto* const found =
      std::find_if(std::begin(kAccesses), std::end(kAccesses),
                   [&row](const AccessWords& words) { return is(row, "access", words.access); });
  return found == std::end(kAccesses) ? nullptr : found;
}

std::string with_guess(const std::string& text, const std::string& guess) {
  return guess.empty() ? text : text + "; " + guess;
}

std::string refusal_text(std::int64_t signal, std::optional<std::int64_t> code,
                         const AccessWords& access) {
  if (signal == SIGSEGV && code == SEGV_ACCERR) return ", which " + std::string(access.refused);
  if (signal != SIGBUS) return "";
  if (code == BUS_ADRERR) return ", past the end of a mapped file or on a full disk";
  if (code == BUS_ADRALN) return ", which is misaligned";
  return ", where the memory has a hardware error";
}

// Through several functions, and perhaps one that was only too deep for its input.
std::string recursion_guess(const Frames& frames) {
  constexpr std::int64_t kDeep = 1'000;
  const std::string recursion = recursion_text(frames);
  if (!recursion.empty()) return "likely an endless recursion of " + recursion;
  const std::int64_t last = frames.empty() ? 0 : frames.back().integer("depth").value_or(0);
  if (last >= kDeep) return "likely a recursion, " + std::to_string(last + 1) + " calls deep";
  return "no recursion is seen: perhaps a very large local variable";
}

// What is not known is not guessed: then the stored line stands there.
std::string memory_text(const sqlite::Row& row, const Site& site, const std::string& address) {
  const auto value = grouping::parse_address(address);
  std::string guess = value ? address_guess(*value) : "";
  const AccessWords* const access = access_of(row);
  if (access == nullptr) {
    const std::string message = message_line(row);
    return with_guess(with_site(message.empty() ? "it used address " + address : message, site),
                      guess);
  }
  if (value == 0 && access->access == schema::Access::execute) {
    guess = "likely a call through a null pointer";
  }
  const std::string refusal =
      refusal_text(row.integer("signal").value_or(0), row.integer("signal_code"), *access);
  const std::string words = "it " + std::string(access->verb) + " address " + address + refusal;
  return with_guess(with_site(words, site, refusal.empty() ? After::verb : After::clause), guess);
}

std::string cause_text(const sqlite::Row& row, const Site& site) {
  if (const auto number = row.text("system_call")) {
    return with_site("it made system call " + *number + ", which is forbidden to it", site,
                     After::clause);
  }
  const auto signal = row.integer("signal").value_or(0);
  const std::string cause{signal_cause(signal, row.integer("signal_code"))};
  if (cause.empty()) {
    const std::string message = message_line(row);
    return message.empty() && site.empty() ? ""
                                           : with_site(message.empty() ? "it was" : message, site);
  }
  return with_guess(with_site("it " + cause, site),
                    signal == SIGILL || signal == SIGTRAP
                        ? "perhaps __builtin_trap() or code for another processor"
                        : "");
}

std::string sender_text(const sqlite::Row& row, const Frames& frames) {
  const auto sender = row.text("sender_pid");
  if (!sender) {
    const std::string message = message_line(row);
    return message.empty() ? "the signal was sent to it" : message;
  }
  if (sender == row.text("pid")) {
    return with_site("sent by the program itself", site_of(frames, Entrance::program_only),
                     After::clause);
  }
  return "sent by process " + *sender + " of user " + row.text("sender_uid").value_or("?");
}

std::string signal_text(const reader::Details& crash) {
  const sqlite::Row& row = crash.entry.row;
  const auto signal = row.integer("signal").value_or(0);
  const auto code = row.integer("signal_code");
  const auto sender = row.text("sender_pid");
  const Frames frames = crashed_frames(crash);
  if (is_sent(signal, code) || is(row, "cause", schema::Cause::self_sent) ||
      (sender && sender != row.text("pid"))) {
    return sender_text(row, frames);
  }
  if (is(row, "cause", schema::Cause::program_message)) {
    return with_site(message_line(row), site_of(frames, Entrance::program_only), After::clause);
  }
  if (signal == SIGABRT) {
    const bool has_message =
        grouping::has_abort_message(row.text("cause").value_or(""), sender.has_value());
    return abort_text(has_message ? message_line(row) : "", frames);
  }
  const Site site = site_of(frames, Entrance::exact);
  const auto address = row.text("fault_address");
  if (signal != SIGSEGV && signal != SIGBUS) return cause_text(row, site);
  if (is(row, "cause", schema::Cause::stack_overflow)) {
    return with_guess(with_site("it ran out of stack", site), recursion_guess(frames));
  }
  if (address) return memory_text(row, site, *address);
  return code == SI_KERNEL ? impossible_address_text(crash, site) : cause_text(row, site);
}

// The functions at the depth of the noexcept one: it, and what was inlined there; which of these
// says noexcept is not known.
std::string noexcept_functions(const reader::Details& crash) {
  if (!crash.noexcept_frame) return "";
  std::string names;
  for (const sqlite::Row& frame : crashed_frames(crash)) {
    if (frame.integer("depth") != crash.noexcept_frame->integer("depth")) continue;
    names += (names.empty() ? "" : " or ") + short_place(frame);
  }
  return names;
}

// Through the cleanup of another exception, functions that are not noexcept end the way out, too.
std::string noexcept_text(const reader::Details& crash) {
  const std::string functions = noexcept_functions(crash);
  const bool was_unwinding =
      crash.noexcept_frame && crash.noexcept_frame->integer("unwinding") == 1;
  if (functions.empty()) return " died of an exception that escaped a noexcept function";
  if (was_unwinding) {
    return " died of an exception that could not leave " + functions +
           ", which is noexcept or was itself being left by another exception";
  }
  return " died of an exception that escaped noexcept function " + functions;
}

std::string exception_text(const reader::Details& crash) {
  const sqlite::Row& row = crash.entry.row;
  std::string words = is(row, "phase", schema::Phase::is_noexcept)
                          ? noexcept_text(crash)
                          : " died of an uncaught exception";
  if (const auto type = row.text("exception_type")) words += ", " + readable_name(*type);
  const Site site = site_of(crashed_frames(crash), Entrance::program_only);
  if (!site.empty()) words = with_site(words + ", thrown", site);
  return is(row, "cause", schema::Cause::no_message) ? words
                                                     : joined_text(words, message_line(row));
}

// Functions that destroy or replace a std::thread that still has one to join.
bool is_of_joinable_thread(const Frames& frames) {
  return std::any_of(frames.begin(), frames.end(), [](const sqlite::Row& frame) {
    const std::string function = frame.text("function").value_or("");
    return function.starts_with("std::thread::~thread") ||
           function.starts_with("std::thread::operator=");
  });
}

std::string terminate_text(const reader::Details& crash) {
  const sqlite::Row& row = crash.entry.row;
  const Frames frames = crashed_frames(crash);
  const Site site = site_of(frames, Entrance::program_only);
  if (!is(row, "cause", schema::Cause::no_exception)) {
    return joined_text(with_site(" called std::terminate", site), message_line(row));
  }
  return with_guess(
      with_site(" called std::terminate without an exception", site),
      is_of_joinable_thread(frames) ? "a std::thread was neither joined nor detached" : "");
}

struct EndWords {
  schema::Cause cause;
  std::string_view words;
};

constexpr EndWords kEnds[] = {
    {schema::Cause::out_of_memory,
     " was killed, most likely by the out-of-memory killer, which has struck in its control group"},
    {schema::Cause::memory_short, " was killed, cause unknown; memory was short"},
    {schema::Cause::machine_stopped,
     " ended: the machine was shut down, restarted or lost power while it ran"},
    {schema::Cause::unknown, " was killed, cause unknown"},
    {schema::Cause::unmarked,
     " ended without a mark: by an exit, exec() or a signal, or killed; it is not known which"},
};

// Of a process that left no crash.
std::string end_text(const sqlite::Row& row) {
  if (const auto signal = row.integer("killed_by")) {
    return " was killed by " + name_of_signal(*signal) +
           (*signal == SIGKILL ? "" : ", which it does not handle");
  }
  for (const EndWords& end : kEnds) {
    if (is(row, "cause", end.cause)) return std::string(end.words);
  }
  const std::string message = message_line(row);
  if (!message.empty()) return ": " + message;
  return row.text("kind") == "killed" ? " was killed" : " ended";
}

}  // namespace

std::string what_happened(const reader::Details& crash) {
  const sqlite::Row& row = crash.entry.row;
  const std::string program = program_name(row);
  const std::string kind = row.text("kind").value_or("");
  if (kind == "signal") {
    const std::string name = signal_name(row);
    return joined_text(program + " died of " + (name.empty() ? "a signal" : name),
                       signal_text(crash));
  }
  if (kind == "exception") return program + exception_text(crash);
  if (kind == "terminate") return program + terminate_text(crash);
  if (kind == "killed" || kind == "ended") return program + end_text(row);
  return joined_text(program + " crashed", message_line(row));
}

}  // namespace dblog::report
