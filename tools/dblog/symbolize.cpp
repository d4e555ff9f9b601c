// dblog symbolize.
#include "tools/dblog/symbolize.hpp"

#include <nlohmann/json.hpp>

#include "src/grouping/fingerprint_crashes.hpp"
#include "src/symbols/name_frames.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/escape_text.hpp"

namespace dblog::tool {
namespace {

symbols::Symbolizer make_symbolizer(const std::vector<std::string>& debug_directories) {
  symbols::SymbolizerOptions options;
  options.worker.debug_directories.assign(debug_directories.begin(), debug_directories.end());
  return symbols::Symbolizer{std::move(options)};
}

std::string json_text(const symbols::NamingOutcome& outcome, int lost_workers) {
  const nlohmann::ordered_json json = {
      {"crashes", outcome.crashes},
      {"stacks", outcome.stacks},
      {"named", outcome.named},
      {"without_name", outcome.without_name},
      {"unreadable_modules", lost_workers},
      {"left", outcome.left},
  };
  return json.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + '\n';
}

std::string plain_text(const symbols::NamingOutcome& outcome, int lost_workers) {
  std::string text = "crashes: " + std::to_string(outcome.crashes.size()) +
                     ", stacks of events: " + std::to_string(outcome.stacks.size()) +
                     ", frames named: " + std::to_string(outcome.named) +
                     ", without a name: " + std::to_string(outcome.without_name) + '\n';
  if (lost_workers > 0) {
    text += std::to_string(lost_workers) +
            " times a file could not be read: it is damaged, or takes too long\n";
  }
  if (outcome.left > 0) {
    text += std::to_string(outcome.left) + " left for lack of time; run dblog symbolize again\n";
  }
  return text;
}

}  // namespace

Outcome symbolize(const std::filesystem::path& database, const SymbolizeOptions& options) {
  symbols::NamingOptions naming;
  naming.retry = options.retry;
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure(reader.error());
  for (const std::string& text : options.ids) {
    const auto id = parse_entry_id(text);
    if (!id) {
      return usage_failure(text +
                           ": is not an ID: a crash is a number, an event TABLE/NUMBER, as 'dblog "
                           "list' prints them");
    }
    const auto details = reader->details(*id);
    if (!details) return query_failure(details.error());
    naming.targets.push_back({id->table, id->id});
  }
  symbols::Symbolizer symbolizer = make_symbolizer(options.debug_directories);
  const auto outcome = symbols::name_frames(database, symbolizer, naming);
  if (!outcome) return open_failure(outcome.error());
  (void)grouping::fingerprint_crashes(database, 1'000'000);
  const int lost = symbolizer.lost_workers();
  return {outcome->left == 0 ? ExitCode::done : ExitCode::not_everything,
          options.json ? json_text(*outcome, lost) : plain_text(*outcome, lost), ""};
}

}  // namespace dblog::tool
