// The process of a row, and its environment.
#include "src/outbox/environment_choice.hpp"

#include <algorithm>

#include "src/base/ascii.hpp"

namespace dblog::outbox {
namespace {

constexpr const char* kEnvironment =
    "SELECT environment FROM dblog_processes WHERE id = CASE WHEN ?1 = 'crashes' THEN "
    "(SELECT process_id FROM crashes WHERE id = ?2) ELSE coalesce("
    "(SELECT process_id FROM event_stacks WHERE source_table = ?1 AND source_id = ?2), "
    "(SELECT CASE WHEN coalesce(last_id, ?2) >= ?2 THEN process_id END FROM dblog_event_runs WHERE "
    "source_table = ?1 AND first_id <= ?2 ORDER BY first_id DESC LIMIT 1)) END AND "
    "environment <> ''";

}  // namespace

EnvironmentChoice::EnvironmentChoice(SQLite::Database& database,
                                     const std::vector<std::string>& environments)
    : environments_(environments) {
  if (!environments.empty()) environment_of_.emplace(database, kEnvironment);
}

bool EnvironmentChoice::leaves_out(std::string_view source_table, std::int64_t source_id) {
  if (!environment_of_) return false;
  environment_of_->reset();
  environment_of_->bind(1, std::string{source_table});
  environment_of_->bind(2, source_id);
  if (!environment_of_->executeStep()) return false;
  const std::string known = environment_of_->getColumn(0).getString();
  return std::none_of(environments_.begin(), environments_.end(), [&](const std::string& chosen) {
    return base::is_same_ignoring_case(chosen, known);
  });
}

}  // namespace dblog::outbox
