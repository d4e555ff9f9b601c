// Context: crash time (start_tool), setup (the rest).
// The processes on the way share the program's memory: they make bare system calls, which no
// sanitizer counts as the program's.
#include "handlers/tool_start.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "src/base/text_buffer.hpp"
#include "src/base/trusted_file.hpp"
#include "src/process/ordinary_schedule.hpp"

extern "C" int __clone(int (*)(void*), void*, int, void*, ...) noexcept;

namespace dblog::crash {
namespace {

std::atomic<ToolCommand*> command_of_crashes{nullptr};
std::atomic<ToolCommand*> command_of_this_crash{nullptr};
ToolStacks stacks_of_crashes;

// Under the C library's own name: ThreadSanitizer takes a clone() for a fork of the program.
int clone_and_wait_for_exec(int (*run)(void*), char (&stack)[ToolStacks::kSize],
                            void* argument) noexcept {
  return ::__clone(run, stack + ToolStacks::kSize, CLONE_VM | CLONE_VFORK, argument);
}

void open_streams_at_dev_null() noexcept {
  const long null = ::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; ++stream) {
    if (null < 0) {
      ::syscall(SYS_close, stream);
    } else if (null != stream) {
      ::syscall(SYS_dup3, null, stream, 0);
    }
  }
}

void close_from(unsigned first) noexcept {
  if (::syscall(SYS_close_range, first, ~0U, 0U) == 0) return;
  constexpr unsigned kUsual = 1024;  // before Linux 5.9
  for (unsigned descriptor = first; descriptor < kUsual; ++descriptor) {
    ::syscall(SYS_close, descriptor);
  }
}

// The signal handlers' table is a copy, as CLONE_SIGHAND is not set.
void forget_signals() noexcept {
  constexpr std::size_t kMaskSize = 8;
  const std::uint64_t by_default[8] = {};  // the kernel's struct sigaction has at most four words
  for (int signal = 1; signal < NSIG; ++signal) {
    ::syscall(SYS_rt_sigaction, signal, by_default, nullptr, kMaskSize);
  }
  const std::uint64_t none = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, kMaskSize);
}

// exit_group(), past the functions that programs and libraries put before it.
int leave(int status) noexcept {
  ::syscall(SYS_exit_group, status);
  return status;
}

struct Program {
  const char* const* arguments;
  const char* const* environment;
  ToolStacks* stacks;
  bool has_failed = false;  // set by the child, whose memory is the program's
};

int become_tool(void* argument) {
  Program& program = *static_cast<Program*>(argument);
  ::syscall(SYS_setsid);
  process::take_ordinary_schedule();
  open_streams_at_dev_null();
  close_from(3);
  forget_signals();
  // Judged here, where descriptors are free: since it was found others may have put a program of
  // theirs in its place.
  if (base::judge_program(program.arguments[0]) == base::Distrust::none) {
    // The bare call: the wrapper that watches exec() is for the program's own.
    ::syscall(SYS_execve, program.arguments[0], program.arguments, program.environment);
  }
  program.has_failed = true;
  return leave(127);
}

bool is_wanted(const char* entry, const char* const* names) noexcept {
  for (; *names != nullptr; ++names) {
    const std::size_t length = std::strlen(*names);
    if (std::strncmp(entry, *names, length) == 0 && entry[length] == '=') return true;
  }
  return false;
}

// Ends at once, so that the helper becomes the child of the system's first process.
int leave_tool_behind(void* argument) {
  const int helper = clone_and_wait_for_exec(
      become_tool, static_cast<Program*>(argument)->stacks->of_second, argument);
  return leave(helper < 0 ? 1 : 0);
}

// Stays until the helper has ended, as its parent. Nothing of the program is kept in use.
int keep_tool(void* argument) {
  const int helper = clone_and_wait_for_exec(
      become_tool, static_cast<Program*>(argument)->stacks->of_second, argument);
  close_from(0);
  ::syscall(SYS_chdir, "/");
  if (helper > 0) {
    while (::syscall(SYS_wait4, helper, nullptr, 0, nullptr) < 0 && errno == EINTR) {
    }
  }
  return leave(helper < 0 ? 1 : 0);
}

// A child whose end sends no SIGCHLD is seen by those that ask for such a one.
bool wait_for_clone(pid_t child) noexcept {
  int status = 0;
  long ended = 0;
  do {
    ended = ::syscall(SYS_wait4, child, &status, __WALL, nullptr);
  } while (ended < 0 && errno == EINTR);
  return ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

void ToolCommand::clear() noexcept {
  std::memset(static_cast<void*>(arguments_), 0, sizeof arguments_);
  std::memset(static_cast<void*>(names_), 0, sizeof names_);
  std::memset(static_cast<void*>(values_), 0, sizeof values_);
  std::memset(static_cast<void*>(environment_), 0, sizeof environment_);
  size_ = 0;
}

const char* ToolCommand::keep(std::string_view text) noexcept {
  if (text.size() >= kBytes - size_) return nullptr;
  char* kept = bytes_ + size_;
  std::memcpy(kept, text.data(), text.size());
  kept[text.size()] = '\0';
  size_ += text.size() + 1;
  return kept;
}

// The last two stay free: for the dying process's id, and for the null at the end.
bool ToolCommand::append(const char* (&list)[kMaxTexts], const char* text) noexcept {
  if (text == nullptr) return false;
  for (std::size_t i = 0; i + 3 < kMaxTexts; ++i) {
    if (list[i] != nullptr) continue;
    list[i] = text;
    return true;
  }
  return false;
}

bool ToolCommand::set_tool(std::string_view tool) noexcept {
  clear();
  return append(arguments_, keep(tool)) && append(arguments_, "flush");
}

bool ToolCommand::add_argument(std::string_view argument) noexcept {
  return append(arguments_, keep(argument));
}

bool ToolCommand::add_variable(std::string_view name) noexcept {
  return append(names_, keep(name));
}

bool ToolCommand::add_value(std::string_view name, std::string_view value) noexcept {
  const char* const entry = keep(name);
  if (entry == nullptr) return false;
  bytes_[size_ - 1] = '=';
  return keep(value) != nullptr && append(values_, entry);
}

void ToolCommand::look_up_variables() noexcept {
  std::memset(static_cast<void*>(environment_), 0, sizeof environment_);
  std::size_t found = 0;
  for (; values_[found] != nullptr; ++found) environment_[found] = values_[found];
  if (environ == nullptr) return;
  for (char** entry = environ; *entry != nullptr && found + 1 < kMaxTexts; ++entry) {
    if (is_wanted(*entry, names_)) environment_[found++] = *entry;
  }
}

bool start_tool(const ToolCommand& command, ToolStacks& stacks, int dying_process) noexcept {
  if (!command.is_set()) return false;
  const char* arguments[ToolCommand::kMaxTexts];
  std::memcpy(arguments, command.arguments_, sizeof arguments);
  char dying_process_text[24];
  if (dying_process != 0) {
    std::size_t end = 0;
    while (arguments[end] != nullptr) ++end;
    base::TextBuffer{dying_process_text} << dying_process;
    arguments[end] = "--after";
    arguments[end + 1] = dying_process_text;
  }
  Program program{arguments, command.environment_, &stacks};
  const int first = clone_and_wait_for_exec(leave_tool_behind, stacks.of_first, &program);
  return first > 0 && wait_for_clone(first) && !program.has_failed;
}

bool adopts_orphans() noexcept {
  int is_subreaper = 0;
  return ::getpid() == 1 ||
         (::prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper) == 0 && is_subreaper != 0);
}

bool run_tool_unseen(const ToolCommand& command, ToolStacks& stacks) noexcept {
  if (!command.is_set()) return false;
  Program program{command.arguments_, command.environment_, &stacks};
  const int keeper = ::__clone(keep_tool, stacks.of_first + ToolStacks::kSize, CLONE_VM, &program);
  return keeper > 0 && wait_for_clone(keeper) && !program.has_failed;
}

void set_tool_of_crashes(ToolCommand* command) noexcept {
  command_of_crashes.store(command, std::memory_order_release);
}

bool has_tool_of_crashes() noexcept {
  return command_of_crashes.load(std::memory_order_relaxed) != nullptr;
}

void look_up_variables_after_crash() noexcept {
  ToolCommand* const command = command_of_crashes.load(std::memory_order_acquire);
  command_of_this_crash.store(command, std::memory_order_relaxed);
  if (command != nullptr) command->look_up_variables();
}

// The first process of a container takes all others with it.
void start_tool_after_crash() noexcept {
  const pid_t self = ::getpid();
  const ToolCommand* command = command_of_this_crash.load(std::memory_order_relaxed);
  if (command == nullptr) command = command_of_crashes.load(std::memory_order_acquire);
  if (self != 1 && command != nullptr) start_tool(*command, stacks_of_crashes, self);
}

}  // namespace dblog::crash
