// Lives on libsigsegv: sigsegv_program before|after|never plain|chain repairs|crashes
// WHEN its handlers are installed, seen from dblog's; HOW dblog's are; WHAT comes at the end.
// Repairs pages that may not be written, and leaves stack overflows by a jump.
#include <setjmp.h>
#include <sigsegv.h>
#include <sys/mman.h>
#include <dblog/dblog.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kPages = 2000;
char* area = nullptr;
int repaired = 0;
sigjmp_buf way_out;
alignas(16) char stack_for_handler[16 * 1024];  // as its manual and its users have it

int repair(void* address, int) {
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  const auto begin = reinterpret_cast<std::uintptr_t>(area);
  if (place - begin >= kPages * kPage) return 0;
  ++repaired;
  return mprotect(area + (place - begin) / kPage * kPage, kPage, PROT_READ | PROT_WRITE) == 0;
}

void jump(void*, void*, void*) { siglongjmp(way_out, 1); }

void leave_overflow(int is_emergency, stackoverflow_context_t) {
  if (is_emergency == 0) sigsegv_leave_handler(jump, nullptr, nullptr, nullptr);
}

void install_theirs() {
  if (sigsegv_install_handler(repair) != 0) std::puts("no faults");
  if (stackoverflow_install_handler(leave_overflow, stack_for_handler, sizeof stack_for_handler) !=
      0) {
    std::puts("no overflows");
  }
}

void install_ours(bool chain_first) {
  dblog::HandlerOptions options;
  options.chain_first = chain_first;
  options.print_to_stderr = false;
  dblog::install_handlers(options);
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
  const std::string_view when = argv[1];
  void* memory = mmap(nullptr, kPages * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  area = static_cast<char*>(memory);
  const bool chain_first = std::string_view{argv[2]} == "chain";
  if (when == "after") install_ours(chain_first);
  install_theirs();
  if (when == "before") install_ours(chain_first);
  for (std::size_t i = 0; i < kPages; ++i) area[i * kPage] = 1;
  volatile int left = 0;
  for (int i = 0; i < 3; i = i + 1) {
    if (sigsetjmp(way_out, 1) == 0) {
      deep(0);
    } else {
      left = left + 1;
    }
  }
  std::printf("repaired %d, left %d\n", repaired, left);
  std::fflush(stdout);
  volatile int* volatile null_pointer = nullptr;
  if (std::string_view{argv[3]} == "crashes") *null_pointer = 1;
}
