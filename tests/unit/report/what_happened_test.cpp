#include "src/report/what_happened.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <utility>

using dblog::reader::Details;
using dblog::sqlite::Column;
using dblog::sqlite::Row;
using namespace dblog::report;

namespace {

constexpr std::int64_t kThread = 7;

Row frame(const std::string& function, const std::string& file = "", std::int64_t line = 0,
          const std::string& module = "/srv/app") {
  return {{{"thread", kThread},
           {"function", function},
           {"file", file},
           {"line", line},
           {"module", module},
           {"offset", std::string("0x10")},
           {"address", std::string("0x5510")}}};
}

Details crash(std::vector<Column> columns, std::vector<Row> frames = {}) {
  columns.push_back({"executable", std::string("/usr/bin/app")});
  columns.push_back({"tid", kThread});
  Details details;
  details.entry.is_crash = true;
  details.entry.row.columns = std::move(columns);
  details.frames = std::move(frames);
  return details;
}

Details died(std::int64_t number, const std::string& name, std::int64_t code,
             const std::string& message, const std::string& address = "",
             std::vector<Row> frames = {}) {
  return crash({{"kind", std::string("signal")},
                {"signal", number},
                {"signal_name", name},
                {"signal_code", code},
                {"fault_address", address},
                {"msg", message}},
               std::move(frames));
}

std::vector<Row> parser_stack() {
  return {frame("parse_header(char*)", "/home/me/app/src/parser.cpp", 42),
          frame("main", "/home/me/app/src/main.cpp", 7),
          frame("__libc_start_main", "", 0, "/lib/libc.so.6")};
}

Details with(Details crash, const std::string& column, dblog::sqlite::Value value) {
  crash.entry.row.columns.push_back({column, std::move(value)});
  return crash;
}

// What a message says is no fact: each of these would be read otherwise by its words.
const std::string kOdd = "killed by SIGUSR1, which\nstack overflow: jump to address 0x0";

Details segv(const std::string& access, const std::string& address,
             std::vector<Row> frames = parser_stack()) {
  return with(died(SIGSEGV, "SIGSEGV", SEGV_MAPERR, kOdd, address, std::move(frames)), "access",
              access);
}

}  // namespace

TEST_CASE("what happened: a null pointer is named, with site and caller") {
  CHECK(what_happened(segv("write", "0x0")) ==
        "app died of SIGSEGV: it wrote to address 0x0 in parse_header (src/parser.cpp:42), called "
        "from main; likely a null pointer");
  CHECK(what_happened(segv("read", "0x18")) ==
        "app died of SIGSEGV: it read from address 0x18 in parse_header (src/parser.cpp:42), "
        "called from main; likely a member or element at offset 24 of a null pointer");
}

TEST_CASE("what happened: an address like any other gives no guess") {
  CHECK(what_happened(segv("read", "0x7f1234567890", {})) ==
        "app died of SIGSEGV: it read from address 0x7f1234567890");
  CHECK(what_happened(died(SIGSEGV, "SIGSEGV", SEGV_MAPERR, "", "0x7f1234567890")) ==
        "app died of SIGSEGV: it used address 0x7f1234567890");
}

TEST_CASE("what happened: a fault in the C library names who called it") {
  auto frames = parser_stack();
  frames.insert(frames.begin(), frame("__strlen_avx2", "", 0, "/lib/libc.so.6"));
  CHECK(what_happened(segv("read", "0x7f1234567890", frames)) ==
        "app died of SIGSEGV: it read from address 0x7f1234567890 in __strlen_avx2, called from "
        "parse_header (src/parser.cpp:42)");
}

TEST_CASE("what happened: frames without names are module and offset") {
  CHECK(what_happened(segv("read", "0x0", {frame("")})) ==
        "app died of SIGSEGV: it read from address 0x0 in app+0x10; likely a null pointer");
}

TEST_CASE("what happened: a jump to null is a call through a null pointer") {
  auto frames = parser_stack();
  frames.insert(frames.begin(), Row{{{"thread", kThread}, {"address", std::string("0x0")}}});
  CHECK(what_happened(segv("execute", "0x0", frames)) ==
        "app died of SIGSEGV: it jumped to address 0x0, called from parse_header "
        "(src/parser.cpp:42); likely a call through a null pointer");
}

TEST_CASE("what happened: a page that forbids it is told from one that is not there") {
  const auto refused = [](const std::string& access) {
    return what_happened(
        with(died(SIGSEGV, "SIGSEGV", SEGV_ACCERR, kOdd, "0x7f1234567890", parser_stack()),
             "access", access));
  };
  CHECK(refused("write") ==
        "app died of SIGSEGV: it wrote to address 0x7f1234567890, which may not be written, in "
        "parse_header (src/parser.cpp:42), called from main");
  CHECK(refused("execute").find("which is no code, in") != std::string::npos);
}

TEST_CASE("what happened: a stack overflow names the recursion") {
  std::vector<Row> frames;
  for (int i = 0; i < 100; ++i) {
    frames.push_back(frame("walk(Node*)", "walk.cpp", 5));
    frames.push_back(frame("visit(Node*)", "walk.cpp", 9));
  }
  const auto overflow = [](std::vector<Row> stack) {
    return what_happened(with(segv("write", "0x7ffd0000ff8", std::move(stack)), "cause",
                              std::string("stack_overflow")));
  };
  CHECK(overflow(frames) ==
        "app died of SIGSEGV: it ran out of stack in walk (walk.cpp:5), called from visit; likely "
        "an endless recursion of walk, visit");
  CHECK(overflow(parser_stack()) ==
        "app died of SIGSEGV: it ran out of stack in parse_header (src/parser.cpp:42), called from "
        "main; no recursion is seen: perhaps a very large local variable");
  std::vector<Row> deep = parser_stack();
  deep.back().columns.push_back({"depth", std::int64_t{134'065}});
  CHECK_THAT(overflow(std::move(deep)), Catch::EndsWith("; likely a recursion, 134066 calls deep"));
}

namespace {

Details without_address(std::vector<Row> frames,
                        const std::vector<std::pair<std::string, std::string>>& registers) {
  auto crash = died(SIGSEGV, "SIGSEGV", SI_KERNEL,
                    "SIGSEGV: access to an impossible address (SI_KERNEL)", "", std::move(frames));
  crash.registers.push_back({{{"name", std::string("rip")}, {"value", std::string("0x55d012")}}});
  for (const auto& [name, value] : registers) {
    crash.registers.push_back({{{"name", name}, {"value", value}}});
  }
  return crash;
}

const std::string kImpossible =
    "app died of SIGSEGV: it used an address that no memory can have in parse_header "
    "(src/parser.cpp:42), called from main; ";

}  // namespace

TEST_CASE("what happened: the only register with an impossible address is the one that was used") {
  CHECK(what_happened(without_address(parser_stack(), {{"rax", "0x8123456789abcdef"}})) ==
        kImpossible + "rax holds 0x8123456789abcdef");
  CHECK(what_happened(without_address(
            parser_stack(), {{"rax", "0xdddddddddddddde5"}, {"rdi", "0xdddddddddddddde5"}})) ==
        kImpossible +
            "rax and rdi hold 0xdddddddddddddde5, a pattern that Microsoft's debug heap fills "
            "freed memory with: likely used after it was freed");
}

TEST_CASE("what happened: of several impossible addresses none is guessed") {
  CHECK(what_happened(without_address(
            parser_stack(), {{"rax", "0x8123456789abcdef"}, {"r9", "0x4847464544434241"}})) ==
        kImpossible + "several registers hold such values, and which one was used is not known");
}

TEST_CASE("what happened: the program counter counts, whatever other registers hold") {
  auto crash = without_address(parser_stack(), {{"r9", "0x4847464544434241"}});
  crash.registers.front().columns[1].value = std::string("0x4141414141414141");
  CHECK(what_happened(crash) ==
        kImpossible +
            "rip holds 0x4141414141414141, the text \"AAAAAAAA\": likely overwritten by a text "
            "that was too long");
}

TEST_CASE("what happened: without an impossible address in a register it may be the instruction") {
  CHECK(what_happened(without_address(parser_stack(), {{"err", "0x8123456789abcdef"}})) ==
        "app died of SIGSEGV: it used an address that no memory can have, or an instruction that "
        "is privileged or needs an aligned address, in parse_header (src/parser.cpp:42), called "
        "from main; no register holds such an address");
  auto other = without_address(parser_stack(), {});
  other.registers.clear();
  CHECK(what_happened(other) == kImpossible + "the processor does not say which");
}

TEST_CASE("what happened: names a destroyed stack, and what memcpy left is no evidence") {
  const std::vector<Row> frames{parser_stack().front()};
  const std::string start =
      "app died of SIGSEGV: it used an address that no memory can have in parse_header "
      "(src/parser.cpp:42); the stack above is destroyed";
  CHECK(what_happened(without_address(frames, {{"r9", "0x4847464544434241"}})) == start);
  CHECK(what_happened(without_address(
            frames, {{"r9", "0x4847464544434241"}, {"rbp", "0x4141414141414141"}})) ==
        start +
            ", rbp holds 0x4141414141414141, the text \"AAAAAAAA\": likely overwritten by a text "
            "that was too long");
}

TEST_CASE("what happened: bus errors say what the memory lacks") {
  const auto bus = [](int code) {
    return what_happened(with(died(SIGBUS, "SIGBUS", code, kOdd, "0x7f1234567000", {}), "access",
                              std::string("read")));
  };
  CHECK(bus(BUS_ADRERR) ==
        "app died of SIGBUS: it read from address 0x7f1234567000, past the end of a mapped file or "
        "on a full disk");
  CHECK(bus(BUS_ADRALN) ==
        "app died of SIGBUS: it read from address 0x7f1234567000, which is misaligned");
  CHECK(bus(BUS_MCEERR_AR) ==
        "app died of SIGBUS: it read from address 0x7f1234567000, where the memory has a hardware "
        "error");
}

TEST_CASE("what happened: divisions, illegal instructions, traps and forbidden calls") {
  CHECK(what_happened(died(SIGFPE, "SIGFPE", FPE_INTDIV, "SIGFPE: integer division by zero",
                           "0x5510", parser_stack())) ==
        "app died of SIGFPE: it divided a whole number by zero in parse_header "
        "(src/parser.cpp:42), called from main");
  CHECK(what_happened(died(SIGILL, "SIGILL", ILL_ILLOPN, "SIGILL: illegal operand")) ==
        "app died of SIGILL: it ran an instruction that the processor does not know; perhaps "
        "__builtin_trap() or code for another processor");
  CHECK(what_happened(with(died(SIGSYS, "SIGSYS", 1, kOdd, "0x5510", parser_stack()), "system_call",
                           std::int64_t{41})) ==
        "app died of SIGSYS: it made system call 41, which is forbidden to it, in parse_header "
        "(src/parser.cpp:42), called from main");
}

TEST_CASE("what happened: aborts say what was checked") {
  const auto aborted = [](const std::string& message, std::vector<Row> frames = parser_stack()) {
    frames.insert(frames.begin(), frame("abort", "", 0, "/lib/libc.so.6"));
    return what_happened(with(died(SIGABRT, "SIGABRT", SI_TKILL, "SIGABRT: " + message, "", frames),
                              "cause", std::string("abort_message")));
  };
  CHECK(aborted("app: src/m.cpp:12: int f(int): Assertion `x > 0' failed.") ==
        "app died of SIGABRT: an assertion failed in parse_header (src/parser.cpp:42), called from "
        "main: x > 0");
  CHECK(aborted("app: src/m.cpp:12: int f(int): Assertion `x' failed.", {}) ==
        "app died of SIGABRT: an assertion failed in abort: x");
  auto silent = died(SIGABRT, "SIGABRT", SI_TKILL, kOdd, "", parser_stack());
  silent.entry.row.columns.push_back({"pid", std::int64_t{9}});
  CHECK(what_happened(with(silent, "sender_pid", std::int64_t{9})) ==
        "app died of SIGABRT: it called abort() in parse_header (src/parser.cpp:42), called from "
        "main");
  CHECK(what_happened(with(with(silent, "sender_pid", std::int64_t{8}), "sender_uid",
                           std::int64_t{0})) == "app died of SIGABRT: sent by process 8 of user 0");
  CHECK(aborted("free(): double free detected in tcache 2") ==
        "app died of SIGABRT: free(): double free detected in tcache 2, in parse_header "
        "(src/parser.cpp:42), called from main; the same memory was freed twice");
  CHECK(what_happened(died(SIGABRT, "SIGABRT", SI_TKILL,
                           "SIGABRT: app: m.cpp:12: f: Assertion `x' failed.")) ==
        "app died of SIGABRT: an assertion failed at m.cpp:12: x");
}

TEST_CASE("what happened: a signal that was sent says by whom") {
  const auto sent = [](std::int64_t sender) {
    Details crash = died(SIGTRAP, "SIGTRAP", SI_USER, kOdd, "", parser_stack());
    crash = with(with(std::move(crash), "pid", std::int64_t{9}), "sender_pid", sender);
    return what_happened(with(std::move(crash), "sender_uid", std::int64_t{0}));
  };
  CHECK(sent(12) == "app died of SIGTRAP: sent by process 12 of user 0");
  CHECK(sent(9) ==
        "app died of SIGTRAP: sent by the program itself, in parse_header (src/parser.cpp:42), "
        "called from main");
  CHECK(what_happened(died(SIGSEGV, "SIGSEGV", SI_USER, "", "", parser_stack())) ==
        "app died of SIGSEGV: the signal was sent to it");
}

TEST_CASE("what happened: an exception has its type, its throw site and what it says") {
  auto thrown = crash({{"kind", std::string("exception")},
                       {"exception_type", std::string("std::runtime_error")},
                       {"msg", std::string("no such user\ncaused by: timeout")}},
                      parser_stack());
  CHECK(what_happened(thrown) ==
        "app died of an uncaught exception, std::runtime_error, thrown in parse_header "
        "(src/parser.cpp:42), called from main: no such user");
}

TEST_CASE("what happened: an exception without words, and one that escaped noexcept") {
  const auto thrown = [](const std::string& column, const std::string& value) {
    return what_happened(with(crash({{"kind", std::string("exception")},
                                     {"exception_type", std::string("Odd")},
                                     {"msg", kOdd}}),
                              column, value));
  };
  CHECK(thrown("cause", "no_message") == "app died of an uncaught exception, Odd");
  CHECK(thrown("phase", "noexcept") ==
        "app died of an exception that escaped a noexcept function, Odd: killed by SIGUSR1, which");
  CHECK(thrown("phase", "main") ==
        "app died of an uncaught exception, Odd: killed by SIGUSR1, which");
}

TEST_CASE("what happened: terminate and kills say why") {
  const auto kind = [](const std::string& name, const std::string& cause) {
    return what_happened(crash({{"kind", name}, {"cause", cause}, {"msg", kOdd}}));
  };
  CHECK(what_happened(crash({{"kind", std::string("terminate")},
                             {"cause", std::string("pure_virtual_call")},
                             {"msg", std::string("pure virtual method called")}})) ==
        "app called std::terminate: pure virtual method called");
  CHECK(kind("terminate", "no_exception") == "app called std::terminate without an exception");
  CHECK(kind("killed", "out_of_memory") ==
        "app was killed, most likely by the out-of-memory killer, which has struck in its control "
        "group");
  CHECK(kind("killed", "memory_short") == "app was killed, cause unknown; memory was short");
  CHECK(kind("killed", "machine_stopped") ==
        "app ended: the machine was shut down, restarted or lost power while it ran");
  CHECK(kind("killed", "unknown") == "app was killed, cause unknown");
  CHECK(what_happened(with(crash({{"kind", std::string("killed")}, {"msg", kOdd}}), "killed_by",
                           std::int64_t{SIGPIPE})) ==
        "app was killed by SIGPIPE, which it does not handle");
  CHECK(what_happened(with(crash({{"kind", std::string("killed")}, {"msg", kOdd}}), "killed_by",
                           std::int64_t{40})) ==
        "app was killed by signal 40, which it does not handle");
  CHECK(kind("ended", "unmarked") ==
        "app ended without a mark: by an exit, exec() or a signal, or killed; it is not known "
        "which");
}

// As they are in databases of schema version 2: their columns say less.
TEST_CASE("what happened: of older rows the stored line is shown and nothing guessed from it") {
  const auto old = [](const std::string& kind, const std::string& message) {
    return what_happened(crash({{"kind", kind}, {"msg", message}}));
  };
  CHECK(old("killed", "killed by SIGPIPE, which the program does not handle\nstarted: 2026") ==
        "app: killed by SIGPIPE, which the program does not handle");
  CHECK(old("killed", "") == "app was killed");
  CHECK(old("ended", "ended without a mark: by exec(), or killed\nstarted: 2026") ==
        "app: ended without a mark: by exec(), or killed");
  CHECK(old("terminate", "std::terminate called without an exception") ==
        "app called std::terminate: std::terminate called without an exception");
  CHECK(what_happened(died(SIGSEGV, "SIGSEGV", SEGV_MAPERR,
                           "SIGSEGV: jump to address 0x0, where nothing is mapped (SEGV_MAPERR)",
                           "0x0", parser_stack())) ==
        "app died of SIGSEGV: jump to address 0x0, where nothing is mapped (SEGV_MAPERR) in "
        "parse_header (src/parser.cpp:42), called from main; likely a null pointer");
  CHECK(what_happened(died(SIGTERM, "SIGTERM", SI_USER, "SIGTERM: sent by process 12 of user 0")) ==
        "app died of SIGTERM: sent by process 12 of user 0");
  CHECK(what_happened(died(SIGABRT, "SIGABRT", SI_TKILL, "SIGABRT: abort() called")) ==
        "app died of SIGABRT: abort() called");
}

TEST_CASE("what happened: a thread that was not joined is named") {
  std::vector<Row> frames = parser_stack();
  frames.insert(frames.begin(), frame("std::thread::~thread()", "/usr/include/c++/12/thread", 9));
  CHECK(
      what_happened(crash(
          {{"kind", std::string("terminate")}, {"cause", std::string("no_exception")}}, frames)) ==
      "app called std::terminate without an exception in parse_header (src/parser.cpp:42), called "
      "from main; a std::thread was neither joined nor detached");
}

TEST_CASE("what happened: of a crash that says nothing, or of a later dblog") {
  CHECK(what_happened(crash({{"kind", std::string("new")}, {"msg", std::string("why")}})) ==
        "app crashed: why");
  CHECK(what_happened(Details{}) == "A program crashed");
  CHECK(what_happened(crash({{"kind", std::string("signal")}})) == "app died of a signal");
}

TEST_CASE("what happened: the program's function is named, not the C++ library's inside it") {
  std::vector<Row> frames = {
      frame("__normal_iterator", "/usr/include/c++/12/bits/stl_iterator.h", 1'028),
      frame("std::vector<int, std::allocator<int> >::begin()", "", 0),
      frame("sum(std::vector<int, std::allocator<int> >&)", "/home/me/app/src/sum.cpp", 9),
      frame("main", "/home/me/app/src/main.cpp", 7)};
  for (Row& inlined : frames) inlined.columns.push_back({"inlined", std::int64_t{1}});
  CHECK(what_happened(segv("read", "0x0", frames)) ==
        "app died of SIGSEGV: it read from address 0x0 in sum (src/sum.cpp:9), called from main; "
        "likely a null pointer");
  frames[0] = frame("std::__cxx11::basic_string<char>::_M_assign(std::string const&)", "", 0,
                    "/usr/lib/x86_64-linux-gnu/libstdc++.so.6");
  CHECK(what_happened(segv("read", "0x0", frames)).find(" in sum (src/sum.cpp:9), called from") !=
        std::string::npos);
}

TEST_CASE("what happened: an exception's type is written as people write it") {
  CHECK(
      what_happened(crash({{"kind", std::string("exception")},
                           {"exception_type", std::string("shop::Error<std::__cxx11::basic_string<"
                                                          "char, std::char_traits<char>, "
                                                          "std::allocator<char> > >")},
                           {"msg", std::string("x")}})) ==
      "app died of an uncaught exception, shop::Error<std::string>: x");
}
