// Context: handler only.
#include "handlers/signals/same_crash.hpp"

#include <cstring>

#include "handlers/unwind/registers.hpp"
#include "src/base/fnv1a.hpp"
#include "src/base/memory_probe.hpp"

namespace dblog::crash {
namespace {

// Copies may be of different versions: these stay as they are.
constexpr char kRecorded[] = "dblog: recorded";
static_assert(sizeof kRecorded == 16);
constexpr std::uint64_t kMark[2] = {0x64626C6F673A2074, 0x65726D696E617465};

}  // namespace

std::uint64_t mark_of(const siginfo_t& info, const ucontext_t& context) noexcept {
  base::Fnv1a mark;
  mark.add_word(static_cast<std::uint64_t>(info.si_signo));
  mark.add_word(reinterpret_cast<std::uintptr_t>(info.si_addr));
  for_each_register(context, [&mark](std::uint64_t value) { mark.add_word(value); });
  return mark.value();
}

// The kernel leaves this pointer of a signal's context empty, and does not look at it.
RecordedSignal::RecordedSignal(ucontext_t& context) noexcept
    : context_(context), before_(context.uc_link) {
  context.uc_link = reinterpret_cast<ucontext_t*>(const_cast<char*>(kRecorded));
}

bool is_recorded_by_another_copy(const ucontext_t& context) noexcept {
  const auto* text = reinterpret_cast<const char*>(context.uc_link);
  return text != nullptr && text != kRecorded && base::is_readable(text) &&
         base::is_readable(text + 8) && std::memcmp(text, kRecorded, sizeof kRecorded) == 0;
}

RecordedTerminate::RecordedTerminate() noexcept {
  mark_[0] = kMark[0];
  mark_[1] = kMark[1];
}

RecordedTerminate::~RecordedTerminate() { mark_[0] = 0; }

// The caller's frame is right above; what lies further up, main() or the thread's start, is longer
// than what is looked at.
[[gnu::no_sanitize_address]] bool is_terminate_of_another_copy(const void* frame) noexcept {
  constexpr std::size_t kWords = 512 / sizeof(std::uint64_t);
  const auto* words = static_cast<const volatile std::uint64_t*>(frame);
  for (std::size_t i = 0; i < kWords; ++i) {
    if (words[i] == kMark[0] && words[i + 1] == kMark[1]) return true;
  }
  return false;
}

int RepeatedFault::count(const siginfo_t& info, const ucontext_t& context) noexcept {
  const std::uint64_t mark = mark_of(info, context);
  count_ = mark != mark_ ? 0 : count_ < 2 ? count_ + 1 : count_;
  mark_ = mark;
  return count_;
}

}  // namespace dblog::crash
