#include "tools/dblog/complete_crashes.hpp"

#include "src/grouping/fingerprint_crashes.hpp"
#include "src/symbols/name_frames.hpp"

namespace dblog::tool {

void complete_crashes(const std::filesystem::path& database, const std::vector<store::EntryId>& ids,
                      std::chrono::milliseconds limit) {
  symbols::NamingOptions naming;
  naming.limit = 100;
  naming.time_limit = limit;
  naming.upgrade = false;
  naming.only_new = true;
  for (const store::EntryId& id : ids) naming.targets.push_back({id.table, id.id});
  symbols::Symbolizer symbolizer{{}};
  (void)symbols::name_frames(database, symbolizer, naming);
  (void)grouping::fingerprint_crashes(database, 1'000'000);
}

}  // namespace dblog::tool
