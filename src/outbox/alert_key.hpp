// Which alerts are the same again: those that differ in numbers and addresses only.
// Called for every pending row, so it must be quick.
#pragma once

#include <string>
#include <string_view>

namespace dblog::outbox {

/// `text` with each number and address as '#': "order 17 failed after 20ms at 0x7f" becomes
/// "order # failed after #ms at #". A word in which letters and digits alternate, such as a hash
/// or a UUID, is no number: it may be all that tells two messages apart.
[[nodiscard]] std::string fold_numbers(std::string_view text);

struct Alert {
  std::string_view subject;
  std::string_view body;
  /// Of the crash that it is about: then that, and not the trace in the body, tells stacks apart.
  std::string_view crash_fingerprint;
};

/// 32 hexadecimal digits; the same for alerts that are the same again.
[[nodiscard]] std::string alert_key(const Alert& alert);

}  // namespace dblog::outbox
