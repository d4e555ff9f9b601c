// Which alerts are the same again: those that differ in numbers and addresses only.
// Called for every pending row, so it must be quick.
#pragma once

#include <string>
#include <string_view>

namespace dblog::outbox {

/// `text` with each number and address as '#': "order 17 failed after 20ms at 0x7f" becomes
/// "order # failed after #ms at #". A word in which letters and digits alternate, such as a hash
/// or a UUID, is no number: it may be all that tells two messages apart.
[[nodiscard]] std::string mask_numbers(std::string_view text);

/// What tells alerts apart, each as it stands in its column; empty where the alert has none.
struct AlertFields {
  std::string_view subject, body;  ///< The alert's own text.
  std::string_view program = {}, release = {}, host = {}, thread_name = {};
  /// Of the crash that it is about; until that has a fingerprint, the trace tells stacks apart.
  std::string_view crash_fingerprint = {};
  std::string_view stack_trace = {};
};

/// 32 hexadecimal digits; the same for alerts that are the same again.
[[nodiscard]] std::string alert_key(const AlertFields& alert);

}  // namespace dblog::outbox
