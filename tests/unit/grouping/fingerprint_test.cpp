#include "src/grouping/fingerprint.hpp"

#include <catch2/catch.hpp>
#include <csignal>

#include "src/grouping/fault_class.hpp"
#include "src/grouping/fold_repeats.hpp"
#include "src/grouping/system_frame.hpp"

using namespace dblog::grouping;

namespace {

using Names = std::vector<std::string>;

Crash crash(std::vector<Frame> frames) {
  return {.kind = "signal",
          .signal_name = "SIGSEGV",
          .exception_type = "",
          .message = "SIGSEGV: write to address 0x0",
          .executable = "/srv/app",
          .signal_code = 1,
          .fault_address = "0x0",
          .access = "write",
          .cause = "",
          .killed_by = {},
          .frames = std::move(frames)};
}

Frame named(const std::string& function) { return {function, "/srv/app", "b1", "0x10"}; }

Frame unnamed(const std::string& offset, const std::string& build = "b1") {
  return {"", "/srv/app", build, offset};
}

Crash crash_in(const Names& functions) {
  std::vector<Frame> frames;
  for (const std::string& function : functions) frames.push_back(named(function));
  return crash(frames);
}

std::string text_of(const Crash& one) { return crash_fingerprint(one).text; }

}  // namespace

TEST_CASE("fingerprint: is the version and a hash of the parts, and never changes") {
  const Fingerprint print = crash_fingerprint(crash_in({"parse_header(char*)", "main"}));
  CHECK(print.parts == Names{"signal SIGSEGV", "fault: null", "in parse_header", "in main of app"});
  CHECK(print.text == "2:96d17ac6f1cd62b4");
  CHECK(print.place == "parse_header");
}

TEST_CASE("fingerprint: addresses, builds, lines, messages and processes do not count") {
  Crash other = crash_in({"parse_header", "main"});
  const std::string first = text_of(other);
  for (Frame& frame : other.frames) {
    frame.offset = "0x999";
    frame.build_id = "b2";
  }
  CHECK(text_of(other) == first);
  other.fault_address = "0x7f1234567890";
  other.signal_code = 1;
  other.message = "SIGSEGV: write to address 0x7f1234567890 in process 11";
  const std::string before = text_of(other);
  other.fault_address = "0x7f9999999990";
  other.signal_code = 2;
  other.message = "SIGSEGV: read from address 0x7f9999999990 in process 12";
  CHECK(text_of(other) == before);
}

TEST_CASE("fingerprint: kind, signal, exception type and functions do count") {
  const std::string before = text_of(crash_in({"f", "main"}));
  Crash bus = crash_in({"f", "main"});
  bus.signal_name = "SIGBUS";
  CHECK(text_of(bus) != before);
  Crash exception = crash_in({"f", "main"});
  exception.kind = "exception";
  exception.exception_type = "std::runtime_error";
  CHECK(crash_fingerprint(exception).parts.front() == "exception std::runtime_error");
  CHECK(text_of(crash_in({"g", "main"})) != before);
  CHECK(text_of(crash_in({"f", "g", "main"})) != before);
}

TEST_CASE("fingerprint: template arguments, lambdas' numbers and suffixes do not split a group") {
  CHECK(text_of(crash_in({"Pool<int>::get()", "run()::{lambda()#1}::operator()()", "f.isra.0"})) ==
        text_of(crash_in({"Pool<char>::get(int)", "run()::{lambda()#2}::operator()()", "f.cold"})));
}

TEST_CASE("fingerprint: how deep a recursion went does not split a group") {
  const auto with_rounds = [](int rounds) {
    Names functions{"leaf"};
    for (int i = 0; i < rounds; ++i) functions.insert(functions.end(), {"walk", "visit"});
    functions.push_back("main");
    return text_of(crash_in(functions));
  };
  CHECK(with_rounds(1) == with_rounds(2));
  CHECK(with_rounds(1) == with_rounds(100));
  CHECK(text_of(crash_in({"f", "main"})) == text_of(crash_in({"f", "f", "f", "main"})));
}

TEST_CASE("fingerprint: system frames between the program's own do not count") {
  Crash through_library = crash({{"__memcpy_avx_unaligned", "/lib/libc.so.6", "c", "0x1"},
                                 named("parse"),
                                 named("std::function<void ()>::operator()() const"),
                                 named("main"),
                                 {"__libc_start_main", "/lib/libc.so.6", "c", "0x2"},
                                 named("_start")});
  CHECK(crash_fingerprint(through_library).parts ==
        Names{"signal SIGSEGV", "fault: null", "in parse", "in main of app"});
}

TEST_CASE("fingerprint: a stack of the system's frames only counts by module, build and offset") {
  const auto fault = [](const std::string& build) {
    return crash({{"free", "/lib/libc.so.6", build, "0x93c"}, {"", "/lib64/ld.so", "", "0x7"}});
  };
  CHECK(crash_fingerprint(fault("c1")).parts ==
        Names{"signal SIGSEGV", "fault: null", "in libc.so+0x93c of build c1", "in ld.so+0x7"});
  CHECK(text_of(fault("c1")) != text_of(fault("c2")));
}

TEST_CASE("fingerprint: frames without a name count by build and offset up to the first named") {
  CHECK(crash_fingerprint(
            crash({unnamed("0x1"), unnamed("0x2"), named("run"), unnamed("0x3"), unnamed("0x4")}))
            .parts == Names{"signal SIGSEGV", "fault: null", "in app+0x1 of build b1",
                            "in app+0x2 of build b1", "in run", "in app"});
  CHECK(text_of(crash({unnamed("0x1", "b1")})) != text_of(crash({unnamed("0x1", "b2")})));
  CHECK(crash_fingerprint(crash({Frame{"", "", "", ""}, named("run")})).parts ==
        Names{"signal SIGSEGV", "fault: null", "in no module", "in run"});
}

TEST_CASE("fingerprint: the place is the program's first function, in short") {
  CHECK(crash_fingerprint(crash({Frame{"", "", "", ""}, named("(anonymous namespace)::f(int)")}))
            .place == "f");
  CHECK(
      crash_fingerprint(crash({{"free", "/lib/libc.so.6", "", ""}, named("ns::g<int>()")})).place ==
      "ns::g");
  CHECK(crash_fingerprint(crash({unnamed("0x7")})).place == "app+0x7");
  CHECK(crash_fingerprint(crash({})).place.empty());
}

TEST_CASE("fingerprint: only the eight innermost frames count") {
  Names functions;
  for (int i = 0; i < 9; ++i) functions.push_back(std::string("f") + static_cast<char>('a' + i));
  const std::string before = text_of(crash_in(functions));
  functions[8] = "other";
  CHECK(text_of(crash_in(functions)) == before);
  functions[7] = "other";
  CHECK(text_of(crash_in(functions)) != before);
}

namespace {

Crash gone(const std::string& kind, const std::string& cause) {
  Crash one = crash({});
  one.kind = kind;
  one.signal_name = one.fault_address = one.access = "";
  one.executable = "/srv/app-1.2";
  one.cause = cause;
  return one;
}

}  // namespace

TEST_CASE("fingerprint: the killed are grouped by program and reason") {
  const auto parts = [](const Crash& one) { return crash_fingerprint(one).parts; };
  CHECK(parts(gone("killed", "out_of_memory")) == Names{"killed: out of memory", "program app"});
  CHECK(parts(gone("killed", "machine_stopped")) ==
        Names{"killed: machine stopped", "program app"});
  CHECK(parts(gone("killed", "memory_short")) == Names{"killed: memory short", "program app"});
  CHECK(parts(gone("killed", "unknown")) == Names{"killed: unknown", "program app"});
  Crash by_signal = gone("killed", "signal");
  by_signal.killed_by = SIGUSR1;
  CHECK(parts(by_signal) == Names{"killed: SIGUSR1", "program app"});
  by_signal.killed_by = SIGSTKFLT;  // has no name here
  CHECK(parts(by_signal) == Names{"killed: signal", "program app"});
}

TEST_CASE("fingerprint: those that ended without a mark are grouped by program") {
  CHECK(crash_fingerprint(gone("ended", "unmarked")).parts == Names{"ended", "program app"});
}

// The texts are what the rules of version 2 gave when they read the class out of `msg`.
TEST_CASE("fingerprint: columns give each class the group that it had by its message") {
  const auto fault = [](const char* signal, int code, const char* address, const char* access,
                        const char* cause, const char* message) {
    Crash one = crash_in({"parse(char*)", "main"});
    one.signal_name = signal;
    one.signal_code = code;
    one.fault_address = address;
    one.access = access;
    one.cause = cause;
    one.message = message;
    return text_of(one);
  };
  const char* const odd = "killed by SIGUSR1, which\nstack overflow: jump to address 0x0";
  CHECK(fault("SIGSEGV", 1, "0x0", "write", "", odd) == "2:f38fbd52910a6c08");
  CHECK(fault("SIGSEGV", 1, "0x18", "read", "", odd) == "2:9a42292996375e81");
  CHECK(fault("SIGSEGV", 2, "0x7f1234567890", "write", "", odd) == "2:914bdedb538e4283");
  CHECK(fault("SIGSEGV", 128, "", "", "", odd) == "2:914bdedb538e4283");
  CHECK(fault("SIGSEGV", 1, "0x7ffd0ff8", "write", "stack_overflow", odd) == "2:bf1f8e1d8b680d9d");
  CHECK(fault("SIGSEGV", 1, "0x0", "execute", "", odd) == "2:f168cce43d72b551");
  CHECK(fault("SIGSEGV", 2, "0x7f1234567890", "execute", "", odd) == "2:c119b506c9618663");
  CHECK(fault("SIGSEGV", 0, "", "", "", odd) == "2:1be698c841ac5b71");
  CHECK(fault("SIGBUS", 1, "0x7f1234567001", "read", "", odd) == "2:539d4af795a2c191");
  CHECK(fault("SIGBUS", 2, "0x7f1234567000", "read", "", odd) == "2:f43dc2676abb4817");
  CHECK(fault("SIGABRT", -6, "", "", "abort_message",
              "SIGABRT: app: m.cpp:12: int f(int): Assertion `x > 0' failed.") ==
        "2:42c28edae1e8f92f");
  CHECK(fault("SIGABRT", -6, "", "", "abort_message",
              "SIGABRT: free(): double free detected in tcache 2") == "2:b2794264ba683aa6");
  CHECK(fault("SIGABRT", -6, "", "", "", "SIGABRT: abort() called") == "2:38a8e34331f9ab13");
  CHECK(fault("SIGSYS", 1, "0x5510", "", "", odd) == "2:836d1520731d40f7");

  Crash aborted = crash_in({"parse(char*)", "main"});
  aborted.signal_name = "SIGABRT";
  aborted.message = "SIGABRT: free(): double free detected in tcache 2";
  CHECK(text_of(aborted) == "2:b2794264ba683aa6");  // of schema 2, which has the message alone
  aborted.has_sender = true;
  CHECK(text_of(aborted) == "2:38a8e34331f9ab13");

  const auto killed = [](const char* cause) { return text_of(gone("killed", cause)); };
  Crash by_pipe = gone("killed", "signal");
  by_pipe.killed_by = SIGPIPE;
  CHECK(text_of(by_pipe) == "2:928b461bdca4baa4");
  CHECK(killed("out_of_memory") == "2:45e921dde3c578c7");
  CHECK(killed("memory_short") == "2:3c008a442ef280ec");
  CHECK(killed("machine_stopped") == "2:df85a9713bc8dcb7");
  CHECK(killed("unknown") == "2:4cc7d69ba84e1be1");
  CHECK(text_of(gone("ended", "unmarked")) == "2:df1d8a67b9534bb0");
}

TEST_CASE("fingerprint: a row of an older database is grouped by what its columns say") {
  CHECK(crash_fingerprint(gone("killed", "")).parts == Names{"killed: unknown", "program app"});
  Crash old = crash_in({"f"});
  old.access = "";
  old.message = "SIGSEGV: jump to address 0x0, where nothing is mapped (SEGV_MAPERR)";
  CHECK(crash_fingerprint(old).parts == Names{"signal SIGSEGV", "fault: null", "in f"});
}

TEST_CASE("fault class: null pointers, wild ones, jumps and stack overflows are told apart") {
  const auto of = [](std::string_view address, std::string_view access,
                     std::string_view cause = "") {
    return fault_class({"SIGSEGV", 1, address, access, cause, "stack overflow: "});
  };
  CHECK(of("0x0", "write") == "null");
  CHECK(of("0x18", "read") == "null plus offset");
  CHECK(of("0x7f1234567890", "read") == "wild");
  CHECK(of("", "") == "wild");
  CHECK(of("0x0", "execute") == "jump to null");
  CHECK(of("0x7f1234567890", "execute") == "jump");
  CHECK(of("0x7ff8", "write", "stack_overflow") == "stack overflow");
}

TEST_CASE("fault class: a signal that was sent, bus errors, and other signals") {
  CHECK(fault_class({"SIGSEGV", 0, "", "", "", ""}) == "sent");
  CHECK(fault_class({"SIGBUS", 2, "0x7f1234567000", "read", "", ""}) == "file end");
  CHECK(fault_class({"SIGBUS", 1, "0x7f1234567001", "read", "", ""}) == "misaligned");
  CHECK(fault_class({"SIGFPE", 1, "0x0", "", "", ""}).empty());
}

TEST_CASE(
    "fault class: of an abort it is the assertion, or the check of the C library that failed") {
  const auto of = [](std::string_view message) {
    return fault_class({"SIGABRT", -6, "", "", "", message});
  };
  CHECK(of("SIGABRT: app: src/m.cpp:12: int f(int): Assertion `x > 0' failed.") ==
        "assertion x > 0");
  CHECK(of("SIGABRT: free(): double free detected in tcache 2") == "double free");
  CHECK(of("SIGABRT: *** stack smashing detected ***: terminated") == "stack smashing");
  CHECK(of("SIGABRT: malloc(): corrupted top size") == "memory overwritten");
  CHECK(of("SIGABRT: abort() called").empty());
}

TEST_CASE("fingerprint: two classes of fault in one function are two groups") {
  Crash wild = crash_in({"f", "main"});
  wild.fault_address = "0x7f1234567890";
  CHECK(text_of(wild) != text_of(crash_in({"f", "main"})));
}

TEST_CASE("fingerprint: without frames the message counts, its numbers aside") {
  Crash bare = crash({});
  bare.message = "SIGSEGV: read from address 0x7f01 (3 of 12)\nmore";
  CHECK(crash_fingerprint(bare).parts == Names{"signal SIGSEGV", "fault: null", "program app",
                                               "message SIGSEGV: read from address # (# of #)"});
}

TEST_CASE("fingerprint: a part is one line, whatever the names hold") {
  Crash evil = crash_in({"f\ng"});
  evil.kind = "exception";
  evil.exception_type = "a\nb";
  CHECK(crash_fingerprint(evil).parts == Names{"exception a b", "in f g"});
}

TEST_CASE("fingerprint: a handled error's stack counts by its frames alone") {
  const Fingerprint print = stack_fingerprint({named("read_file"), named("main")});
  CHECK(print.parts == Names{"stack", "in read_file", "in main of app"});
  CHECK(print.place == "read_file");
  CHECK(stack_fingerprint({}).parts == Names{"stack"});
}

TEST_CASE("fold repeats: leaves one round of every run") {
  CHECK(fold_repeats({"a", "a", "a"}) == Names{"a"});
  CHECK(fold_repeats({"x", "a", "b", "a", "b", "a", "b", "y"}) == Names{"x", "a", "b", "y"});
  CHECK(fold_repeats({"a", "a", "b", "a", "a", "b"}) == Names{"a", "b"});
  CHECK(fold_repeats({"a", "b", "c"}) == Names{"a", "b", "c"});
  CHECK(fold_repeats({}).empty());
}

TEST_CASE("fold repeats: heals the gap that a stack too deep to keep has") {
  // c a b was cut out between the first and the second half.
  CHECK(fold_repeats({"a", "b", "c", "a", "b", "b", "c", "a", "b", "c", "m"}) ==
        Names{"a", "b", "c", "m"});
}

TEST_CASE("system frame: is told by the module's or the function's name") {
  CHECK(is_system_frame("/lib/x86_64-linux-gnu/libc.so.6", ""));
  CHECK(is_system_frame("/lib64/ld-linux-x86-64.so.2", ""));
  CHECK(is_system_frame("/usr/lib/libstdc++.so.6.0.30", ""));
  CHECK(is_system_frame("/usr/lib/libdblog.so.0.1", "anything"));
  CHECK(is_system_frame("/usr/lib/libQt6Core.so.6", "QMessageLogger::warning"));
  CHECK(is_system_frame("/opt/app/bin/app", "spdlog::logger::log_it_"));
  CHECK(is_system_frame("/srv/app", "std::thread::_State_impl::_M_run"));
  CHECK(is_system_frame("/srv/app", "dblog::crash::start"));
  CHECK(is_system_frame("/srv/app", "__libc_start_call_main"));
  CHECK(is_system_frame("/srv/app", "operator new[]"));
  CHECK(is_system_frame("/srv/app", "strdup"));
  CHECK_FALSE(is_system_frame("/srv/app", "strchr strrchr"));
  CHECK_FALSE(is_system_frame("/srv/app", "Pool::free"));
  CHECK_FALSE(is_system_frame("/usr/lib/libcurl.so.4", "Curl_close"));
  CHECK_FALSE(is_system_frame("/srv/libc", "parse"));
  CHECK_FALSE(is_system_frame("/srv/app", "stdx::run"));
  CHECK_FALSE(is_system_frame("", ""));
}

TEST_CASE("library inside: is what has a name of the library's own, not what a program calls") {
  CHECK(is_library_inside("std::__invoke_impl"));
  CHECK(is_library_inside("std::thread::_Invoker::operator()"));
  CHECK(is_library_inside("std::_Function_handler::_M_invoke"));
  CHECK_FALSE(is_library_inside("std::vector::at"));
  CHECK_FALSE(is_library_inside("my::__invoke"));
}
