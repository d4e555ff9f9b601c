// dblog sql. sqlite3's own option -safe keeps a query from the commands of its shell that run
// programs and write files (sqlite.org/cli.html, "The --safe command-line option").
#include "tools/dblog/sql.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "src/run/inherited_signals.hpp"
#include "src/schema/views.hpp"
#include "src/sqlite/read_connection.hpp"
#include "src/sqlite/row_reading.hpp"
#include "tools/dblog/database_owner.hpp"
#include "tools/dblog/waiting_notice.hpp"

namespace dblog::tool {
namespace {

/// The views of ours that the database has, by name.
base::Result<std::vector<std::string>> views_of(sqlite::ReadConnection& connection) {
  return connection.read([](SQLite::Database& database) -> base::Result<std::vector<std::string>> {
    return sqlite::all_texts(database,
                             "SELECT name FROM sqlite_master WHERE type = 'view' AND instr(sql, '" +
                                 std::string(schema::kViewMark) + "') > 0 ORDER BY name");
  });
}

std::string banner(const std::vector<std::string>& views) {
  if (views.empty()) {
    return "no views: the database is older than they are; a program with this dblog makes them "
           "when it opens it. Tables: .tables";
  }
  std::string names;
  for (const std::string& view : views) names += (names.empty() ? "" : ", ") + view;
  return "for reading. Views: " + names + ". Columns: .schema; end: .quit";
}

std::vector<std::string> arguments_of(const std::filesystem::path& database,
                                      const SqlOptions& options) {
  std::vector<std::string> arguments{"sqlite3", "-readonly", "-header"};
  // A person at the shell may use all of it.
  const bool is_typed = options.query.empty() && options.is_input_terminal;
  if (!is_typed) arguments.emplace_back("-safe");
  arguments.emplace_back(options.json                 ? "-json"
                         : options.csv                ? "-csv"
                         : options.is_output_terminal ? "-box"
                                                      : "-list");
  arguments.push_back(database.string());
  // Behind a space it is no option of sqlite3.
  if (!options.query.empty()) {
    arguments.push_back((options.query.front() == '-' ? " " : "") + options.query);
  }
  return arguments;
}

Outcome become(const std::vector<std::string>& arguments) {
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  run::InheritedSignals::give_back();
  ::execvp(words.front(), words.data());
  if (errno == ENOENT) {
    return {ExitCode::program_not_found, "",
            "sqlite3 is not installed; the package sqlite3 of the distribution has it"};
  }
  return {ExitCode::program_not_run, "",
          "sqlite3 cannot be run: " + std::generic_category().message(errno)};
}

}  // namespace

Outcome sql(const std::filesystem::path& database, const SqlOptions& options) {
  std::vector<std::string> views;
  {
    auto connection = sqlite::ReadConnection::open(database);
    if (!connection) return open_failure_beside_files(connection.error(), database);
    auto found = views_of(*connection);
    if (!found) return query_failure(found.error());
    views = std::move(*found);
  }
  // SQLite may leave files beside a database that it reads: they are to be the owner's.
  const auto path = act_as_owner(database);
  if (!path) return open_failure(path.error());
  if (options.query.empty() && options.is_input_terminal) options.say_beside(banner(views));
  return become(arguments_of(std::filesystem::absolute(*path), options));
}

}  // namespace dblog::tool
