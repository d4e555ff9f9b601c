#include "src/queue/event_record.hpp"

#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "src/base/field_bytes.hpp"
#include "src/event/event_facts.hpp"

namespace dblog::queue {
namespace {

using base::FieldType;
using base::FieldWriter;
using Size = std::uint16_t;

template <FieldType type>
using HeldAt = std::variant_alternative_t<static_cast<std::size_t>(type), FieldValue::Held>;
static_assert(std::is_same_v<HeldAt<FieldType::text>, std::string>);
static_assert(std::is_same_v<HeldAt<FieldType::integer>, std::int64_t>);
static_assert(std::is_same_v<HeldAt<FieldType::real>, double>);
static_assert(std::is_same_v<HeldAt<FieldType::boolean>, bool>);

bool write_field(FieldWriter& writer, const Field& field) noexcept {
  const FieldValue::Held& value = field.value.held();
  if (const auto* held = std::get_if<std::string>(&value)) return writer.text(field.name, *held);
  if (const auto* held = std::get_if<std::int64_t>(&value)) {
    return writer.integer(field.name, *held);
  }
  if (const auto* held = std::get_if<double>(&value)) return writer.real(field.name, *held);
  return writer.boolean(field.name, std::get<bool>(value));
}

}  // namespace

std::size_t write_record(std::string_view message, const PushOptions& options,
                         CopyContext copy_context, std::span<char> bytes) noexcept {
  const std::size_t start = message.size() + sizeof(std::uint8_t);
  if (bytes.size() < start + sizeof(Size)) return 0;
  if (!message.empty()) std::memcpy(bytes.data(), message.data(), message.size());
  bytes[message.size()] = static_cast<char>(options.severity);
  const std::size_t room = bytes.size() - start - sizeof(Size);
  FieldWriter writer{bytes.data() + start, room};
  for (const Field& field : options.fields) {
    if (!write_field(writer, field)) return 0;
  }
  for (const std::string& tag : options.tags) {
    if (!writer.tag(tag)) return 0;
  }
  const std::size_t of_context =
      copy_context(bytes.data() + start + writer.size(), room - writer.size());
  if (of_context > room - writer.size()) return 0;
  const std::size_t end = start + writer.size() + of_context;
  if (end - message.size() > std::numeric_limits<Size>::max()) return 0;
  const auto size = static_cast<Size>(end - message.size());
  std::memcpy(bytes.data() + end, &size, sizeof size);
  return end + sizeof size;
}

store::EventFactsRow take_facts(std::string_view& record) {
  event::FactsBuilder facts;
  Size size;
  if (record.size() < sizeof size) return std::move(facts).finish();
  const std::size_t end = record.size() - sizeof size;
  std::memcpy(&size, record.data() + end, sizeof size);
  if (size > end) return std::move(facts).finish();
  std::string_view bytes = record.substr(end - size, size);
  record = record.substr(0, end - size);
  if (bytes.empty()) return std::move(facts).finish();
  facts.set_severity(static_cast<Severity>(bytes.front()));
  bytes.remove_prefix(1);
  facts.add_fields(bytes);
  return std::move(facts).finish();
}

}  // namespace dblog::queue
