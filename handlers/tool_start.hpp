// Starts the tool (`dblog flush`) beside the program: it names frames and delivers messages, so
// that the dying process need not.
// Context: crash time (start_tool), set-up (the rest).
#pragma once

#include <cstddef>
#include <string_view>

namespace dblog::crash {

/// Two processes on the way share the program's memory until the helper is loaded (vfork(2)): each
/// has a stack here. For one caller at a time.
struct ToolStacks {
  static constexpr std::size_t kSize = 16 * 1024;
  alignas(16) char of_first[kSize];
  alignas(16) char of_second[kSize];
};

/// What the helper is started with: made at install, because a dying process can look up nothing.
class ToolCommand {
 public:
  /// Forgets everything; nothing is started until set() is called.
  void clear() noexcept;

  /// `tool` is the absolute path of the program. False if there is no room for it.
  bool set_tool(std::string_view tool) noexcept;
  /// One argument after "flush".
  bool add_argument(std::string_view argument) noexcept;
  /// One "NAME=value" of its environment.
  bool add_variable(std::string_view variable) noexcept;

  [[nodiscard]] bool is_set() const noexcept { return size_ != 0; }

 private:
  friend bool start_tool(const ToolCommand&, ToolStacks&, int) noexcept;

  static constexpr std::size_t kMaxTexts = 48;
  static constexpr std::size_t kBytes = 16 * 1024;

  const char* keep(std::string_view text) noexcept;
  static bool append(const char* (&list)[kMaxTexts], const char* text) noexcept;

  const char* arguments_[kMaxTexts] = {};    // ends with a null
  const char* environment_[kMaxTexts] = {};  // likewise
  std::size_t size_ = 0;
  char bytes_[kBytes] = {};
};

/// Starts it as a process of its own: in its own session, with nothing of ours open, standard
/// streams at /dev/null, no signal blocked or ignored; nobody has to wait for it. `dying_process`
/// is told to it, so that it waits until that one is gone; 0: none is. Waits until the program is
/// loaded: about a millisecond. False if nothing was started.
bool start_tool(const ToolCommand& command, ToolStacks& stacks, int dying_process) noexcept;

/// The command that a crash starts; nothing unless it is set. Written at install.
ToolCommand& tool_of_crashes() noexcept;

/// Starts that one, for this process.
void start_tool_after_crash() noexcept;

}  // namespace dblog::crash
