// Starts the tool (`dblog flush`) beside the program: it names frames and delivers messages, so
// that the dying process need not.
// Context: crash time (start_tool), setup (the rest).
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
  /// Forgets everything; nothing is started until set_tool() is called.
  void clear() noexcept;

  /// `tool` is the absolute path of the program. False if there is no room for it.
  bool set_tool(std::string_view tool) noexcept;
  /// One argument after "flush".
  bool add_argument(std::string_view argument) noexcept;
  /// The name of a variable that it gets from the program's environment, if it is there. Values
  /// are secrets, perhaps: they are not kept.
  bool add_variable(std::string_view name) noexcept;
  /// A variable with a value of our own, which is kept, and is no secret. Not the name of another.
  bool add_value(std::string_view name, std::string_view value) noexcept;

  /// Finds those variables in the environment as it is now, and points to them there. Before each
  /// start. At crash time a step of its own: the program may be dying of what it did to them, and
  /// then the tool starts with those that were found.
  void look_up_variables() noexcept;

  [[nodiscard]] bool is_set() const noexcept { return size_ != 0; }

 private:
  friend bool start_tool(const ToolCommand&, ToolStacks&, int) noexcept;
  friend bool run_tool_unseen(const ToolCommand&, ToolStacks&) noexcept;

  static constexpr std::size_t kMaxTexts = 48;
  static constexpr std::size_t kBytes = 16 * 1024;

  const char* keep(std::string_view text) noexcept;
  static bool append(const char* (&list)[kMaxTexts], const char* text) noexcept;

  const char* arguments_[kMaxTexts] = {};    // ends with a null
  const char* names_[kMaxTexts] = {};        // likewise
  const char* values_[kMaxTexts] = {};       // likewise
  const char* environment_[kMaxTexts] = {};  // likewise
  std::size_t size_ = 0;
  char bytes_[kBytes] = {};
};

/// Starts it as a process of its own: in its own session, with nothing of ours open, standard
/// streams at /dev/null, no signal blocked or ignored; the program need not wait for it. The tool
/// waits until `dying_process` is gone (0: none is dying). This function waits until the tool is
/// loaded: about a millisecond. False if nothing was started.
bool start_tool(const ToolCommand& command, ToolStacks& stacks, int dying_process) noexcept;

/// Whether processes without a parent become this one's children: it is the first of a container,
/// or a subreaper (prctl(2)). Its wait() for any child would see the tool, or leave it as a zombie.
bool adopts_orphans() noexcept;

/// For such a process: starts the tool and returns when it has ended, which may be seconds. wait()
/// for any child does not see what is started. False if nothing was. For a thread of ours, with all
/// signals blocked. Context: ordinary code.
bool run_tool_unseen(const ToolCommand& command, ToolStacks& stacks) noexcept;

/// The command that a crash starts from here on, null: none. It is complete, has looked up its
/// variables, and stays as long as the process: another thread may be crashing with one before.
void set_tool_of_crashes(ToolCommand* command) noexcept;

/// Whether there is one.
[[nodiscard]] bool has_tool_of_crashes() noexcept;

/// Finds the variables for that one. A step of its own.
void look_up_variables_after_crash() noexcept;

/// Starts the one that was looked up for, else that one, for this process.
void start_tool_after_crash() noexcept;

}  // namespace dblog::crash
