// Context: crash time.
#include "handlers/text/signal_text.hpp"

#include <ucontext.h>

#include "handlers/text/abort_message.hpp"
#include "handlers/unwind/code_position.hpp"
#include "src/base/text_buffer.hpp"

namespace dblog::crash {
namespace {

struct SignalName {
  int signal;
  const char* name;
};
constexpr SignalName kSignalNames[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},       {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},
    {SIGABRT, "SIGABRT"}, {SIGTRAP, "SIGTRAP"},     {SIGSYS, "SIGSYS"},   {SIGTERM, "SIGTERM"},
    {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"},     {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"},
    {SIGHUP, "SIGHUP"},   {SIGPIPE, "SIGPIPE"},     {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"},
    {SIGALRM, "SIGALRM"}, {SIGVTALRM, "SIGVTALRM"}, {SIGPROF, "SIGPROF"},
};

// sigaction(2), "The siginfo_t argument to a SA_SIGINFO handler".
struct CodeText {
  int signal;
  int code;
  const char* name;
  const char* text;
};
constexpr CodeText kCodeTexts[] = {
    {SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR", ", where nothing is mapped"},
    {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR", ", which its page forbids"},
    {SIGSEGV, SEGV_BNDERR, "SEGV_BNDERR", ", outside its bounds"},
    {SIGSEGV, SEGV_PKUERR, "SEGV_PKUERR", ", which a protection key forbids"},
    {SIGBUS, BUS_ADRALN, "BUS_ADRALN", ", which is not aligned"},
    {SIGBUS, BUS_ADRERR, "BUS_ADRERR", ", past the end of a mapped file or on a full disk"},
    {SIGBUS, BUS_OBJERR, "BUS_OBJERR", ", hardware error of the object"},
    {SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR", ", memory hardware error"},
    {SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO", ", memory hardware error"},
    {SIGFPE, FPE_INTDIV, "FPE_INTDIV", "integer division by zero or overflow"},
    {SIGFPE, FPE_INTOVF, "FPE_INTOVF", "integer overflow"},
    {SIGFPE, FPE_FLTDIV, "FPE_FLTDIV", "floating-point division by zero"},
    {SIGFPE, FPE_FLTOVF, "FPE_FLTOVF", "floating-point overflow"},
    {SIGFPE, FPE_FLTUND, "FPE_FLTUND", "floating-point underflow"},
    {SIGFPE, FPE_FLTRES, "FPE_FLTRES", "floating-point inexact result"},
    {SIGFPE, FPE_FLTINV, "FPE_FLTINV", "invalid floating-point operation"},
    {SIGFPE, FPE_FLTSUB, "FPE_FLTSUB", "subscript out of range"},
    {SIGILL, ILL_ILLOPC, "ILL_ILLOPC", "illegal instruction"},
    {SIGILL, ILL_ILLOPN, "ILL_ILLOPN", "illegal operand"},
    {SIGILL, ILL_ILLADR, "ILL_ILLADR", "illegal addressing mode"},
    {SIGILL, ILL_ILLTRP, "ILL_ILLTRP", "illegal trap"},
    {SIGILL, ILL_PRVOPC, "ILL_PRVOPC", "privileged instruction"},
    {SIGILL, ILL_PRVREG, "ILL_PRVREG", "privileged register"},
    {SIGILL, ILL_COPROC, "ILL_COPROC", "coprocessor error"},
    {SIGILL, ILL_BADSTK, "ILL_BADSTK", "internal stack error"},
    {SIGTRAP, TRAP_BRKPT, "TRAP_BRKPT", "breakpoint"},
    {SIGTRAP, TRAP_TRACE, "TRAP_TRACE", "trace trap"},
};

const CodeText* find_code(int signal, int code) noexcept {
  for (const CodeText& entry : kCodeTexts) {
    if (entry.signal == signal && entry.code == code) return &entry;
  }
  return nullptr;
}

bool is_memory_fault(int signal) noexcept { return signal == SIGSEGV || signal == SIGBUS; }

bool has_address(const siginfo_t& info) noexcept {
  return info.si_code > 0 && info.si_code != SI_KERNEL &&
         (is_memory_fault(info.si_signo) || info.si_signo == SIGFPE || info.si_signo == SIGILL ||
          info.si_signo == SIGTRAP || info.si_signo == SIGSYS);
}

const char* kind_of_access(const void* interrupted) noexcept {
#if defined(__x86_64__)
  // The page fault error code: bit 1 is a write, bit 4 an instruction fetch (Intel SDM volume 3,
  // "Interrupt 14"); greg REG_TRAPNO says whether it is one.
  constexpr greg_t kPageFault = 14;
  const auto& registers = static_cast<const ucontext_t*>(interrupted)->uc_mcontext.gregs;
  if (registers[REG_TRAPNO] != kPageFault) return "access to";
  if ((registers[REG_ERR] & 0x10) != 0) return "jump to";
  return (registers[REG_ERR] & 0x2) != 0 ? "write to" : "read from";
#else
  (void)interrupted;
  return "access to";
#endif
}

// A fault just below the stack pointer, or in the frame that a function was making room for, in
// memory that is not there or is a guard page: the stack has come to its end.
bool is_stack_overflow(const siginfo_t& info, const void* interrupted) noexcept {
  constexpr std::uint64_t kReach = 256 * 1024;
  if (info.si_signo != SIGSEGV) return false;
  const std::uint64_t stack = stack_pointer_of(*static_cast<const ucontext_t*>(interrupted));
  const auto address = reinterpret_cast<std::uint64_t>(info.si_addr);
  return stack > kReach && address >= stack - kReach && address < stack + kReach;
}

void put_sender(TextBuffer& message, const siginfo_t& info, int own_process) noexcept {
  if (info.si_signo == SIGABRT) {
    const std::string_view words = abort_message();
    if (!words.empty()) {
      message << words;
      return;
    }
  }
  if (info.si_pid == own_process) {
    message << (info.si_signo == SIGABRT ? "abort() called" : "raised by the program itself");
  } else {
    message << "sent by process " << info.si_pid << " of user "
            << static_cast<std::int64_t>(info.si_uid);
  }
}

void put_fault(TextBuffer& message, const siginfo_t& info, const void* interrupted) noexcept {
  if (info.si_code == SI_KERNEL) {
    // The kernel gives no address for these: x86-64 addresses that are not canonical, mostly.
    message << (info.si_signo == SIGTRAP ? "breakpoint instruction"
                                         : "access to an impossible address, or a privileged "
                                           "instruction")
            << " (SI_KERNEL)";
    return;
  }
  const CodeText* code = find_code(info.si_signo, info.si_code);
  if (is_memory_fault(info.si_signo)) {
    if (is_stack_overflow(info, interrupted)) message << "stack overflow: ";
    message << kind_of_access(interrupted) << " address ";
    message.hex(reinterpret_cast<std::uint64_t>(info.si_addr));
  } else if (info.si_signo == SIGSYS) {
    message << "system call " << info.si_syscall << " is forbidden (SYS_SECCOMP)";
    return;
  }
  if (code == nullptr) {
    message << " (code " << info.si_code << ')';
  } else {
    message << code->text << " (" << code->name << ')';
  }
}

}  // namespace

const char* signal_name(int signal) noexcept {
  for (const SignalName& entry : kSignalNames) {
    if (entry.signal == signal) return entry.name;
  }
  return "signal";
}

void describe_signal(CrashRecord& record, const siginfo_t& info, const void* interrupted) noexcept {
  record.signal = info.si_signo;
  record.signal_code = info.si_code;
  if (has_address(info)) {
    record.has_fault_address = true;
    record.fault_address = reinterpret_cast<std::uint64_t>(info.si_addr);
  }
  TextBuffer message{record.message};
  message << signal_name(info.si_signo) << ": ";
  if (info.si_code > 0) {
    put_fault(message, info, interrupted);
  } else {
    put_sender(message, info, record.process_id);
  }
  record.message_size = static_cast<std::uint32_t>(message.size());
}

}  // namespace dblog::crash
