// Context: handler only, except for learn_thread_block() (setup).
#include "handlers/signals/thread_pointer.hpp"

#if defined(__x86_64__) && !defined(DBLOG_SANITIZED)  // sanitizers use the block in each function
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "src/base/fnv1a.hpp"

namespace dblog::crash {
namespace {

// What the ABI and the compilers agree on (glibc, sysdeps/x86_64/nptl/tls.h). Each thread has a
// copy of the process's canary.
struct ThreadBlock {
  ThreadBlock* self;
  void* dynamic_memory;
  ThreadBlock* thread;  // pthread_self()
  std::uint64_t unused[2];
  std::uint64_t canary;
};
static_assert(offsetof(ThreadBlock, canary) == 0x28);
constexpr std::uintptr_t kAlignment = 64;  // so the head is on one page

bool can_look = false;
std::uint32_t canary_mark = 0;     // no second copy of a secret
std::uintptr_t robust_offset = 0;  // of the list that the kernel knows, in the block; 0: not known

// The C library's syscall() puts errno into the block.
__attribute__((no_stack_protector)) long call_kernel(long number, std::uintptr_t first,
                                                     std::uintptr_t second, std::uintptr_t third,
                                                     std::uintptr_t fourth) noexcept {
  long result = number;
  register std::uintptr_t fourth_register asm("r10") = fourth;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(first), "S"(second), "d"(third), "r"(fourth_register)
               : "rcx", "r11", "memory");
  return result;
}

__attribute__((no_stack_protector)) std::uintptr_t thread_pointer() noexcept {
  std::uintptr_t value = 0;
  asm volatile("rdfsbase %0" : "=r"(value));
  return value;
}

__attribute__((no_stack_protector)) void set_thread_pointer(std::uintptr_t value) noexcept {
  asm volatile("wrfsbase %0" : : "r"(value) : "memory");
}

// As is_readable() asks, which keeps errno.
__attribute__((no_stack_protector)) bool can_be_read(std::uintptr_t address) noexcept {
  constexpr std::uintptr_t kNoSuchAction = ~std::uintptr_t{0};
  return call_kernel(SYS_rt_sigprocmask, kNoSuchAction, address, 0, sizeof(std::uint64_t)) !=
         -EFAULT;
}

__attribute__((no_stack_protector)) std::uint32_t mark_of_canary(
    const ThreadBlock& block) noexcept {
  return static_cast<std::uint32_t>(base::Fnv1a{}.add_word(block.canary).value());
}

__attribute__((no_stack_protector)) bool points_to_itself(const ThreadBlock& block) noexcept {
  return block.self == &block && block.thread == &block;
}

// The C library tells the kernel, for each of its threads, of a list in the thread's block: that
// stays true, whatever the program does to its registers and memory. 0: there is none.
__attribute__((no_stack_protector)) std::uintptr_t robust_list() noexcept {
  std::uintptr_t list = 0;
  std::size_t size = 0;
  call_kernel(SYS_get_robust_list, 0, reinterpret_cast<std::uintptr_t>(&list),
              reinterpret_cast<std::uintptr_t>(&size), 0);
  return list;
}

// 0: not known.
__attribute__((no_stack_protector)) std::uintptr_t own_block() noexcept {
  const std::uintptr_t list = robust_list();
  return list != 0 && robust_offset != 0 ? list - robust_offset : 0;
}

}  // namespace

void learn_thread_block() noexcept {
  constexpr unsigned long kFsGsBase = 2;  // HWCAP2_FSGSBASE: the kernel allows the instructions
  can_look = (::getauxval(AT_HWCAP2) & kFsGsBase) != 0;
  if (!can_look) return;
  const std::uintptr_t here = thread_pointer();
  canary_mark = mark_of_canary(*reinterpret_cast<const ThreadBlock*>(here));
  constexpr std::uintptr_t kLargestBlock = 64 * 1024;
  const std::uintptr_t list = robust_list();
  robust_offset = list > here && list - here < kLargestBlock ? list - here : 0;
}

bool has_own_thread_pointer() noexcept {
  if (!can_look) return true;
  const std::uintptr_t here = thread_pointer();
  const bool is_block = here != 0 && here % kAlignment == 0 && can_be_read(here);
  auto* const block = reinterpret_cast<ThreadBlock*>(here);
  if (is_block && points_to_itself(*block) && mark_of_canary(*block) == canary_mark) return true;
  const std::uintptr_t own = own_block();
  // Of a thread that the C library did not make, or a child of vfork(): as far as can be seen.
  if (own == 0) return is_block && points_to_itself(*block);
  if (own != here) return false;
  block->self = block;
  block->thread = block;
  return true;
}

OwnThreadPointer::OwnThreadPointer() noexcept {
  if (has_own_thread_pointer()) return;
  const std::uintptr_t own = own_block();
  if (own == 0) return;
  is_another_ = true;
  before_ = thread_pointer();
  set_thread_pointer(own);
}

OwnThreadPointer::~OwnThreadPointer() {
  if (is_another_) set_thread_pointer(before_);
}

// SA_ONSTACK is what the kernel made of ours, and the mask that it puts back is in the context.
void call_as_the_kernel(int signal, siginfo_t* info, void* interrupted,
                        const struct sigaction& action) {
  std::uint64_t mask = 0;  // the kernel's signals are the first 64 bits of a sigset_t
  std::uint64_t added = 0;
  std::memcpy(&mask, &static_cast<const ucontext_t*>(interrupted)->uc_sigmask, sizeof mask);
  std::memcpy(&added, &action.sa_mask, sizeof added);
  mask |= added;
  if ((action.sa_flags & SA_NODEFER) == 0) mask |= std::uint64_t{1} << (signal - 1);
  call_kernel(SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<std::uintptr_t>(&mask), 0,
              sizeof mask);
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signal, info, interrupted);
  } else {
    action.sa_handler(signal);
  }
}

}  // namespace dblog::crash

#else
namespace dblog::crash {

void learn_thread_block() noexcept {}
bool has_own_thread_pointer() noexcept { return true; }
OwnThreadPointer::OwnThreadPointer() noexcept = default;
OwnThreadPointer::~OwnThreadPointer() = default;
void call_as_the_kernel(int, siginfo_t*, void*, const struct sigaction&) {}

}  // namespace dblog::crash
#endif
