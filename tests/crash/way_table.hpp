// What crash_child's ways to die must leave behind.
#pragma once

#include <csignal>
#include <string>

namespace dblog::test {

struct WayToDie {
  const char* name;
  int death;  // the signal that ends the process
  const char* kind;
  const char* signal_name;     // of the row; empty: NULL
  const char* signal_code;     // likewise
  const char* exception_type;  // likewise
  const char* message;         // is contained in msg
  const char* function;        // at depth 0; empty: not asked
  const char* facts;           // "access|cause|phase"; "main" is "thread" in another thread
};

// Clang's code has unwound the thrower's frame when it calls std::terminate for a noexcept
// function; that it does is known on x86-64.
#ifdef __clang__
inline constexpr const char* kNoexceptSite = "";
#else
inline constexpr const char* kNoexceptSite = "throw_not_allowed";
#endif
#if defined(__clang__) && !defined(__x86_64__)
inline constexpr const char* kNoexceptFacts = "||";
#else
inline constexpr const char* kNoexceptFacts = "||noexcept";
#endif

inline constexpr WayToDie kWaysToDie[] = {
    {"null-write", SIGSEGV, "signal", "SIGSEGV", "1", "", "write to address 0x0", "write_to_null",
     "write||"},
    {"low-read", SIGSEGV, "signal", "SIGSEGV", "1", "", "read from address 0x10",
     "read_from_low_address", "read||"},
    {"null-jump", SIGSEGV, "signal", "SIGSEGV", "1", "", "jump to address 0x0", "", "execute||"},
    {"divide", SIGFPE, "signal", "SIGFPE", "1", "", "division by zero", "divide_by_zero", "||"},
    {"deep", SIGSEGV, "signal", "SIGSEGV", "1", "", "write to address 0x0", "write_to_null",
     "write||"},
    {"bus", SIGBUS, "signal", "SIGBUS", "2", "", "past the end of a mapped file", "", "write||"},
    {"illegal", SIGILL, "signal", "SIGILL", "2", "", "illegal operand", "", "||"},
    {"trap", SIGTRAP, "signal", "SIGTRAP", "-6", "", "sent by the program itself", "",
     "|self_sent|"},
    {"sys", SIGSYS, "signal", "SIGSYS", "-6", "", "sent by the program itself", "", "|self_sent|"},
    {"abort", SIGABRT, "signal", "SIGABRT", "-6", "", "abort() called", "", "||"},
    {"assert", SIGABRT, "signal", "SIGABRT", "-6", "", "Assertion `sink == 7 && \"the answer\"'",
     "", "|abort_message|"},
    {"double-free", SIGABRT, "signal", "SIGABRT", "-6", "", "double free or corruption", "",
     "|abort_message|"},
    {"smash", SIGABRT, "signal", "SIGABRT", "-6", "", "stack smashing detected", "",
     "|abort_message|"},
    {"kill-self", SIGSEGV, "signal", "SIGSEGV", "0", "", "sent by the program itself", "",
     "|self_sent|"},
    {"raise", SIGSEGV, "signal", "SIGSEGV", "-6", "", "sent by the program itself", "",
     "|self_sent|"},
    {"raise-abort", SIGABRT, "signal", "SIGABRT", "-6", "", "SIGABRT: sent by the program itself",
     "", "|self_sent|"},
    {"stack-pointer", SIGSEGV, "signal", "SIGSEGV", "1", "", "write to address 0xff8", "",
     "write||"},
    {"pure-virtual", SIGABRT, "terminate", "", "", "", "pure virtual method called", "call_pure",
     "|pure_virtual_call|"},
    {"terminate", SIGABRT, "terminate", "", "", "", "std::terminate called", "", "|no_exception|"},
    {"joinable", SIGABRT, "terminate", "", "", "", "std::terminate called", "", "|no_exception|"},
    {"rethrow-nothing", SIGABRT, "terminate", "", "", "", "std::terminate called", "",
     "|no_exception|"},
    {"throw", SIGABRT, "exception", "", "", "std::runtime_error", "disk on fire", "", "||main"},
    {"throw-nested", SIGABRT, "exception", "", "", "std::runtime_error",
     "cannot load the configuration\ncaused by: std::out_of_range: no such key", "", "||main"},
    {"throw-bytes", SIGABRT, "exception", "", "", "std::runtime_error",
     "caf\\xE9 \"quoted\" 'single'", "throw_bad_bytes", "||main"},
    {"throw-headings", SIGABRT, "exception", "", "", "std::runtime_error",
     "uncaught exception of type int\nSIGSEGV: stack overflow: write to address 0x0\n"
     "Group:    1:feed\nDatabase: /elsewhere\n"
     "killed by SIGUSR1, which the program does not handle",
     "", "||main"},
    {"throw-int", SIGABRT, "exception", "", "", "int", "42", "", "||main"},
    {"throw-string", SIGABRT, "exception", "", "", "std::string", "plain words", "", "||main"},
    {"throw-struct", SIGABRT, "exception", "", "", "(anonymous namespace)::Unprintable",
     "uncaught exception of type", "", "|no_message|main"},
    {"throw-noexcept", SIGABRT, "exception", "", "", "std::logic_error", "not allowed here",
     kNoexceptSite, kNoexceptFacts},
    {"throw-long", SIGABRT, "exception", "", "", "std::runtime_error", "xxxxxxxx", "", "||main"},
    {"what-crashes", SIGSEGV, "exception", "", "", "(anonymous namespace)::CrashingWhat",
     "uncaught exception of type", "", "|no_message|main"},
    {"what-aborts", SIGABRT, "exception", "", "", "(anonymous namespace)::AbortingWhat",
     "uncaught exception of type", "", "|no_message|main"},
};

/// What kFactsOf answers for it: with '1' if the program sent the signal itself.
inline std::string facts_of(const WayToDie& way, bool in_thread) {
  std::string facts = way.facts;
  if (in_thread && facts.ends_with("main")) facts.replace(facts.size() - 4, 4, "thread");
  const bool is_sent = way.signal_code[0] == '-' || way.signal_code[0] == '0';
  return facts + (is_sent ? "|1" : "|");
}
inline constexpr const char* kFactsOf =
    "SELECT access, cause, phase, sender_pid = pid AND sender_uid >= 0 FROM crashes";

}  // namespace dblog::test
