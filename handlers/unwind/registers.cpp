// Context: crash time.
#include "handlers/unwind/registers.hpp"

namespace dblog::crash {
namespace {

#if defined(__x86_64__)
struct Register {
  const char* name;
  int index;  // in gregs, <sys/ucontext.h>
};
// err and trapno say what the processor objected to, cr2 is the page fault's address.
constexpr Register kRegisters[] = {
    {"rip", REG_RIP}, {"rsp", REG_RSP},    {"rbp", REG_RBP},       {"rax", REG_RAX},
    {"rbx", REG_RBX}, {"rcx", REG_RCX},    {"rdx", REG_RDX},       {"rsi", REG_RSI},
    {"rdi", REG_RDI}, {"r8", REG_R8},      {"r9", REG_R9},         {"r10", REG_R10},
    {"r11", REG_R11}, {"r12", REG_R12},    {"r13", REG_R13},       {"r14", REG_R14},
    {"r15", REG_R15}, {"eflags", REG_EFL}, {"trapno", REG_TRAPNO}, {"err", REG_ERR},
    {"cr2", REG_CR2},
};
constexpr std::uint32_t kRegisterCount = sizeof kRegisters / sizeof kRegisters[0];

std::uint64_t value_of(const ucontext_t& context, std::uint32_t index) noexcept {
  return static_cast<std::uint64_t>(context.uc_mcontext.gregs[kRegisters[index].index]);
}

const char* name_of(std::uint32_t index) noexcept { return kRegisters[index].name; }
#elif defined(__aarch64__)
constexpr const char* kNames[] = {"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",    "x7",  "x8",
                                  "x9",  "x10", "x11", "x12", "x13", "x14", "x15",   "x16", "x17",
                                  "x18", "x19", "x20", "x21", "x22", "x23", "x24",   "x25", "x26",
                                  "x27", "x28", "x29", "x30", "sp",  "pc",  "pstate"};
constexpr std::uint32_t kRegisterCount = sizeof kNames / sizeof kNames[0];
constexpr std::uint32_t kGeneral = 31;

std::uint64_t value_of(const ucontext_t& context, std::uint32_t index) noexcept {
  const auto& machine = context.uc_mcontext;
  if (index < kGeneral) return machine.regs[index];
  return index == kGeneral ? machine.sp : index == kGeneral + 1 ? machine.pc : machine.pstate;
}

const char* name_of(std::uint32_t index) noexcept { return kNames[index]; }
#endif
static_assert(kRegisterCount <= CrashRecord::kMaxRegisters);

}  // namespace

void capture_registers(CrashRecord& record, const ucontext_t& interrupted) noexcept {
  for (std::uint32_t i = 0; i < kRegisterCount; ++i) {
    record.registers[i] = value_of(interrupted, i);
  }
  record.register_count = kRegisterCount;
}

const char* register_name(std::uint32_t index) noexcept {
  return index < kRegisterCount ? name_of(index) : nullptr;
}

}  // namespace dblog::crash
