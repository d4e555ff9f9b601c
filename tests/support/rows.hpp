// Rows for tests of the store.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include "src/store/store.hpp"

namespace dblog::test {

inline store::EventRow event_row(std::string_view table, std::string message) {
  const auto name = sqlite::TableName::parse(table);
  if (!name) throw std::runtime_error(name.error().text());
  return {*name, std::move(message), "2026-01-31 12:00:00.000000", {}, {}};
}

inline store::Store& store_at(const std::filesystem::path& path, store::StoreOptions options = {}) {
  const auto found = store::Store::at(path, options);
  if (!found) throw std::runtime_error(found.error().text());
  return **found;
}

}  // namespace dblog::test
