// What a program does for its database's size between pushes.
#include "src/retention/maintenance.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/rows.hpp"
#include "tests/unit/retention/prune_scene.hpp"

namespace {

using dblog::config::Retention;
using dblog::test::TemporaryDirectory;

// The largest size that the file had.
std::uintmax_t push(dblog::store::Store& store, const Retention& limits, int rows,
                    std::size_t size) {
  std::uintmax_t largest = 0;
  for (int i = 0; i < rows; ++i) {
    REQUIRE(store.append(dblog::test::event_row("chatter", std::string(size, 'x'))));
    if (dblog::retention::is_maintenance_due(store)) {
      dblog::retention::maintain(store, [&] { return limits; });
    }
    largest = std::max(largest, std::filesystem::file_size(store.path()));
  }
  return largest;
}

Retention limit_of(const char* megabytes) {
  Retention limits;
  limits.megabytes = *dblog::config::parse_table_limits(megabytes);
  return limits;
}

}  // namespace

TEST_CASE("maintenance: the file stays near its limit also with long messages") {
  for (const std::size_t size : {300UL, 10'000UL, 30'000UL, 200'000UL}) {
    INFO(size);
    const TemporaryDirectory directory;
    auto& store = dblog::test::store_at(directory / "LOGS.db");
    const auto rows = static_cast<int>(16'000'000 / size);
    // Without maintenance 16 MB; how near it stays depends on how fast the machine is.
    const std::uintmax_t most = size == 300 ? 6'000'000 : 10'000'000;
    CHECK(push(store, limit_of("4"), std::min(rows, 10'000), size) < most);
  }
}

TEST_CASE("maintenance: a long row counts as much as many short ones") {
  const TemporaryDirectory directory;
  auto& store = dblog::test::store_at(directory / "LOGS.db");
  push(store, limit_of("4"), 1, 10);
  CHECK_FALSE(dblog::retention::is_maintenance_due(store));
  REQUIRE(store.append(dblog::test::event_row("chatter", std::string(1'100'000, 'x'))));
  CHECK(dblog::retention::is_maintenance_due(store));
}
