// An event with facts as bytes of a queue file: the message, then the facts, then the facts' size
// (16 bits), so that the message stands where it stands without them. The facts are the severity (a
// byte), then for each field a byte that says its type (its number in FieldValue::Held), its name
// and its value, for each tag kTag and the tag. Texts have their size (16 bits) before them.
// Numbers are as this machine writes them. Used by the queue's route in, and by its readers, which
// bring the facts within their limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dblog/event_logger.hpp"
#include "src/store/rows.hpp"

namespace dblog::queue {

inline constexpr std::uint8_t kTag = 0xFF;

/// How many of `bytes` the record takes; 0 if they do not suffice.
[[nodiscard]] std::size_t write_record(std::string_view message, const PushOptions& options,
                                       std::span<char> bytes) noexcept;

/// The facts of a record of untrusted bytes, as far as they can be read. Leaves the message in
/// `record`; all of it if it does not end as a record does.
[[nodiscard]] store::EventFactsRow take_facts(std::string_view& record);

}  // namespace dblog::queue
