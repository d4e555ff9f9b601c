// Context: handler only, except choose_thread_signal() (setup).
#include "handlers/signals/thread_stacks.hpp"

#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "handlers/record/progress.hpp"
#include "handlers/signals/handler_mask.hpp"
#include "handlers/signals/signal_action.hpp"
#include "handlers/signals/thread_pointer.hpp"
#include "handlers/unwind/stack_capture.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/base/proc_files.hpp"
#include "src/base/proc_parsers.hpp"
#include "src/base/text_buffer.hpp"

namespace dblog::crash {
namespace {

enum class Answer : int {
  none,       ///< asked
  under_way,  ///< the thread writes
  given,      ///< whole
  unwanted,   ///< too late: the thread must not write any more
};

// A thread may answer after the crash was recorded: so it writes here and not into the record.
struct Slot {
  std::atomic<int> thread_id;
  std::atomic<Answer> answer;
  std::uint32_t frame_count;
  Frame frames[ThreadStack::kMaxFrames];
};
constinit Slot slots[CrashRecord::kMaxThreads]{};
static_assert(std::atomic<Answer>::is_always_lock_free);

int chosen_signal = 0;

// Not inlined: the caller changes where errno is.
[[gnu::noinline]] void answer(const siginfo_t* info, void* interrupted) noexcept {
  if (info->si_code != SI_TKILL || info->si_pid != ::getpid()) return;
  const int saved_errno = errno;
  const int thread_id = ::gettid();
  for (Slot& slot : slots) {
    if (slot.thread_id.load(std::memory_order_acquire) != thread_id) continue;
    Answer expected = Answer::none;
    if (!slot.answer.compare_exchange_strong(expected, Answer::under_way)) continue;
    slot.frame_count = capture_first_frames(*static_cast<ucontext_t*>(interrupted), slot.frames,
                                            ThreadStack::kMaxFrames);
    slot.answer.store(Answer::given, std::memory_order_release);
    note_progress();
    break;
  }
  errno = saved_errno;
}

__attribute__((no_stack_protector)) void on_thread_signal(int, siginfo_t* info,
                                                          void* interrupted) noexcept {
  const OwnThreadPointer own;
  answer(info, interrupted);
}

// Stays installed: a late signal must find it even if the program survives its crash.
bool install_thread_signal() noexcept {
  struct sigaction present {};
  if (chosen_signal == 0 || set_action(chosen_signal, nullptr, &present) != 0) return false;
  const bool has_info = (present.sa_flags & SA_SIGINFO) != 0;
  if (has_info && present.sa_sigaction == on_thread_signal) return true;
  if (has_info || present.sa_handler != SIG_DFL) return false;  // the program uses it by now
  struct sigaction action {};
  action.sa_sigaction = on_thread_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  action.sa_mask = handler_mask();
  return set_action(chosen_signal, &action, nullptr) == 0;
}

void list_thread(void* context, int thread_id) noexcept {
  CrashRecord& record = *static_cast<CrashRecord*>(context);
  if (thread_id == record.thread_id) return;
  if (record.thread_count == CrashRecord::kMaxThreads) {
    record.threads_left_out = record.threads_left_out + 1;
    return;
  }
  ThreadStack& thread = record.threads[record.thread_count];
  std::memset(static_cast<void*>(&thread), 0, offsetof(ThreadStack, frames));
  thread.thread_id = thread_id;
  record.thread_count = record.thread_count + 1;
}

// Of a file in the thread's directory of /proc.
std::string_view read_of_thread(int thread_id, std::string_view name, char* text,
                                std::size_t size) noexcept {
  base::PathText path;
  path.add("/proc/self/task/").add_number(thread_id).add("/").add(name);
  return base::read_small_file(path.c_str(), text, size);
}

void read_name(ThreadStack& thread) noexcept {
  char text[32];
  std::string_view name = read_of_thread(thread.thread_id, "comm", text, sizeof text);
  if (!name.empty() && name.back() == '\n') name.remove_suffix(1);
  base::TextBuffer{thread.name}.untrusted(name);
}

// What the question's signal is to a thread.
struct ThreadSignals {
  bool is_alive;
  bool is_blocked;
  bool is_pending;
};

ThreadSignals look_at_signals(int thread_id) noexcept {
  char text[2048];
  const std::string_view status = read_of_thread(thread_id, "status", text, sizeof text);
  return {!status.empty(), base::is_signal_in("SigBlk:", status, chosen_signal),
          base::is_signal_in("SigPnd:", status, chosen_signal)};
}

// sigwait() and its relatives take a signal that would not reach the thread otherwise: while they
// wait, the kernel does not count the signals that they wait for as blocked.
bool is_in_sigwait(int thread_id) noexcept {
  char text[128];
  return base::parse_system_call(read_of_thread(thread_id, "syscall", text, sizeof text)) ==
         SYS_rt_sigtimedwait;
}

// Threads that block the signal are not asked: a common habit is one thread that waits for all
// signals, and takes this one for one of the program's.
void ask(std::uint32_t index, int thread_id) noexcept {
  Slot& slot = slots[index];
  if (look_at_signals(thread_id).is_blocked || is_in_sigwait(thread_id)) {
    slot.thread_id.store(0, std::memory_order_relaxed);
    return;
  }
  // A thread of an earlier crash may still be writing into it.
  if (slot.answer.load(std::memory_order_acquire) == Answer::under_way) {
    slot.thread_id.store(0, std::memory_order_relaxed);
    return;
  }
  slot.answer.store(Answer::none, std::memory_order_relaxed);
  slot.thread_id.store(thread_id, std::memory_order_release);
  const bool is_asked = ::syscall(SYS_tgkill, ::getpid(), thread_id, chosen_signal) == 0;
  if (!is_asked) slot.thread_id.store(0, std::memory_order_relaxed);
}

bool is_waited_for(const Slot& slot) noexcept {
  const Answer answer = slot.answer.load(std::memory_order_acquire);
  return slot.thread_id.load(std::memory_order_relaxed) != 0 &&
         (answer == Answer::none || answer == Answer::under_way);
}

bool all_have_answered(const CrashRecord& record) noexcept {
  for (std::uint32_t i = 0; i < record.thread_count; ++i) {
    if (is_waited_for(slots[i])) return false;
  }
  return true;
}

// Threads that have the signal blocked and pending, or are gone. One that has it blocked and not
// pending has just begun to answer.
void give_up_on_the_unreachable(const CrashRecord& record) noexcept {
  for (std::uint32_t i = 0; i < record.thread_count; ++i) {
    if (!is_waited_for(slots[i])) continue;
    const ThreadSignals signals = look_at_signals(record.threads[i].thread_id);
    if (signals.is_alive && !(signals.is_blocked && signals.is_pending)) continue;
    Answer expected = Answer::none;
    slots[i].answer.compare_exchange_strong(expected, Answer::unwanted);
  }
}

void pause_briefly() noexcept {
  constexpr std::int64_t kNanoseconds = 100'000;
  const timespec pause{0, kNanoseconds};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
}

void wait_for_answers(const CrashRecord& record, std::int64_t patience_ns) noexcept {
  constexpr std::int64_t kUsualWait = 2 * base::kNanosecondsPerMillisecond;
  constexpr std::int64_t kLongestWait = 2'000 * base::kNanosecondsPerMillisecond;
  const std::int64_t start = base::monotonic_nanoseconds();
  Standstill standstill;
  bool has_looked = false;
  while (!all_have_answered(record)) {
    const std::int64_t waited = base::monotonic_nanoseconds() - start;
    if (standstill.lasts(patience_ns) || waited > kLongestWait) return;
    if (!has_looked && waited > kUsualWait) {
      has_looked = true;
      give_up_on_the_unreachable(record);
    }
    pause_briefly();
  }
}

void take_answer(Slot& slot, ThreadStack& thread) noexcept {
  Answer expected = Answer::none;
  slot.answer.compare_exchange_strong(expected, Answer::unwanted);
  if (slot.thread_id.load(std::memory_order_relaxed) != thread.thread_id ||
      slot.answer.load(std::memory_order_acquire) != Answer::given) {
    return;
  }
  std::memcpy(static_cast<void*>(thread.frames), slot.frames, slot.frame_count * sizeof(Frame));
  thread.frame_count = slot.frame_count;
  thread.has_answered = true;
}

}  // namespace

void choose_thread_signal() noexcept {
  chosen_signal = 0;
  for (int signal = SIGRTMAX - 3; signal >= SIGRTMIN; --signal) {
    struct sigaction present {};
    if (set_action(signal, nullptr, &present) != 0) continue;
    const bool has_info = (present.sa_flags & SA_SIGINFO) != 0;
    const bool is_ours = has_info && present.sa_sigaction == on_thread_signal;
    if (is_ours || (!has_info && present.sa_handler == SIG_DFL)) {
      chosen_signal = signal;
      return;
    }
  }
}

int thread_signal() noexcept { return chosen_signal; }

void capture_other_threads(CrashRecord& record, std::int64_t patience_ns) noexcept {
  char scratch[1024];
  if (!base::for_each_number("/proc/self/task", scratch, sizeof scratch, list_thread, &record))
    return;
  if (record.thread_count == 0) return;
  const bool can_ask = install_thread_signal();
  for (std::uint32_t i = 0; i < record.thread_count; ++i) {
    if (can_ask) ask(i, record.threads[i].thread_id);
  }
  for (std::uint32_t i = 0; i < record.thread_count; ++i) read_name(record.threads[i]);
  if (!can_ask) return;
  wait_for_answers(record, patience_ns);
  for (std::uint32_t i = 0; i < record.thread_count; ++i) take_answer(slots[i], record.threads[i]);
}

}  // namespace dblog::crash
