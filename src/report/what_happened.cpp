// Guesses stand after a semicolon and say "likely" or "perhaps".
#include "src/report/what_happened.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string_view>

#include "src/grouping/address_text.hpp"
#include "src/report/abort_text.hpp"
#include "src/report/address_text.hpp"
#include "src/report/crash_text.hpp"
#include "src/report/frame_text.hpp"
#include "src/report/impossible_address.hpp"
#include "src/report/signal_text.hpp"

namespace dblog::report {
namespace {

struct Access {
  std::string_view in_message;  ///< As handlers/text/signal_text.cpp says it.
  std::string_view verb;
  std::string_view refused;  ///< What is said when the page is there and forbids it.
};

constexpr Access kAccesses[] = {
    {"write to address", "wrote to", "may not be written"},
    {"read from address", "read from", "may not be read"},
    {"jump to address", "jumped to", "is no code"},
    {"", "used", "may not be used in that way"},
};

const Access& access_of(std::string_view message) {
  for (const Access& access : kAccesses) {
    if (message.find(access.in_message) != std::string_view::npos) return access;
  }
  return kAccesses[3];
}

std::string with_site(std::string text, const std::string& site) {
  if (site.empty()) return text;
  const bool is_caller_only = site.starts_with("called");
  return text + (is_caller_only && !text.ends_with(',') ? ", " : " ") + site;
}

std::string with_guess(const std::string& text, const std::string& guess) {
  return guess.empty() ? text : text + "; " + guess;
}

std::string refusal_words(std::int64_t signal, std::optional<std::int64_t> code,
                          const Access& access) {
  if (signal == SIGSEGV && code == SEGV_ACCERR)
    return ", which " + std::string(access.refused) + ",";
  if (signal != SIGBUS) return "";
  if (code == BUS_ADRERR) return ", past the end of a mapped file or on a full disk,";
  if (code == BUS_ADRALN) return ", which is misaligned,";
  return ", where the memory has a hardware error,";
}

// Through several functions, and perhaps one that was only too deep for its input.
std::string recursion_guess(const Frames& frames) {
  constexpr std::int64_t kDeep = 1'000;
  const std::string recursion = recursion_words(frames);
  if (!recursion.empty()) return "likely an endless recursion of " + recursion;
  const std::int64_t last = frames.empty() ? 0 : frames.back().integer("depth").value_or(0);
  if (last >= kDeep) return "likely a recursion, " + std::to_string(last + 1) + " calls deep";
  return "no recursion is seen: perhaps a very large local variable";
}

std::string stack_overflow_words(const Frames& frames, const std::string& site) {
  return with_guess(with_site("it ran out of stack", site), recursion_guess(frames));
}

std::string memory_words(const store::Row& row, const std::string& site,
                         const std::string& address) {
  const std::string message = row.text("msg").value_or("");
  const Access& access = access_of(first_line(message));
  std::string words = "it " + std::string(access.verb) + " address " + address;
  words += refusal_words(row.integer("signal").value_or(0), row.integer("signal_code"), access);
  if (site.empty() && words.ends_with(',')) words.pop_back();
  const auto value = grouping::parse_address(address);
  std::string guess = value ? address_guess(*value) : "";
  if (value == 0 && access.verb == "jumped to") guess = "likely a call through a null pointer";
  return with_guess(with_site(std::move(words), site), guess);
}

std::string cause_words(const store::Row& row, const std::string& site) {
  const auto signal = row.integer("signal").value_or(0);
  const std::string cause{signal_cause(signal, row.integer("signal_code"))};
  const std::string message = message_line(row);
  const bool is_message_better = cause.empty() || signal == SIGSYS;  // it has the call's number
  if (is_message_better && !message.empty()) return with_site(message, site);
  if (cause.empty()) return site;
  return with_guess(with_site("it " + cause, site),
                    signal == SIGILL || signal == SIGTRAP
                        ? "perhaps __builtin_trap() or code for another processor"
                        : "");
}

std::string signal_text(const store::Details& crash) {
  const store::Row& row = crash.entry.row;
  const auto signal = row.integer("signal").value_or(0);
  const auto code = row.integer("signal_code");
  const Frames frames = crashed_frames(crash);
  if (is_sent(signal, code)) {
    const std::string sender = message_line(row);
    if (!sender.starts_with("raised")) return sender.empty() ? "the signal was sent to it" : sender;
    return with_site(sender, site_words(frames, Entrance::program_only));
  }
  if (signal == SIGABRT) return abort_text(message_line(row), frames);
  const std::string site = site_words(frames, Entrance::exact);
  const std::string message = row.text("msg").value_or("");
  const auto address = row.text("fault_address");
  if (signal != SIGSEGV && signal != SIGBUS) return cause_words(row, site);
  if (first_line(message).find("stack overflow") != std::string_view::npos) {
    return stack_overflow_words(frames, site);
  }
  if (address) return memory_words(row, site, *address);
  return code == SI_KERNEL ? impossible_address_words(crash, site) : cause_words(row, site);
}

std::string thrown_words(const store::Details& crash) {
  const store::Row& row = crash.entry.row;
  const std::string type = row.text("exception_type").value_or("");
  const std::string site = site_words(crashed_frames(crash), Entrance::program_only);
  std::string words = type.empty() ? "" : ", " + type;
  if (!site.empty()) words += ", thrown " + site;
  return join_words(words, message_line(row));
}

// Who destroys or replaces a std::thread that still has one to join.
bool is_of_joinable_thread(const Frames& frames) {
  return std::any_of(frames.begin(), frames.end(), [](const store::Row& frame) {
    const std::string function = frame.text("function").value_or("");
    return function.starts_with("std::thread::~thread") ||
           function.starts_with("std::thread::operator=");
  });
}

std::string terminate_words(const store::Details& crash) {
  constexpr std::string_view kCall = "std::terminate called";
  const Frames frames = crashed_frames(crash);
  const std::string site = site_words(frames, Entrance::program_only);
  const std::string message = message_line(crash.entry.row);
  if (message.starts_with(kCall)) {  // "… without an exception"
    std::string words = with_site(" called std::terminate" + message.substr(kCall.size()), site);
    if (!is_of_joinable_thread(frames)) return words;
    return words + "; a std::thread was neither joined nor detached";
  }
  return join_words(with_site(" called std::terminate", site), message);
}

std::string killed_words(const store::Row& row) {
  const std::string message = message_line(row);
  if (message.starts_with("killed")) return " was " + message;
  return join_words(message.empty() ? " was killed" : " ended", message);
}

}  // namespace

std::string what_happened(const store::Details& crash) {
  const store::Row& row = crash.entry.row;
  const std::string program = program_name(row);
  const std::string kind = row.text("kind").value_or("");
  if (kind == "signal") {
    const std::string name = signal_name(row);
    return join_words(program + " died of " + (name.empty() ? "a signal" : name),
                      signal_text(crash));
  }
  if (kind == "exception") return program + " died of an uncaught exception" + thrown_words(crash);
  if (kind == "terminate") return program + terminate_words(crash);
  if (kind == "killed") return program + killed_words(row);
  if (kind == "ended") return program + ' ' + message_line(row);
  return join_words(program + " crashed", message_line(row));
}

}  // namespace dblog::report
