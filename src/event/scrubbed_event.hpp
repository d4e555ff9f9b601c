// Events and contexts without what the rules in force name (src/scrub).
// Threads: any.
#pragma once

#include <cstddef>

#include "dblog/event_logger.hpp"
#include "src/scrub/rules.hpp"

namespace dblog::event {

/// The options with their fields and tags scrubbed; a field with a secret name becomes a text.
[[nodiscard]] PushOptions scrubbed_options(const scrub::Rules& rules, const PushOptions& options);

/// crash::copy_context(), scrubbed: what it returns, which is more than `capacity` if that does not
/// suffice: scrubbing may make a context longer than crash::kMaxContext. Nothing without memory for
/// it.
std::size_t copy_scrubbed_context(char* to, std::size_t capacity) noexcept;

}  // namespace dblog::event
