// An event with facts as bytes of a queue file: the message, then the facts, then the facts' size
// (16 bits), so that the message stands where it stands without them. The facts are the severity (a
// byte), then fields and tags as src/base/field_bytes.hpp has them, those of the context last.
// Used by the queue's route in, and by its readers, which bring the facts within their limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dblog/event_logger.hpp"
#include "src/store/rows.hpp"

namespace dblog::queue {

/// Writes a context's fields and returns how many bytes they take, also if there is no room.
using CopyContext = std::size_t (*)(char* to, std::size_t capacity) noexcept;

/// How many of `bytes` the record takes; 0 if they do not suffice.
[[nodiscard]] std::size_t write_record(std::string_view message, const PushOptions& options,
                                       CopyContext copy_context, std::span<char> bytes) noexcept;

/// The facts of a record of untrusted bytes, as far as they can be read. Leaves the message in
/// `record`; all of it if it does not end as a record does.
[[nodiscard]] store::EventFactsRow take_facts(std::string_view& record);

}  // namespace dblog::queue
