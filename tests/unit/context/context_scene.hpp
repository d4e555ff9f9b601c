// What a context holds, read as events and crashes read it.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "handlers/record/context_values.hpp"
#include "src/base/field_bytes.hpp"

namespace dblog::test {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

inline std::string text_of(const base::FieldView& field) {
  switch (field.type) {
    case base::FieldType::integer:
      return std::to_string(field.integer);
    case base::FieldType::real:
      return std::to_string(field.real);
    case base::FieldType::boolean:
      return field.boolean ? "true" : "false";
    default:
      return std::string(field.text);
  }
}

inline NamedTexts fields_in(std::string_view bytes) {
  NamedTexts found;
  base::FieldReader reader{bytes};
  for (base::FieldView field; reader.next(field);) {
    found.emplace_back(field.name, text_of(field));
  }
  return found;
}

/// Of the calling thread, the innermost scope first, then of the process.
inline NamedTexts context_now() {
  std::array<char, crash::kMaxContext> bytes;
  return fields_in({bytes.data(), crash::copy_context(bytes.data(), bytes.size())});
}

}  // namespace dblog::test
