// Context: crash time, except expect_crashes() (any).
#include "handlers/expected_crash.hpp"

#include <atomic>

namespace dblog::crash {
namespace {

std::atomic<bool (*)() noexcept> question{nullptr};

}  // namespace

void expect_crashes(bool (*are_expected)() noexcept) noexcept {
  question.store(are_expected, std::memory_order_release);
}

bool let_go_if_expected(CrashGate& gate) noexcept {
  bool (*const are_expected)() noexcept = question.load(std::memory_order_acquire);
  if (are_expected == nullptr) return false;
  volatile bool is_expected = false;  // a step may be left by a jump
  gate.run_untimed([&] { is_expected = are_expected(); });
  if (is_expected) gate.reopen();
  return is_expected;
}

}  // namespace dblog::crash
