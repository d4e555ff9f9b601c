// Threads with alternate signal stacks of their own, as small as other people make them:
// small_stack_program BYTES guarded|next null|overflow
// Below the stack is a guard page, or memory of the program's next to it, whose bytes a handler of
// the program's looks after that dblog hands the crash on to.
#include <sys/mman.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace {

constexpr std::size_t kBelow = 64 * 1024;
char* memory = nullptr;

void look_at_memory(int number) {
  const bool is_whole = std::all_of(memory, memory + kBelow, [](char byte) { return byte == 'x'; });
  const std::string_view text = is_whole ? "whole\n" : "overwritten\n";
  (void)!write(STDOUT_FILENO, text.data(), text.size());
  signal(number, SIG_DFL);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
[[gnu::noinline]] int deep(int n) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(n);
  return deep(n + 1) + frame[0];
}
#pragma GCC diagnostic pop

}  // namespace

int main(int, char** argv) {
  const auto size = static_cast<std::size_t>(std::atoi(argv[1]));
  memory = static_cast<char*>(
      mmap(nullptr, kBelow + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (std::string_view{argv[2]} == "guarded") {
    mprotect(memory, kBelow, PROT_NONE);
  } else {
    std::fill_n(memory, kBelow, 'x');
    struct sigaction action {};
    action.sa_handler = look_at_memory;
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGSEGV, &action, nullptr);
  }
  dblog::HandlerOptions options;
  options.print_to_stderr = false;
  dblog::install_handlers(options);
  std::thread{[&] {
    stack_t stack{};
    stack.ss_sp = memory + kBelow;
    stack.ss_size = size;
    if (sigaltstack(&stack, nullptr) != 0) std::exit(90);
    if (std::string_view{argv[3]} == "overflow") deep(0);
    volatile int* volatile null_pointer = nullptr;
    *null_pointer = 1;
  }}.join();
}
