#include "tools/dblog/alert_teller.hpp"

#include <utility>

#include "src/report/message_text.hpp"
#include "src/store/reader.hpp"

namespace dblog::tool {
namespace {

void tell(const std::filesystem::path& database, outbox::ToldAlert& alert) {
  auto reader = store::Reader::open(database);
  if (!reader) return;
  const auto details = reader->core({alert.source_table, alert.source_id});
  if (!details) return;
  const report::MessageText stored{std::move(alert.subject), std::move(alert.body)};
  report::MessageText told = report::told_in_full(stored, *details, database.native());
  alert.subject = std::move(told.subject);
  alert.body = std::move(told.body);
}

}  // namespace

outbox::Teller make_alert_teller(const std::filesystem::path& database) {
  return [database](outbox::ToldAlert& alert) { tell(database, alert); };
}

}  // namespace dblog::tool
