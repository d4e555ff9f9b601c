// Where interrupted code was: the registers that differ between processors, by one name.
// Context: crash time. Pure.
#pragma once

#include <ucontext.h>

#include <cstdint>

namespace dblog::crash {

struct CodePosition {
  std::uint64_t program_counter;
  std::uint64_t stack_pointer;
};

#if defined(__x86_64__)
inline CodePosition position_of(const ucontext_t& context) noexcept {
  return {static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_RIP]),
          static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_RSP])};
}
inline void set_position(ucontext_t& context, CodePosition position) noexcept {
  context.uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(position.program_counter);
  context.uc_mcontext.gregs[REG_RSP] = static_cast<greg_t>(position.stack_pointer);
}
/// The interrupted thread goes on in function(argument), which does not return.
inline void set_call(ucontext_t& context, std::uint64_t function, std::uint64_t argument,
                     std::uint64_t stack_pointer) noexcept {
  // As behind a call: the return address has been pushed onto an aligned stack.
  constexpr std::uint64_t kAlignment = 16;
  set_position(context, {function, (stack_pointer & ~(kAlignment - 1)) - sizeof(std::uint64_t)});
  context.uc_mcontext.gregs[REG_RDI] = static_cast<greg_t>(argument);
}
/// After a jump to what is no code: the call pushed its return address before it jumped. Reads the
/// stack, which may fault.
inline CodePosition caller_of_jump(const ucontext_t& context) noexcept {
  const std::uint64_t stack_pointer = position_of(context).stack_pointer;
  return {*reinterpret_cast<const std::uint64_t*>(stack_pointer),
          stack_pointer + sizeof(std::uint64_t)};
}
#elif defined(__aarch64__)
inline CodePosition position_of(const ucontext_t& context) noexcept {
  return {context.uc_mcontext.pc, context.uc_mcontext.sp};
}
inline void set_position(ucontext_t& context, CodePosition position) noexcept {
  context.uc_mcontext.pc = position.program_counter;
  context.uc_mcontext.sp = position.stack_pointer;
}
/// The interrupted thread goes on in function(argument), which does not return.
inline void set_call(ucontext_t& context, std::uint64_t function, std::uint64_t argument,
                     std::uint64_t stack_pointer) noexcept {
  constexpr std::uint64_t kAlignment = 16;
  set_position(context, {function, stack_pointer & ~(kAlignment - 1)});
  context.uc_mcontext.regs[0] = argument;
}
/// After a jump to what is no code: the call left its return address in the link register, x30.
inline CodePosition caller_of_jump(const ucontext_t& context) noexcept {
  return {context.uc_mcontext.regs[30], context.uc_mcontext.sp};
}
#else
#error "dblog knows the registers of x86-64 and AArch64 only"
#endif

inline std::uint64_t stack_pointer_of(const ucontext_t& context) noexcept {
  return position_of(context).stack_pointer;
}

inline std::uint64_t program_counter_of(const ucontext_t& context) noexcept {
  return position_of(context).program_counter;
}

}  // namespace dblog::crash
