// An emulator: guest_child WAY POINTER [chain-first]
// It runs code with the guest's thread pointer, POINTER: "null", or "block", which looks like a
// thread's block. WAY:
//   repaired   the guest faults three times, and the emulator's handler repairs each
//   once       the handler is for one fault (SA_RESETHAND) and was set after ours: it repairs the
//              first, and the next has the default action
//   left       the emulator's handler puts the default action back, and leaves the fault as it is
//   fault      the guest faults, and there is no handler
//   ended      the guest gets a SIGTERM
//   asked      one thread is in the guest while another one crashes
//   overrun    no guest: a write has reached the head of a thread's own block, then a fault
#include <asm/prctl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>

namespace {

volatile int* volatile null_pointer = nullptr;
volatile int is_in_guest = 0;
std::uintptr_t host_pointer = 0;
std::uintptr_t guest_pointer = 0;
bool repairs = false;

alignas(64) struct {
  void* self;
  void* unused;
  void* thread;
  char rest[4'096];
} guest_block[2];

// The C library's syscall() uses the thread pointer.
[[gnu::always_inline]] inline long call_kernel(long number, std::uintptr_t first,
                                               std::uintptr_t second) {
  long result = number;
  asm volatile("syscall" : "+a"(result) : "D"(first), "S"(second) : "rcx", "r11", "memory");
  return result;
}
[[gnu::always_inline]] inline void set_pointer(std::uintptr_t value) {
  call_kernel(SYS_arch_prctl, ARCH_SET_FS, value);
}

__attribute__((noinline, no_stack_protector)) void emulate(int, siginfo_t*, void* interrupted) {
  std::uintptr_t present = 0;
  call_kernel(SYS_arch_prctl, ARCH_GET_FS, reinterpret_cast<std::uintptr_t>(&present));
  if (present != guest_pointer) call_kernel(SYS_exit_group, 80, 0);
  set_pointer(host_pointer);
  if (!repairs) {
    ::signal(SIGSEGV, SIG_DFL);
    return set_pointer(guest_pointer);
  }
  static_cast<ucontext_t*>(interrupted)->uc_mcontext.gregs[REG_RIP] += 2;  // its instruction's size
}

__attribute__((noinline, no_stack_protector)) void fault_in_guest() {
  set_pointer(guest_pointer);
  asm volatile("xorl %%eax, %%eax; movl %%eax, (%%rax)" : : : "rax", "memory");
  set_pointer(host_pointer);
}

__attribute__((noinline, no_stack_protector)) void be_terminated_in_guest() {
  const auto process = static_cast<std::uintptr_t>(::getpid());
  set_pointer(guest_pointer);
  call_kernel(SYS_kill, process, SIGTERM);
  for (;;) call_kernel(SYS_pause, 0, 0);
}

__attribute__((noinline, no_stack_protector)) void stay_in_guest() {
  call_kernel(SYS_arch_prctl, ARCH_SET_FS, guest_pointer);
  is_in_guest = 1;
  for (;;) call_kernel(SYS_pause, 0, 0);
}

void crash_beside_the_guest() {
  std::thread guest{stay_in_guest};
  while (is_in_guest == 0) std::this_thread::yield();
  *null_pointer = 1;
  guest.join();
}

void overrun() {
  constexpr std::size_t kHead = 64;
  volatile char* block = reinterpret_cast<volatile char*>(::pthread_self());
  for (std::size_t i = 0; i < kHead; ++i) block[i] = 'x';
  *null_pointer = 1;
}

void install_emulator(bool does_repair, unsigned more_flags = 0) {
  repairs = does_repair;
  struct sigaction action {};
  action.sa_sigaction = emulate;
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | more_flags);
  ::sigaction(SIGSEGV, &action, nullptr);
}

bool is_mask_empty() {
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigisemptyset(&mask) == 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  const std::string way = argv[1];
  if (way == "repaired" || way == "left") install_emulator(way == "repaired");
  dblog::install_handlers({.chain_first = argc > 3});
  if (way == "once") install_emulator(true, SA_RESETHAND);
  host_pointer = ::pthread_self();
  guest_block[1].self = guest_block[1].thread = &guest_block[1];
  if (std::strcmp(argv[2], "block") == 0) {
    guest_pointer = reinterpret_cast<std::uintptr_t>(&guest_block[1]);
  }
  if (way == "ended") be_terminated_in_guest();
  if (way == "asked") crash_beside_the_guest();
  if (way == "overrun") std::thread{overrun}.join();
  for (int i = 0; i < 3; ++i) fault_in_guest();
  return is_mask_empty() ? 0 : 81;
}
