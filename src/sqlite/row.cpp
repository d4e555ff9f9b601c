// Look-ups in a row.
#include "src/sqlite/row.hpp"

#include <array>
#include <charconv>

namespace dblog::sqlite {
namespace {

template <typename Number>
std::string number_text(Number number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return std::string(text.data(), end);
}

}  // namespace

const Value* Row::find(std::string_view name) const noexcept {
  for (const Column& column : columns) {
    if (column.name == name) return &column.value;
  }
  return nullptr;
}

std::optional<std::string> Row::text(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* whole = std::get_if<std::int64_t>(value)) return number_text(*whole);
  if (const auto* real = std::get_if<double>(value)) return number_text(*real);
  if (const auto* bytes = std::get_if<std::string>(value); bytes != nullptr && !bytes->empty()) {
    return *bytes;
  }
  return std::nullopt;
}

std::optional<std::int64_t> Row::integer(std::string_view name) const noexcept {
  const Value* value = find(name);
  const auto* whole = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
  return whole == nullptr ? std::nullopt : std::optional(*whole);
}

std::optional<double> Row::number(std::string_view name) const noexcept {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* whole = std::get_if<std::int64_t>(value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(value)) return *real;
  return std::nullopt;
}

}  // namespace dblog::sqlite
