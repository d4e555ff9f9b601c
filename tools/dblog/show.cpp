// dblog show.
#include "tools/dblog/show.hpp"

#include "src/reader/reader.hpp"
#include "tools/dblog/complete_crashes.hpp"
#include "tools/dblog/details_page.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/source_excerpt.hpp"
#include "tools/dblog/waiting_notice.hpp"

namespace dblog::tool {

Outcome show(const std::filesystem::path& database, const ShowOptions& options) {
  const auto id = parse_entry_id(options.id);
  if (!id) {
    return usage_failure(options.id +
                         ": is not an ID: a crash is a number, an event TABLE/NUMBER, as 'dblog "
                         "list' prints them");
  }
  complete_crashes(database, {*id});
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure_beside_files(reader.error(), database);
  const auto details = reader->details(*id);
  if (!details) return query_failure(details.error());
  const PageOptions page{options.is_colored, options.full, may_name_sources(database)};
  return {ExitCode::done,
          options.json ? details_json(*details, page.with_source) : details_page(*details, page),
          ""};
}

}  // namespace dblog::tool
