// noting_child HOW: dies of SIGSEGV with a function of its own that adds a note, and does
// that in one of several ways.
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

using namespace std::chrono_literals;

volatile int* volatile null_pointer = nullptr;

void put(char* text, std::size_t size, const char* what) noexcept {
  std::strncpy(text, what, size - 1);
}

void write_whole(char* text, std::size_t size) noexcept {
  put(text, size, "state: 7 jobs waiting");
}
void write_nothing(char*, std::size_t) noexcept {}
void fault(char* text, std::size_t size) noexcept {
  put(text, size, "before the fault");
  *null_pointer = 1;
}
[[gnu::noinline]] void throw_one() { throw 1; }
void throw_out(char* text, std::size_t size) noexcept {
  put(text, size, "before the throw");
  throw_one();
}
void call_abort(char* text, std::size_t size) noexcept {
  put(text, size, "before abort");
  std::abort();
}
void hang(char* text, std::size_t size) noexcept {
  put(text, size, "before the wait");
  for (;;) ::pause();
}
void spin(char* text, std::size_t size) noexcept {
  put(text, size, "before the loop");
  for (volatile bool on = true; on;) {
  }
}
void write_too_much(char* text, std::size_t size) noexcept { std::memset(text, 'x', size); }
void write_bytes(char* text, std::size_t size) noexcept { put(text, size, "a\xFF\x1B[31mb"); }
void leave(char* text, std::size_t size) noexcept {
  put(text, size, "before _exit");
  ::_exit(9);
}
void die(char* text, std::size_t size) noexcept {
  put(text, size, "before SIGKILL");
  ::kill(::getpid(), SIGKILL);
}

struct Way {
  std::string_view name;
  void (*function)(char*, std::size_t) noexcept;
};
constexpr Way kWays[] = {
    {"whole", write_whole}, {"nothing", write_nothing},
    {"fault", fault},       {"throw", throw_out},
    {"abort", call_abort},  {"hang", hang},
    {"spin", spin},         {"much", write_too_much},
    {"bytes", write_bytes}, {"leave", leave},
    {"die", die},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const std::string_view how = argv[1];
  dblog::HandlerOptions options{.delivery = dblog::Delivery::none, .deadline = 30s};
  if (how == "hang" || how == "spin") options.deadline = 250ms;
  for (const Way& way : kWays) {
    if (way.name == how) options.on_crash = way.function;
  }
  if (options.on_crash == nullptr) return 64;
  if (!dblog::install_handlers(options)) return 70;
  *null_pointer = 1;
  return 0;
}
