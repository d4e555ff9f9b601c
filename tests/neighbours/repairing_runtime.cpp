// A runtime that lives on faults, in many threads: repairing_runtime THREADS FAULTS HANDLER
// HANDLER was there before dblog, which asks it first. "repairs": it skips the instruction. Others
// meet one fault that is not theirs and give up: "aborts", "exits" (_exit(3)), "resets" (puts the
// default action back and returns), "faults" (itself), "raises" (SA_RESETHAND, sends it again).
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

char* page = nullptr;
std::atomic<long> repaired{0};
std::string giving_up;

// One instruction of a known size, in either kind of processor.
void fault_at(char* address) {
#if defined(__x86_64__)
  asm volatile(".byte 0x8b,0x00" ::"a"(address) : "memory");  // mov (%rax),%eax
#else
  asm volatile("ldrb w9, [%0]" ::"r"(address) : "w9", "memory");
#endif
}

void skip_instruction(ucontext_t& context) {
#if defined(__x86_64__)
  context.uc_mcontext.gregs[REG_RIP] += 2;
#else
  context.uc_mcontext.pc += 4;
#endif
}

void give_up(int signal) {
  if (giving_up == "aborts") std::abort();
  if (giving_up == "exits") _exit(3);
  if (giving_up == "resets") std::signal(signal, SIG_DFL);
  if (giving_up == "faults") fault_at(page + 1);
  if (giving_up == "raises") raise(signal);
}

void on_fault(int signal, siginfo_t* info, void* interrupted) {
  if (info->si_addr != page) return give_up(signal);
  ++repaired;
  skip_instruction(*static_cast<ucontext_t*>(interrupted));
}

void install_runtime() {
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  if (giving_up == "raises") action.sa_flags |= static_cast<int>(SA_RESETHAND);
  sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace

int main(int, char** argv) {
  giving_up = argv[3];
  void* memory = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  page = static_cast<char*>(memory);
  install_runtime();
  dblog::HandlerOptions options;
  options.chain_first = true;
  options.print_to_stderr = false;
  dblog::install_handlers(options);
  std::vector<std::thread> threads;
  for (int t = 0; t < std::atoi(argv[1]); ++t) {
    threads.emplace_back([faults = std::atoi(argv[2])] {
      for (int i = 0; i < faults; ++i) fault_at(page);
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (giving_up != "repairs") fault_at(page + 100);
  std::printf("repaired %ld, missing %zu\n", repaired.load(),
              dblog::check_handlers().missing.size());
}
