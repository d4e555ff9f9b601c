// A program that ends by an exception, thrown and carried along in the way that its first argument
// names. Whatever the way, the function that throws has "thrower" in its name.
#include <unwind.h>
#include <dblog/dblog.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <future>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

volatile int sink = 0;

// What the compiler must keep, and run when an exception passes.
struct Guard {
  ~Guard() { sink = sink + 1; }
};

[[gnu::noinline]] void simple_thrower() { throw std::logic_error("thrown here"); }
[[gnu::noinline]] void other_thrower() { throw std::logic_error("thrown there"); }

[[gnu::noinline]] void with_a_destructor() {
  const Guard guard;
  simple_thrower();
}
[[gnu::noinline]] void must_not_throw() noexcept { with_a_destructor(); }

struct Destructor {
  [[gnu::noinline]] ~Destructor() { with_a_destructor(); }
};
struct LenientDestructor {
  [[gnu::noinline]] ~LenientDestructor() noexcept(false) {
    if (sink >= 0) with_a_destructor();  // GCC drops a destructor that never returns
  }
};
[[gnu::noinline]] void throw_in_destructor() {
  const Destructor local;
  sink = sink + 1;
}
[[gnu::noinline]] void throw_while_unwinding() {
  const LenientDestructor local;
  other_thrower();
}

[[gnu::noinline]] void rethrow_in_handler() {
  try {
    with_a_destructor();
  } catch (const std::exception&) {
    sink = sink + 1;
    throw;
  }
}
[[gnu::noinline]] void rethrow_and_meet_noexcept() noexcept {
  const Guard guard;
  rethrow_in_handler();
}

std::exception_ptr caught_in_another_thread() {
  std::exception_ptr carried;
  std::thread{[&] {
    try {
      with_a_destructor();
    } catch (...) {
      carried = std::current_exception();
    }
  }}.join();
  return carried;
}

[[gnu::noinline]] std::exception_ptr pointer_thrower() {
  std::exception_ptr made = std::make_exception_ptr(std::logic_error("made here"));
  sink = sink + 1;
  return made;
}

// The allocator gives the second exception the address of the first.
[[gnu::noinline]] void throw_at_a_used_address() {
  const void* first = nullptr;
  try {
    other_thrower();
  } catch (const std::logic_error& error) {
    first = &error;
  }
  try {
    simple_thrower();
  } catch (const std::logic_error& error) {
    if (&error != first) std::puts("another address");
    std::fflush(stdout);
    throw;
  }
}

[[gnu::noinline]] void nested_thrower() {
  try {
    other_thrower();
  } catch (...) {
    std::throw_with_nested(std::runtime_error("outer"));
  }
}
[[gnu::noinline]] void library_thrower() {
  const std::vector<int> numbers;
  sink = numbers.at(7);
}
[[gnu::noinline]] void library_meets_noexcept() noexcept {
  const Guard guard;
  library_thrower();
}
[[gnu::noinline]] void deep_thrower(int depth) {
  if (depth > 0) {
    deep_thrower(depth - 1);
  } else if (sink >= 0) {
    simple_thrower();
  }
  sink = sink + 1;
}
[[gnu::noinline]] void deep_through_destructors(int depth) {
  const Guard guard;
  deep_thrower(depth);
}

// As another language's runtime does it.
[[gnu::noinline]] void foreign_thrower() {
  static _Unwind_Exception exception{};
  std::uint64_t name = 0;
  for (const char character : {'T', 'E', 'S', 'T', 'L', 'A', 'N', 'G'}) {
    name = name << 8 | static_cast<unsigned char>(character);
  }
  exception.exception_class = name;
  _Unwind_RaiseException(&exception);
  sink = sink + 1;
}
[[gnu::noinline]] void foreign_with_a_destructor() {
  const Guard guard;
  foreign_thrower();
}
[[gnu::noinline]] void foreign_meets_noexcept() noexcept { foreign_with_a_destructor(); }

[[gnu::noinline]] void caller_of_terminate() {
  try {
    with_a_destructor();
  } catch (...) {
    std::terminate();
  }
}

const std::map<std::string, std::function<void()>> kWays = {
    {"plain", with_a_destructor},
    {"noexcept", must_not_throw},
    {"destructor", throw_in_destructor},
    {"while-unwinding",
     [] {
       try {  // or nothing would be unwound
         throw_while_unwinding();
       } catch (const std::logic_error&) {
         sink = sink + 1;
       }
     }},
    {"rethrow", rethrow_in_handler},
    {"rethrow-noexcept", rethrow_and_meet_noexcept},
    {"carried", [] { std::rethrow_exception(caught_in_another_thread()); }},
    {"async", [] { std::async(std::launch::async, with_a_destructor).get(); }},
    {"made", [] { std::rethrow_exception(pointer_thrower()); }},
    {"used-address", throw_at_a_used_address},
    {"nested", nested_thrower},
    {"library", library_meets_noexcept},
    {"deep", [] { deep_thrower(200); }},
    {"deep-destructors", []() noexcept { deep_through_destructors(200); }},
    {"foreign", foreign_meets_noexcept},
    {"terminate-in-handler", caller_of_terminate},
    {"thread-function", [] { std::thread{must_not_throw}.join(); }},
    {"removed",
     [] {
       dblog::uninstall_handlers();
       dblog::install_handlers({.throw_sites = false});
       must_not_throw();
     }},
    {"global-constructor", [] {}},
};

// Runs before main(), handlers included.
[[gnu::noinline]] int global_thrower() {
  with_a_destructor();
  return 0;
}
const char* way_in_environment() {
  const char* way = std::getenv("THROWING_CHILD");
  return way != nullptr ? way : "";
}
int thrown_before_main = std::strcmp(way_in_environment(), "global-constructor") == 0
                             ? (dblog::install_handlers(), global_thrower())
                             : 0;

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  dblog::install_handlers();
  const auto& die = kWays.at(argv[1]);
  if (argc > 2 && std::string{argv[2]} == "thread") {
    std::thread{[&] { die(); }}.join();
  } else {
    die();
  }
  return 0;
}
