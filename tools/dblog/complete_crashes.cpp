#include "tools/dblog/complete_crashes.hpp"

#include "src/grouping/fingerprint_crashes.hpp"
#include "src/grouping/scrub_crashes.hpp"
#include "src/symbols/name_frames.hpp"
#include "tools/dblog/group_moves.hpp"

namespace dblog::tool {

std::optional<base::Error> complete_crashes(const std::filesystem::path& database,
                                            const std::vector<reader::EntryId>& ids,
                                            const SymbolSettings& settings,
                                            std::chrono::milliseconds limit) {
  // Those that get no fingerprint now. What is shown and sent is scrubbed anyway.
  (void)grouping::scrub_crashes(database);
  symbols::NamingOptions naming;
  naming.limit = 100;
  naming.time_limit = limit;
  naming.upgrade = false;
  naming.only_new = true;
  naming.on_named = regroup_when_named();
  for (const reader::EntryId& id : ids) naming.targets.push_back({id.table, id.id});
  symbols::Symbolizer symbolizer = make_symbolizer(settings);
  const auto named = symbols::name_frames(database, symbolizer, naming);
  const auto grouped = grouping::fingerprint_crashes(database, 1'000'000, move_conversations());
  if (!named) return named.error();
  if (!grouped) return grouped.error();
  return std::nullopt;
}

}  // namespace dblog::tool
