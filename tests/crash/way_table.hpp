// What crash_child's ways to die must leave behind.
#pragma once

#include <csignal>

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
};

// Clang's code has unwound the thrower's frame when it calls std::terminate for a noexcept
// function.
#ifdef __clang__
inline constexpr const char* kNoexceptSite = "";
#else
inline constexpr const char* kNoexceptSite = "throw_not_allowed";
#endif

inline constexpr WayToDie kWaysToDie[] = {
    {"null-write", SIGSEGV, "signal", "SIGSEGV", "1", "", "write to address 0x0", "write_to_null"},
    {"low-read", SIGSEGV, "signal", "SIGSEGV", "1", "", "read from address 0x10",
     "read_from_low_address"},
    {"null-jump", SIGSEGV, "signal", "SIGSEGV", "1", "", "jump to address 0x0", ""},
    {"divide", SIGFPE, "signal", "SIGFPE", "1", "", "division by zero", "divide_by_zero"},
    {"deep", SIGSEGV, "signal", "SIGSEGV", "1", "", "write to address 0x0", "write_to_null"},
    {"bus", SIGBUS, "signal", "SIGBUS", "2", "", "past the end of a mapped file", ""},
    {"illegal", SIGILL, "signal", "SIGILL", "2", "", "illegal operand", ""},
    {"trap", SIGTRAP, "signal", "SIGTRAP", "-6", "", "raised by the program itself", ""},
    {"sys", SIGSYS, "signal", "SIGSYS", "-6", "", "raised by the program itself", ""},
    {"abort", SIGABRT, "signal", "SIGABRT", "-6", "", "abort() called", ""},
    {"assert", SIGABRT, "signal", "SIGABRT", "-6", "", "Assertion `sink == 7 && \"the answer\"'",
     ""},
    {"double-free", SIGABRT, "signal", "SIGABRT", "-6", "", "double free or corruption", ""},
    {"smash", SIGABRT, "signal", "SIGABRT", "-6", "", "stack smashing detected", ""},
    {"kill-self", SIGSEGV, "signal", "SIGSEGV", "0", "", "raised by the program itself", ""},
    {"raise", SIGSEGV, "signal", "SIGSEGV", "-6", "", "raised by the program itself", ""},
    {"stack-pointer", SIGSEGV, "signal", "SIGSEGV", "1", "", "write to address 0xff8", ""},
    {"pure-virtual", SIGABRT, "terminate", "", "", "", "pure virtual method called", "call_pure"},
    {"terminate", SIGABRT, "terminate", "", "", "", "std::terminate called", ""},
    {"joinable", SIGABRT, "terminate", "", "", "", "std::terminate called", ""},
    {"rethrow-nothing", SIGABRT, "terminate", "", "", "", "std::terminate called", ""},
    {"throw", SIGABRT, "exception", "", "", "std::runtime_error", "disk on fire", ""},
    {"throw-nested", SIGABRT, "exception", "", "", "std::runtime_error",
     "cannot load the configuration\ncaused by: std::out_of_range: no such key", ""},
    {"throw-bytes", SIGABRT, "exception", "", "", "std::runtime_error",
     "caf\\xE9 \"quoted\" 'single'", "throw_bad_bytes"},
    {"throw-int", SIGABRT, "exception", "", "", "int", "42", ""},
    {"throw-string", SIGABRT, "exception", "", "", "std::string", "plain words", ""},
    {"throw-struct", SIGABRT, "exception", "", "", "(anonymous namespace)::Unprintable",
     "uncaught exception of type", ""},
    {"throw-noexcept", SIGABRT, "exception", "", "", "std::logic_error", "not allowed here",
     kNoexceptSite},
    {"throw-long", SIGABRT, "exception", "", "", "std::runtime_error", "xxxxxxxx", ""},
    {"what-crashes", SIGSEGV, "exception", "", "", "(anonymous namespace)::CrashingWhat",
     "uncaught exception of type", ""},
    {"what-aborts", SIGABRT, "exception", "", "", "(anonymous namespace)::AbortingWhat",
     "uncaught exception of type", ""},
};

}  // namespace dblog::test
