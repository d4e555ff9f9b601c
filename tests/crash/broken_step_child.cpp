// A program in whose handler one step is broken: broken_step_child FUNCTION HOW WAY
// FUNCTION of dblog's is overwritten, after install, with a jump to code that does what HOW says:
// "fault", "abort", "exception", "hang", or "slow", which is less than the deadline; then the
// program dies in its WAY: "crash" or "throw". Several FUNCTIONs have commas between. x86-64 only:
// it writes machine code.
#include <poll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include "handlers/crash_gate.hpp"
#include "handlers/exceptions/exception_text.hpp"
#include "handlers/record/black_box.hpp"
#include "handlers/record/breadcrumb_ring.hpp"
#include "handlers/signals/chain_to_previous.hpp"
#include "handlers/signals/thread_stacks.hpp"
#include "handlers/sqlite/crash_connection.hpp"
#include "handlers/text/signal_message.hpp"
#include "handlers/tool_start.hpp"
#include "handlers/unwind/module_lookup.hpp"
#include "handlers/unwind/registers.hpp"
#include "handlers/unwind/stack_capture.hpp"
#include "src/base/hardware_sample.hpp"
#include "src/base/uuid.hpp"

namespace {

using namespace dblog::base;
using namespace dblog::crash;

volatile int* volatile null_pointer = nullptr;

void fault() { *null_pointer = 1; }
[[noreturn]] void throw_something() { throw std::logic_error("from a broken step"); }
[[noreturn]] void hang() {
  for (;;) pause();
}
// False, zero and null to every caller.
std::int64_t be_slow() {
  const timespec nearly_a_deadline{0, 600'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &nearly_a_deadline, nullptr);
  return 0;
}

template <typename Function>
void* code_of(Function* function) {
  return reinterpret_cast<void*>(function);
}

// The Itanium C++ ABI's pointer to a member function that is not virtual begins with its address.
template <typename Member>
void* code_of_member(Member member) {
  void* code = nullptr;
  static_assert(sizeof member >= sizeof code);
  std::memcpy(&code, &member, sizeof code);
  return code;
}

const std::map<std::string, void*> kFunctions = {
    {"start_deadline", code_of_member(&CrashGate::start_deadline)},
    {"make_uuid", code_of(&make_uuid)},
    {"capture_registers", code_of(&capture_registers)},
    {"read_breadcrumbs", code_of(static_cast<void (*)(CrashRecord&) noexcept>(&read_breadcrumbs))},
    {"read_scopes", code_of(&read_scopes)},
    {"read_process_context", code_of(&read_process_context)},
    {"capture_other_threads", code_of(&capture_other_threads)},
    {"look_up_variables_after_crash", code_of(&look_up_variables_after_crash)},
    {"start_tool_after_crash", code_of(&start_tool_after_crash)},
    {"describe_signal", code_of(&describe_signal)},
    {"name_current_exception", code_of(&name_current_exception)},
    {"describe_current_exception", code_of(&describe_current_exception)},
    {"capture_interrupted_stack", code_of(&capture_interrupted_stack)},
    {"capture_own_stack", code_of(&capture_own_stack)},
    {"find_module", code_of(&find_module)},
    {"sample_hardware", code_of(&sample_hardware)},
    {"checksum_of",
     code_of(static_cast<std::uint64_t (*)(const CrashRecord&) noexcept>(&checksum_of))},
    {"write_crash", code_of(&write_crash)},
    {"abandon_crash_connection", code_of(&abandon_crash_connection)},
    {"poll", code_of(&poll)},
    {"chain_from", code_of_member(&CrashGate::chain_from)},
    {"chain_to_previous", code_of(&chain_to_previous)},
    {"remove_black_box", code_of(&remove_black_box)},
};

const std::map<std::string, void*> kWaysToBreak = {
    {"fault", code_of<void()>(&fault)},
    {"abort", code_of<void()>(&std::abort)},
    {"exception", code_of<void()>(&throw_something)},
    {"hang", code_of<void()>(&hang)},
    {"slow", code_of(&be_slow)},
};

// movabs $target, %rax; jmp *%rax
void redirect(void* function, void* target) {
  unsigned char code[12] = {0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xE0};
  std::memcpy(code + 2, &target, sizeof target);
  const auto page_size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto page = reinterpret_cast<std::uintptr_t>(function) & ~(page_size - 1);
  if (mprotect(reinterpret_cast<void*>(page), 2 * page_size, PROT_READ | PROT_WRITE | PROT_EXEC) !=
      0) {
    _exit(94);
  }
  std::memcpy(function, code, sizeof code);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  void* const how = kWaysToBreak.at(argv[2]);
  // Long, on a machine that has much to do, but where it is what ends the step.
  const std::chrono::milliseconds deadline{argv[2] == std::string{"hang"}   ? 200
                                           : argv[2] == std::string{"slow"} ? 1'000
                                                                            : 10'000};
  dblog::install_handlers({.sync_to_disk = false, .deadline = deadline});
  std::istringstream functions{argv[1]};
  for (std::string name; std::getline(functions, name, ',');) redirect(kFunctions.at(name), how);
  // What is to be recorded where the connection is not to be used at all.
  if (argv[1] == std::string{"abandon_crash_connection"}) redirect(code_of(&write_crash), how);
  if (argv[3] == std::string{"crash"}) fault();
  throw std::runtime_error("the program's own");
}
