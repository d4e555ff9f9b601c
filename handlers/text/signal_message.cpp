// Context: crash time.
#include "handlers/text/signal_message.hpp"

#include <ucontext.h>

#include "handlers/text/abort_message.hpp"
#include "handlers/unwind/code_position.hpp"
#include "src/base/memory_probe.hpp"
#include "src/base/signal_name.hpp"
#include "src/base/text_buffer.hpp"

namespace dblog::crash {
namespace {

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

schema::Access access_of(const void* interrupted) noexcept {
#if defined(__x86_64__)
  // The page fault error code: bit 1 is a write, bit 4 an instruction fetch (Intel SDM volume 3,
  // "Interrupt 14"); greg REG_TRAPNO says whether it is one.
  constexpr greg_t kPageFault = 14;
  const auto& registers = static_cast<const ucontext_t*>(interrupted)->uc_mcontext.gregs;
  if (registers[REG_TRAPNO] != kPageFault) return schema::Access::unknown;
  if ((registers[REG_ERR] & 0x10) != 0) return schema::Access::execute;
  return (registers[REG_ERR] & 0x2) != 0 ? schema::Access::write : schema::Access::read;
#else
  (void)interrupted;
  return schema::Access::unknown;
#endif
}

// In the order of Access.
constexpr std::string_view kAccesses[] = {"access to", "read from", "write to", "jump to"};

// A fault just below the stack pointer, or in the frame that a function was making room for, in
// memory that is not there or is a guard page: the stack has come to its end. Above the stack
// pointer it is that only if the pointer itself has left the stack; else a write has run off the
// stack's beginning.
bool is_stack_overflow(const siginfo_t& info, const void* interrupted) noexcept {
  constexpr std::uint64_t kReach = 256 * 1024;
  if (info.si_signo != SIGSEGV) return false;
  const std::uint64_t stack = stack_pointer_of(*static_cast<const ucontext_t*>(interrupted));
  const auto address = reinterpret_cast<std::uint64_t>(info.si_addr);
  if (stack <= kReach || address < stack - kReach || address >= stack + kReach) return false;
  return address < stack || !base::is_readable(reinterpret_cast<const void*>(stack));
}

// What the kernel sends itself (timers, SIGIO) has other fields in their place.
bool has_sender(const siginfo_t& info) noexcept {
  return info.si_code <= 0 && info.si_code != SI_TIMER && info.si_code != SI_SIGIO &&
         info.si_code != SI_ASYNCIO;
}

// Facts that the message is made of, and the columns.
void fill_facts(CrashRecord& record, const siginfo_t& info, const void* interrupted,
                bool is_abort) noexcept {
  record.signal = info.si_signo;
  record.signal_code = info.si_code;
  record.has_fault_address = has_address(info);
  if (record.has_fault_address) {
    record.fault_address = reinterpret_cast<std::uint64_t>(info.si_addr);
  }
  record.has_sender = has_sender(info);
  if (record.has_sender) {
    record.sender_pid = info.si_pid;
    record.sender_uid = info.si_uid;
    const bool is_self_sent = info.si_pid == record.process_id && !is_abort;
    if (is_self_sent) record.cause = schema::Cause::self_sent;
  }
  const bool is_fault = info.si_code > 0 && info.si_code != SI_KERNEL;
  if (is_fault && is_memory_fault(info.si_signo)) {
    record.access = access_of(interrupted);
    if (is_stack_overflow(info, interrupted)) record.cause = schema::Cause::stack_overflow;
  }
  record.has_system_call = is_fault && info.si_signo == SIGSYS;
  if (record.has_system_call) record.system_call = info.si_syscall;
}

void put_origin(base::TextBuffer& message, const CrashRecord& record,
                std::string_view abort_text) noexcept {
  if (!abort_text.empty()) {
    message << abort_text;
  } else if (!record.has_sender) {
    message << "sent by the kernel (code " << record.signal_code << ')';
  } else if (record.cause == schema::Cause::self_sent) {
    message << "sent by the program itself";
  } else if (record.sender_pid == record.process_id) {
    message << "abort() called";
  } else {
    message << "sent by process " << record.sender_pid << " of user "
            << std::int64_t{record.sender_uid};
  }
}

void put_fault(base::TextBuffer& message, const CrashRecord& record) noexcept {
  if (record.signal_code == SI_KERNEL) {
    // The kernel gives no address for these: x86-64 addresses that are not canonical, mostly.
    message << (record.signal == SIGTRAP ? "breakpoint instruction"
                                         : "access to an impossible address, or a privileged "
                                           "instruction")
            << " (SI_KERNEL)";
    return;
  }
  if (record.has_system_call) {
    message << "system call " << record.system_call << " is forbidden (SYS_SECCOMP)";
    return;
  }
  if (is_memory_fault(record.signal)) {
    if (record.cause == schema::Cause::stack_overflow) message << "stack overflow: ";
    message << schema::word_of(record.access, kAccesses) << " address ";
    message.hex(record.fault_address);
  }
  const CodeText* code = find_code(record.signal, record.signal_code);
  if (code == nullptr) {
    message << " (code " << record.signal_code << ')';
  } else {
    message << code->text << " (" << code->name << ')';
  }
}

}  // namespace

void describe_signal(CrashRecord& record, const siginfo_t& info, const void* interrupted,
                     bool is_abort) noexcept {
  fill_facts(record, info, interrupted, is_abort);
  base::TextBuffer message{record.message};
  message << base::signal_name(record.signal) << schema::kNameEnd;
  if (record.signal_code > 0) {
    put_fault(message, record);
  } else {
    auto words = is_abort ? abort_message() : std::string_view{};
    if (!words.empty()) record.cause = schema::Cause::abort_message;
    if (is_abort && words.empty()) {
      words = program_message(record.thread_id);
      if (!words.empty()) record.cause = schema::Cause::program_message;
    }
    put_origin(message, record, words);
  }
  record.message_size = static_cast<std::uint32_t>(message.size());
}

}  // namespace dblog::crash
