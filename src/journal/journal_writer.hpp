// Entries for systemd-journald, through libsystemd (sd_journal_sendv(3)), which is opened when it
// is needed: the tool runs where there is no systemd.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "src/base/descriptor.hpp"
#include "src/base/result.hpp"

struct iovec;

namespace dblog::journal {

/// Threads: one at a time.
class JournalWriter {
 public:
  /// Fails where libsystemd.so.0 is not installed, or no journald is there.
  static base::Result<JournalWriter> open();

  /// Returns when journald has the entry in its socket. Fails if journald does not read for so
  /// long, or is gone: libsystemd alone would wait without end, or lose the entry and be content.
  std::optional<base::Error> write(const std::vector<std::string>& fields,
                                   std::chrono::milliseconds limit);

 private:
  using Send = int (*)(const iovec* fields, int count);
  JournalWriter(base::Descriptor socket, Send send) : socket_(std::move(socket)), send_(send) {}

  base::Descriptor socket_;  // says whether journald reads; nothing is written to it
  Send send_;
};

}  // namespace dblog::journal
