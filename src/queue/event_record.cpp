#include "src/queue/event_record.hpp"

#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "src/event/event_facts.hpp"

namespace dblog::queue {
namespace {

using Size = std::uint16_t;

constexpr std::uint8_t kText = 0, kInteger = 1, kReal = 2, kBoolean = 3;
static_assert(std::is_same_v<std::variant_alternative_t<kText, FieldValue::Held>, std::string>);
static_assert(std::is_same_v<std::variant_alternative_t<kInteger, FieldValue::Held>, std::int64_t>);
static_assert(std::is_same_v<std::variant_alternative_t<kReal, FieldValue::Held>, double>);
static_assert(std::is_same_v<std::variant_alternative_t<kBoolean, FieldValue::Held>, bool>);

class Writer {
 public:
  explicit Writer(std::span<char> bytes) noexcept : bytes_(bytes) {}

  void append(std::string_view text) noexcept {
    if (text.size() > bytes_.size() - size_) fits_ = false;
    if (!fits_ || text.empty()) return;
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }

  template <typename Number>
  requires(std::is_arithmetic_v<Number>) void number(Number number) noexcept {
    append({reinterpret_cast<const char*>(&number), sizeof number});
  }

  void text(std::string_view text) noexcept {
    if (text.size() > std::numeric_limits<Size>::max()) fits_ = false;
    number(static_cast<Size>(text.size()));
    append(text);
  }

  void field(const Field& field) noexcept {
    const FieldValue::Held& value = field.value.held();
    number(static_cast<std::uint8_t>(value.index()));
    text(field.name);
    if (const auto* held = std::get_if<std::string>(&value)) text(*held);
    if (const auto* held = std::get_if<std::int64_t>(&value)) number(*held);
    if (const auto* held = std::get_if<double>(&value)) number(*held);
    if (const auto* held = std::get_if<bool>(&value)) number(std::uint8_t{*held});
  }

  [[nodiscard]] std::size_t size() const noexcept { return fits_ ? size_ : 0; }

 private:
  std::span<char> bytes_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool is_at_end() const noexcept { return bytes_.empty(); }

  template <typename Number>
  std::optional<Number> number() noexcept {
    Number number;
    if (bytes_.size() < sizeof number) return std::nullopt;
    std::memcpy(&number, bytes_.data(), sizeof number);
    bytes_.remove_prefix(sizeof number);
    return number;
  }

  std::optional<std::string_view> text() noexcept {
    const auto size = number<Size>();
    if (!size || *size > bytes_.size()) return std::nullopt;
    const std::string_view text = bytes_.substr(0, *size);
    bytes_.remove_prefix(*size);
    return text;
  }

 private:
  std::string_view bytes_;
};

template <typename Value>
bool add(event::FactsBuilder& facts, std::string_view name, const std::optional<Value>& value) {
  if (value) facts.add_field(name, FieldValue::Held{*value});
  return value.has_value();
}

// False where there is no more that can be read.
bool take_one(Reader& reader, event::FactsBuilder& facts) {
  const auto type = reader.number<std::uint8_t>();
  const auto name = reader.text();
  if (!type || !name) return false;
  switch (*type) {
    case kTag:
      facts.add_tag(*name);
      return true;
    case kText: {
      const auto text = reader.text();
      if (text) facts.add_field(*name, *text);
      return text.has_value();
    }
    case kInteger:
      return add(facts, *name, reader.number<std::int64_t>());
    case kReal:
      return add(facts, *name, reader.number<double>());
    case kBoolean: {
      const auto byte = reader.number<std::uint8_t>();
      return add(facts, *name, byte ? std::optional(*byte != 0) : std::nullopt);
    }
    default:
      return false;
  }
}

}  // namespace

std::size_t write_record(std::string_view message, const PushOptions& options,
                         std::span<char> bytes) noexcept {
  Writer writer{bytes};
  writer.append(message);
  writer.number(static_cast<std::uint8_t>(options.severity));
  for (const Field& field : options.fields) {
    writer.field(field);
    if (writer.size() == 0) return 0;
  }
  for (const std::string& tag : options.tags) {
    writer.number(kTag);
    writer.text(tag);
    if (writer.size() == 0) return 0;
  }
  writer.number(static_cast<Size>(writer.size() - message.size()));
  return writer.size();
}

store::EventFactsRow take_facts(std::string_view& record) {
  event::FactsBuilder facts;
  Size size;
  if (record.size() < sizeof size) return std::move(facts).finish();
  const std::size_t end = record.size() - sizeof size;
  std::memcpy(&size, record.data() + end, sizeof size);
  if (size > end) return std::move(facts).finish();
  Reader reader{record.substr(end - size, size)};
  record = record.substr(0, end - size);
  if (const auto severity = reader.number<std::uint8_t>()) {
    facts.set_severity(static_cast<Severity>(*severity));
  }
  while (!reader.is_at_end() && take_one(reader, facts)) {
  }
  return std::move(facts).finish();
}

}  // namespace dblog::queue
