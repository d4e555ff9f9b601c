// dblog symbolize.
#include "tools/dblog/symbolize.hpp"

#include <nlohmann/json.hpp>

#include "src/grouping/fingerprint_crashes.hpp"
#include "src/symbols/name_frames.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/group_moves.hpp"
#include "tools/dblog/symbol_settings.hpp"

namespace dblog::tool {
namespace {

std::string id_text(const std::string& build_id) { return build_id.empty() ? "none" : build_id; }

// "is of another build: its build id is ab12…, the program's cd34…".
std::string reason_text(const symbols::ModuleMisfit& each) {
  using symbols::MisfitReason;
  const std::string ids = "its build id is " + id_text(each.misfit.build_id) + ", wanted is " +
                          id_text(each.module.build_id);
  switch (each.misfit.reason) {
    case MisfitReason::other_build:
      return each.module.build_id.empty()
                 ? "there is no build id to compare, and it was changed after the crash"
                 : "of another build: " + ids;
    case MisfitReason::other_processor:
      return "for another kind of processor: " + ids;
    case MisfitReason::other_checksum:
      return "its checksum is not the one that .gnu_debuglink names: it is of another build";
    case MisfitReason::not_elf:
      return "no ELF program, library or debug file";
    case MisfitReason::not_a_file:
      return "no regular file, or empty, or larger than 16 GiB";
    case MisfitReason::unreadable:
      return "it may not be read by this user";
  }
  return "";
}

std::string misfits_text(const std::vector<symbols::ModuleMisfit>& misfits) {
  std::string text;
  for (const auto& each : misfits) {
    text += escape_line(each.misfit.path) + " does not fit " + escape_line(each.module.path) +
            ": " + escape_line(reason_text(each)) + '\n';
  }
  return text;
}

nlohmann::ordered_json misfits_json(const std::vector<symbols::ModuleMisfit>& misfits) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& each : misfits) {
    array.push_back(
        {{"file", each.misfit.path},
         {"reason", symbols::kMisfitWords[static_cast<std::size_t>(each.misfit.reason)]},
         {"build_id", each.misfit.build_id},
         {"module", each.module.path},
         {"module_build_id", each.module.build_id}});
  }
  return array;
}

std::string naming_json(const symbols::NamingOutcome& outcome,
                        const symbols::Symbolizer& symbolizer) {
  const nlohmann::ordered_json json = {
      {"crashes", outcome.crashes},
      {"stacks", outcome.stacks},
      {"named", outcome.named},
      {"without_name", outcome.without_name},
      {"unreadable_modules", symbolizer.lost_workers()},
      {"misfits", misfits_json(symbolizer.misfits())},
      {"left", outcome.left},
  };
  return json.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + '\n';
}

std::string plain_text(const symbols::NamingOutcome& outcome,
                       const symbols::Symbolizer& symbolizer) {
  std::string text = "crashes: " + std::to_string(outcome.crashes.size()) +
                     ", stacks of events: " + std::to_string(outcome.stacks.size()) +
                     ", frames named: " + std::to_string(outcome.named) +
                     ", without a name: " + std::to_string(outcome.without_name) + '\n';
  text += misfits_text(symbolizer.misfits());
  if (symbolizer.lost_workers() > 0) {
    text += std::to_string(symbolizer.lost_workers()) +
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
  // An ID or a directory is named for what has no names yet, looked for before or not.
  naming.retry = options.retry || !options.ids.empty() || !options.debug_directories.empty();
  naming.on_named = regroup_when_named();
  naming.on_progress = [&options](std::size_t done, std::size_t all) {
    options.show_progress("naming frames: stack " + std::to_string(done + 1) + " of " +
                          std::to_string(all));
  };
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure(reader.error());
  for (const std::string& text : options.ids) {
    if (!may_be_entry_id(text)) return no_entry_id(text);
    const auto id = find_entry_id(*reader, text);
    if (!id) return group_failure(id.error());
    const auto details = reader->details(*id);
    if (!details) return query_failure(details.error());
    naming.targets.push_back({id->table, id->id});
  }
  const SymbolSettings settings = load_symbol_settings(options.env_file, options.debug_directories);
  symbols::Symbolizer symbolizer = make_symbolizer(settings);
  const auto outcome = symbols::name_frames(database, symbolizer, naming);
  options.show_progress("");
  if (!outcome) return open_failure(outcome.error());
  (void)grouping::fingerprint_crashes(database, 1'000'000, move_conversations());
  return {outcome->left == 0 ? ExitCode::done : ExitCode::not_everything,
          options.json ? naming_json(*outcome, symbolizer) : plain_text(*outcome, symbolizer),
          settings.problem};
}

}  // namespace dblog::tool
