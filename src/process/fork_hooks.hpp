// What a fork does to this process: the only handlers of pthread_atfork(), and the order in which
// they call what each room has to do.
//
// They are registered by a constructor that runs before those of the program: so they prepare last
// and resume first, and the program's own handlers can push, and wait for threads that push.
// A child of clone(), vfork() or _Fork() does not come through here: src/process/per_process.hpp.
// Context: setup. Threads: any. docs/architecture.md has the whole of it.
#pragma once

namespace dblog::process {

/// The rooms that do something at a fork, in the order of the parent and the child after it. Before
/// the fork the order is the other way round.
enum class ForkPlace : unsigned char {
  crash_handler,  ///< first: what crashes from here on is the child's own crash
  local_time,
  queues,
  stores,  ///< last: with its locks free, a push may come
  count_,
};

/// Null: nothing to do.
struct ForkHooks {
  void (*before)() noexcept = nullptr;
  void (*in_parent)() noexcept = nullptr;
  void (*in_child)() noexcept = nullptr;  ///< async-signal-safe, as after any fork
};

/// From here on at each fork. The second call for the same place changes nothing. Hooks that have a
/// `before` are to be registered before the process can fork.
void at_fork(ForkPlace place, const ForkHooks& hooks) noexcept;

}  // namespace dblog::process
