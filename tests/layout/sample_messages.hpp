// Messages as the outbox hands them to a channel, made by the code that makes real ones.
#pragma once

#include <string>
#include <vector>

#include "src/notify/sender.hpp"

namespace dblog::test {

struct SampleMessage {
  std::string name;  ///< Of its files in expected/.
  notify::Message message;
};

/// A crash, a handled error, a digest of one kind, one of two kinds, and an error whose every text
/// tries to act.
[[nodiscard]] std::vector<SampleMessage> sample_messages();

}  // namespace dblog::test
