// Context: crash time (start_tool), set-up (the rest).
#include "handlers/tool_start.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "handlers/text_buffer.hpp"

namespace dblog::crash {
namespace {

ToolCommand command_of_crashes;
ToolStacks stacks_of_crashes;

int clone_and_wait_for_exec(int (*run)(void*), char (&stack)[ToolStacks::kSize],
                            void* argument) noexcept {
  return ::clone(run, stack + ToolStacks::kSize, CLONE_VM | CLONE_VFORK, argument);
}

void open_streams_at_dev_null() noexcept {
  const int null = ::open("/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; ++stream) {
    if (null < 0) {
      ::close(stream);
    } else if (null != stream) {
      ::dup2(null, stream);
    }
  }
}

void close_the_rest() noexcept {
  if (::syscall(SYS_close_range, 3U, ~0U, 0U) == 0) return;
  constexpr int kUsual = 1024;  // before Linux 5.9
  for (int descriptor = 3; descriptor < kUsual; ++descriptor) ::close(descriptor);
}

// The signal handlers' table is a copy, as CLONE_SIGHAND is not set.
void forget_signals() noexcept {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &by_default, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

struct Program {
  const char* const* arguments;
  const char* const* environment;
  ToolStacks* stacks;
};

int become_tool(void* argument) {
  const Program& program = *static_cast<const Program*>(argument);
  ::setsid();
  open_streams_at_dev_null();
  close_the_rest();
  forget_signals();
  // The bare call: the wrapper that watches exec() is for the program's own.
  ::syscall(SYS_execve, program.arguments[0], program.arguments, program.environment);
  ::_exit(127);
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
  ::_exit(helper < 0 ? 1 : 0);
}

}  // namespace

void ToolCommand::clear() noexcept {
  std::memset(static_cast<void*>(arguments_), 0, sizeof arguments_);
  std::memset(static_cast<void*>(names_), 0, sizeof names_);
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

void ToolCommand::look_up_variables() noexcept {
  std::memset(static_cast<void*>(environment_), 0, sizeof environment_);
  if (environ == nullptr) return;
  std::size_t found = 0;
  for (char** entry = environ; *entry != nullptr && found + 1 < kMaxTexts; ++entry) {
    if (is_wanted(*entry, names_)) environment_[found++] = *entry;
  }
}

bool start_tool(const ToolCommand& command, ToolStacks& stacks, int dying_process) noexcept {
  if (!command.is_set()) return false;
  const char* arguments[ToolCommand::kMaxTexts];
  std::memcpy(arguments, command.arguments_, sizeof arguments);
  // Another thread may be clearing it.
  if (arguments[0] == nullptr || arguments[0][0] != '/') return false;
  char dying_process_text[24];
  if (dying_process != 0) {
    std::size_t end = 0;
    while (arguments[end] != nullptr) ++end;
    TextBuffer{dying_process_text} << dying_process;
    arguments[end] = "--after";
    arguments[end + 1] = dying_process_text;
  }
  Program program{arguments, command.environment_, &stacks};
  const int first = clone_and_wait_for_exec(leave_tool_behind, stacks.of_first, &program);
  if (first < 0) return false;
  int status = 0;
  pid_t ended;
  do {
    ended = ::waitpid(first, &status, __WALL);  // it sends no SIGCHLD
  } while (ended < 0 && errno == EINTR);
  return ended == first && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

ToolCommand& tool_of_crashes() noexcept { return command_of_crashes; }

void look_up_variables_after_crash() noexcept { command_of_crashes.look_up_variables(); }

void start_tool_after_crash() noexcept {
  start_tool(command_of_crashes, stacks_of_crashes, ::getpid());
}

}  // namespace dblog::crash
