// sigaction(2), "The si_code field".
#include "src/report/signal_text.hpp"

#include <csignal>

#include "src/base/signal_name.hpp"

namespace dblog::report {
namespace {

struct Code {
  int signal;  ///< 0: for every signal
  int code;
  std::string_view name;
  std::string_view cause;
};

constexpr Code kCodes[] = {
    {SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR", "used memory that is not there"},
    {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR", "used memory in a way that is not allowed there"},
    {SIGSEGV, SEGV_BNDERR, "SEGV_BNDERR", "used memory outside of its bounds"},
    {SIGSEGV, SEGV_PKUERR, "SEGV_PKUERR", "used memory that a protection key forbids"},
    {SIGBUS, BUS_ADRALN, "BUS_ADRALN", "used a misaligned address"},
    {SIGBUS, BUS_ADRERR, "BUS_ADRERR", "used mapped memory that nothing stands behind"},
    {SIGBUS, BUS_OBJERR, "BUS_OBJERR", "used memory that has a hardware error"},
    {SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR", "used memory that has a hardware error"},
    {SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO", "has memory with a hardware error"},
    {SIGFPE, FPE_INTDIV, "FPE_INTDIV", "divided a whole number by zero"},
    {SIGFPE, FPE_INTOVF, "FPE_INTOVF", "had a whole number overflow"},
    {SIGFPE, FPE_FLTDIV, "FPE_FLTDIV", "divided a floating-point number by zero"},
    {SIGFPE, FPE_FLTOVF, "FPE_FLTOVF", "had a floating-point number overflow"},
    {SIGFPE, FPE_FLTUND, "FPE_FLTUND", "had a floating-point number underflow"},
    {SIGFPE, FPE_FLTRES, "FPE_FLTRES", "had an inexact floating-point result"},
    {SIGFPE, FPE_FLTINV, "FPE_FLTINV", "did an invalid floating-point operation"},
    {SIGFPE, FPE_FLTSUB, "FPE_FLTSUB", "used a subscript out of range"},
    {SIGILL, ILL_ILLOPC, "ILL_ILLOPC", "ran an instruction that the processor does not know"},
    {SIGILL, ILL_ILLOPN, "ILL_ILLOPN", "ran an instruction that the processor does not know"},
    {SIGILL, ILL_ILLADR, "ILL_ILLADR", "ran an instruction that the processor does not know"},
    {SIGILL, ILL_ILLTRP, "ILL_ILLTRP", "ran an instruction that the processor refused"},
    {SIGILL, ILL_PRVOPC, "ILL_PRVOPC", "ran an instruction that only a kernel may run"},
    {SIGILL, ILL_PRVREG, "ILL_PRVREG", "used a register that only a kernel may use"},
    {SIGILL, ILL_COPROC, "ILL_COPROC", "ran an instruction that the processor refused"},
    {SIGILL, ILL_BADSTK, "ILL_BADSTK", "ran an instruction that the processor refused"},
    {SIGTRAP, TRAP_BRKPT, "TRAP_BRKPT", "ran into a breakpoint"},
    {SIGTRAP, TRAP_TRACE, "TRAP_TRACE", "ran into a trap for debuggers"},
    {SIGTRAP, SI_KERNEL, "SI_KERNEL", "ran into a breakpoint or trap instruction"},
    {SIGSYS, 1, "SYS_SECCOMP", "made a system call that is forbidden to it"},
    {0, SI_USER, "SI_USER", ""},
    {0, SI_QUEUE, "SI_QUEUE", ""},
    {0, SI_TIMER, "SI_TIMER", ""},
    {0, SI_MESGQ, "SI_MESGQ", ""},
    {0, SI_ASYNCIO, "SI_ASYNCIO", ""},
    {0, SI_SIGIO, "SI_SIGIO", ""},
    {0, SI_TKILL, "SI_TKILL", ""},
    {0, SI_KERNEL, "SI_KERNEL", ""},
};

const Code* find_code(std::int64_t signal, std::int64_t code) {
  for (const Code& known : kCodes) {
    if ((known.signal == signal || known.signal == 0) && known.code == code) return &known;
  }
  return nullptr;
}

std::string_view cause_of_any_code(std::int64_t signal) {
  switch (signal) {
    case SIGILL:
      return "ran an instruction that the processor refused";
    case SIGTRAP:
      return "ran into a breakpoint or trap instruction";
    case SIGSYS:
      return "made a system call that is forbidden to it";
    case SIGABRT:
      return "aborted";
    default:
      return "";
  }
}

}  // namespace

std::string name_of_signal(std::int64_t signal) {
  const std::string name = base::signal_name(static_cast<int>(signal));
  return name == "signal" ? name + ' ' + std::to_string(signal) : name;
}

std::string signal_name(const sqlite::Row& crash) {
  if (auto name = crash.text("signal_name"); name && *name != "signal") return *name;
  if (auto number = crash.text("signal")) return "signal " + *number;
  return "";
}

std::string_view signal_code_name(std::int64_t signal, std::int64_t code) {
  const Code* known = find_code(signal, code);
  return known == nullptr ? "" : known->name;
}

std::string_view signal_cause(std::int64_t signal, std::optional<std::int64_t> code) {
  if (is_sent(signal, code)) return "";
  const Code* known = code ? find_code(signal, *code) : nullptr;
  return known == nullptr || known->cause.empty() ? cause_of_any_code(signal) : known->cause;
}

bool is_sent(std::int64_t signal, std::optional<std::int64_t> code) {
  const bool is_abort = signal == SIGABRT && code == SI_TKILL;
  return code && *code <= 0 && !is_abort;
}

std::string signal_description(const sqlite::Row& crash) {
  std::string text = signal_name(crash);
  const auto number = crash.integer("signal");
  if (number && text != "signal " + std::to_string(*number)) {
    text += " (" + std::to_string(*number) + ")";
  }
  const auto code = crash.integer("signal_code");
  if (!code) return text;
  if (!text.empty()) text += ", ";
  const std::string_view name = number ? signal_code_name(*number, *code) : "";
  if (name.empty()) return text + "code " + std::to_string(*code);
  return text.append(name) + " (" + std::to_string(*code) + ")";
}

}  // namespace dblog::report
