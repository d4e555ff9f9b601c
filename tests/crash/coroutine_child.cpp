// A program whose work runs on a stack that it made itself, as simple coroutine libraries do: the
// outermost frame returns to an address that no code calls from, at the upper end of the memory.
// coroutine_child TABLES [crash|logger]: it throws, catches and pushes there, then ends, or crashes
// there. `logger`: without the handlers, so that a fault of the unwinder would end it.
// TABLES: where the wrong unwind tables for that address lead, "above" the stack or "astray".
#include <sys/mman.h>
#include <dblog/dblog.hpp>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string_view>

extern "C" {
// Saves where the running side is at `from`, and goes on at `to`.
void coroutine_switch(void** from, void* to);
extern const char end_above[];
extern const char end_astray[];
}

// What lies right before an end has unwind tables: an unwinder looks one byte before a return
// address, and takes the place for a function whose own return address lies above the stack, or at
// the frame pointer, which is null.
asm(R"(
  .text
  .globl coroutine_switch
  .type coroutine_switch, @function
coroutine_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size coroutine_switch, . - coroutine_switch

  .type function_before, @function
function_before:
  .cfi_startproc
  ret
  .cfi_endproc
  .size function_before, . - function_before
  .globl end_above
end_above:
  ud2

  .type another_function_before, @function
another_function_before:
  .cfi_startproc
  .cfi_def_cfa %rbp, 16
  ret
  .cfi_endproc
  .size another_function_before, . - another_function_before
  .globl end_astray
end_astray:
  ud2
)");

namespace {

constexpr std::size_t kPage = 4'096;
constexpr std::size_t kStackSize = 64 * kPage;
constexpr int kSavedRegisters = 6;

volatile int* volatile null_pointer = nullptr;
void* main_side = nullptr;
void* coroutine_side = nullptr;
bool is_to_crash = false;

void run_coroutine() {
  dblog::EventLogger events{"errors"};
  for (int i = 0; i < 3; ++i) {
    try {
      throw std::runtime_error("thrown in a coroutine");
    } catch (const std::exception& error) {
      events.push_to_table(error);
    }
  }
  if (is_to_crash) *null_pointer = 1;
  for (;;) coroutine_switch(&coroutine_side, main_side);
}

// Guard pages on both sides.
void* new_stack() {
  constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
  void* memory = ::mmap(nullptr, kStackSize + 2 * kPage, PROT_NONE, kAnonymous, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  char* lowest = static_cast<char*>(memory) + kPage;
  if (::mprotect(lowest, kStackSize, PROT_READ | PROT_WRITE) != 0) return nullptr;
  return lowest + kStackSize;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const bool leads_astray = std::strcmp(argv[1], "astray") == 0;
  const std::string_view way = argc > 2 ? argv[2] : "";
  is_to_crash = way == "crash";
  if (way != "logger") dblog::install_handlers();
  void** top = static_cast<void**>(new_stack());
  if (top == nullptr) return 70;
  if (leads_astray) top -= 4;  // that the stack can be read there is no help
  *--top = const_cast<char*>(leads_astray ? end_astray : end_above);
  *--top = reinterpret_cast<void*>(&run_coroutine);
  for (int i = 0; i < kSavedRegisters; ++i) *--top = nullptr;
  coroutine_side = top;
  coroutine_switch(&main_side, coroutine_side);
  return 0;
}
