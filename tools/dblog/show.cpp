// dblog show.
#include "tools/dblog/show.hpp"

#include "src/reader/reader.hpp"
#include "tools/dblog/complete_crashes.hpp"
#include "tools/dblog/details_page.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/source_excerpt.hpp"
#include "tools/dblog/symbol_settings.hpp"
#include "tools/dblog/waiting_notice.hpp"

namespace dblog::tool {

Outcome show(const std::filesystem::path& database, const ShowOptions& options) {
  if (!may_be_entry_id(options.id)) return no_entry_id(options.id);
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure_beside_files(reader.error(), database);
  const auto id = find_entry_id(*reader, options.id);
  if (!id) return group_failure(id.error());
  const SymbolSettings settings = load_symbol_settings(options.env_file);
  complete_crashes(database, {*id}, settings);
  const auto details = reader->details(*id);
  if (!details) return query_failure(details.error());
  const PageOptions page{.is_colored = options.is_colored,
                         .is_full = options.full,
                         .sources = {may_name_sources(database), settings.path_map},
                         .now = options.now};
  return {ExitCode::done,
          options.json ? details_json(*details, page.sources) : details_page(*details, page),
          settings.problem};
}

}  // namespace dblog::tool
