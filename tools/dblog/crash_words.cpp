// Words for crashes.
#include "tools/dblog/crash_words.hpp"

#include <charconv>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tools/dblog/escape_text.hpp"

namespace dblog::tool {
namespace {

struct Cause {
  int signal;
  int code;  ///< kAnyCode: for every code that has no line of its own
  std::string_view words;
};

constexpr int kAnyCode = -1'000;

// sigaction(2), "The si_code field".
constexpr Cause kCauses[] = {
    {SIGSEGV, SEGV_MAPERR, "it used memory that is not there"},
    {SIGSEGV, SEGV_ACCERR, "it used memory in a way that is not allowed there"},
    {SIGSEGV, SI_KERNEL, "it used an impossible address"},
    {SIGBUS, BUS_ADRALN, "it used a misaligned address"},
    {SIGBUS, BUS_ADRERR, "it used mapped memory that nothing stands behind (a file cut short?)"},
    {SIGBUS, BUS_OBJERR, "the memory has a hardware error"},
    {SIGFPE, FPE_INTDIV, "it divided a whole number by zero"},
    {SIGFPE, FPE_INTOVF, "a whole number overflowed"},
    {SIGFPE, FPE_FLTDIV, "it divided a floating-point number by zero"},
    {SIGFPE, FPE_FLTOVF, "a floating-point number overflowed"},
    {SIGFPE, FPE_FLTINV, "a floating-point operation was invalid"},
    {SIGILL, kAnyCode, "it ran an instruction that the processor refused"},
    {SIGABRT, kAnyCode, "it aborted"},
    {SIGTRAP, kAnyCode, "it ran into a breakpoint or trap"},
    {SIGSYS, kAnyCode, "it made a system call that is not allowed to it"},
};

std::string_view cause_words(std::int64_t signal, std::optional<std::int64_t> code) {
  const bool is_abort = signal == SIGABRT && code == SI_TKILL;
  if (code && *code <= 0 && !is_abort) {
    return *code == SI_TKILL ? "the signal was sent to a thread (raise, tgkill)"
                             : "the signal was sent by a process (kill)";
  }
  for (const Cause& cause : kCauses) {
    if (cause.signal == signal && (cause.code == kAnyCode || code == cause.code)) {
      return cause.words;
    }
  }
  return "";
}

std::string signal_name(const store::Row& crash) {
  if (auto name = crash.text("signal_name")) return *name;
  if (auto number = crash.text("signal")) return "signal " + *number;
  return "";
}

// Without the signal's name, with which dblog's own messages begin: the words around it say that.
std::string message_line(const store::Row& crash) {
  std::string line{first_line(crash.text("msg").value_or(""))};
  const std::string name = signal_name(crash) + ": ";
  return line.starts_with(name) ? line.substr(name.size()) : line;
}

std::string join(std::string_view first, std::string_view second) {
  if (first.empty() || second.empty()) return std::string(first).append(second);
  return std::string(first).append(": ").append(second);
}

std::string_view null_pointer_words(std::string_view address) {
  constexpr std::uint64_t kFirstPage = 4'096;
  if (!address.starts_with("0x")) return "";
  std::uint64_t value = 0;
  const char* end = address.data() + address.size();
  const auto [stop, failure] = std::from_chars(address.data() + 2, end, value, 16);
  if (failure != std::errc{} || stop != end || value >= kFirstPage) return "";
  return value == 0 ? " (a null pointer)" : " (near zero: a null pointer's member or element)";
}

std::string program_name(const store::Row& crash) {
  const std::string path = crash.text("executable").value_or("");
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.empty() ? "A program" : name;
}

std::string fault_words(const store::Row& crash) {
  const auto signal = crash.integer("signal").value_or(0);
  const auto address = crash.text("fault_address");
  std::string words{cause_words(signal, crash.integer("signal_code"))};
  const bool is_about_memory = signal == SIGSEGV || signal == SIGBUS;
  if (is_about_memory && address) {
    words += (words.empty() ? "at " : ", at ") + *address;
    words += null_pointer_words(*address);
  }
  return words;
}

}  // namespace

std::string crash_headline(const store::Row& crash) {
  const std::string kind = crash.text("kind").value_or("");
  const std::string message = message_line(crash);
  if (kind == "signal" || kind == "killed") {
    std::string name = signal_name(crash);
    if (auto address = crash.text("fault_address"); address && message.empty()) {
      return name + " at " + *address;
    }
    return join(name, message);
  }
  return join(crash.text("exception_type").value_or(""), message);
}

std::string crash_sentence(const store::Row& crash) {
  const std::string program = program_name(crash);
  const std::string kind = crash.text("kind").value_or("");
  const std::string message = message_line(crash);
  const std::string signal = signal_name(crash);
  if (kind == "signal") {
    return join(program + " died of " + (signal.empty() ? "a signal" : signal),
                message.empty() ? fault_words(crash) : message);
  }
  const auto type = crash.text("exception_type");
  const std::string of_type = type ? ", " + *type : "";
  if (kind == "exception") {
    return join(program + " died of an uncaught exception" + of_type, message);
  }
  if (kind == "terminate") return join(program + " called std::terminate" + of_type, message);
  if (kind == "killed") {
    return join(program + " was killed" + (signal.empty() ? "" : " by " + signal), message);
  }
  return join(program + " crashed", message);
}

std::string signal_description(const store::Row& crash) {
  std::string text = signal_name(crash);
  const auto number = crash.integer("signal");
  if (number && crash.text("signal_name")) text += " (" + std::to_string(*number) + ")";
  const auto code = crash.integer("signal_code");
  if (code) text += (text.empty() ? "code " : ", code ") + std::to_string(*code);
  return join(text, number ? cause_words(*number, code) : "");
}

}  // namespace dblog::tool
