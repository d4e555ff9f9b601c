// dblog recover.
#include "tools/dblog/recover.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/recovery/recovery.hpp"
#include "src/sqlite/read_connection.hpp"
#include "tools/dblog/complete_crashes.hpp"
#include "tools/dblog/database_owner.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/scrub_settings.hpp"
#include "tools/dblog/service_ends.hpp"

namespace dblog::tool {
namespace {

std::vector<std::string> texts_of(const std::vector<base::Error>& errors) {
  std::vector<std::string> texts;
  texts.reserve(errors.size());
  for (const base::Error& error : errors) texts.push_back(error.text());
  return texts;
}

std::string outcome_json(const recovery::RecoveryOutcome& outcome) {
  const nlohmann::ordered_json json = {
      {"crashes", outcome.crashes},
      {"killed", outcome.killed},
      {"ended", outcome.ended},
      {"events", outcome.events},
      {"forgotten", outcome.forgotten},
      {"left", outcome.left},
      {"being_imported", outcome.being_imported},
      {"deleted", outcome.deleted},
      {"refused", texts_of(outcome.refused)},
      {"failed", texts_of(outcome.failed)},
  };
  return json.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + '\n';
}

std::string plain_text(const recovery::RecoveryOutcome& outcome) {
  std::string text = "crashes: " + std::to_string(outcome.crashes) +
                     ", killed processes: " + std::to_string(outcome.killed) + '\n';
  if (outcome.ended > 0) {
    text += "ended without a mark: " + std::to_string(outcome.ended) + '\n';
  }
  if (outcome.events > 0) text += "queued events: " + std::to_string(outcome.events) + '\n';
  for (const std::string& refused : texts_of(outcome.refused)) {
    text += "refused: " + escape_line(refused) + '\n';
  }
  for (const std::string& failed : texts_of(outcome.failed)) {
    text += "not recovered: " + escape_line(failed) + '\n';
  }
  if (outcome.deleted > 0) text += recovery::deleted_text(outcome.deleted) + '\n';
  if (outcome.being_imported > 0) {
    text += std::to_string(outcome.being_imported) +
            (outcome.being_imported == 1 ? " is" : " are") +
            " in use by another process, or being imported just now\n";
  }
  if (outcome.left > 0) {
    text += std::to_string(outcome.left) + " left for lack of time; run dblog recover again\n";
  }
  return text;
}

// The crash connection has no words for what to do.
base::Error with_advice(const base::Error& error, const std::filesystem::path& database) {
  const auto readable = sqlite::ReadConnection::open(database);
  if (readable || readable.error().code != base::ErrorCode::not_a_database) return error;
  return {base::ErrorCode::not_a_database, database.string(),
          readable.error().why + "; once it is moved away, recover makes a new one"};
}

}  // namespace

Outcome recover(const std::filesystem::path& named, const RecoverOptions& options) {
  constexpr std::chrono::minutes kLimit{1};
  const auto database = act_as_owner(named);
  if (!database) return open_failure(database.error());
  const std::string notice = use_scrub_settings(options.env_file, *database);
  const auto outcome = recovery::open_and_recover(*database, kLimit, ends_of_services());
  if (!outcome) return open_failure(with_advice(outcome.error(), *database));
  const SymbolSettings settings = load_symbol_settings(options.env_file);
  if (outcome->crashes + outcome->killed + outcome->ended > 0) {
    complete_crashes(*database, {}, settings);
  }
  const bool is_complete =
      outcome->refused.empty() && outcome->failed.empty() && outcome->left == 0;
  return with_notice(
      notice, {is_complete ? ExitCode::done : ExitCode::not_everything,
               options.json ? outcome_json(*outcome) : plain_text(*outcome), settings.problem});
}

}  // namespace dblog::tool
