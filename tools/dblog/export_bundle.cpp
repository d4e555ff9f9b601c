// dblog export bundle.
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "dblog/version.hpp"
#include "src/reader/reader.hpp"
#include "tools/dblog/complete_crashes.hpp"
#include "tools/dblog/counted_text.hpp"
#include "tools/dblog/details_page.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/export.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/symbol_settings.hpp"
#include "tools/dblog/waiting_notice.hpp"
#include "tools/dblog/whole_file.hpp"

namespace dblog::tool {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kAdvice =
    "Home directories are ~; host name, messages sent and source lines are left out. Look through "
    "both files before you send them: the program's own texts may say more than that.";

bool ends_name(char c) {
  return std::string_view{"/ \t\r\n\"'`:;,()<>[]{}|\\"}.find(c) != std::string_view::npos;
}

// "/home/anna/src" becomes "~/src", "/homepage" stays. `directory`: with the name that follows it
// if it ends in a slash.
void replace_home(std::string& text, const std::string& directory) {
  const bool has_name = directory.ends_with('/');
  for (std::size_t at = 0; (at = text.find(directory, at)) != std::string::npos; ++at) {
    std::size_t end = at + directory.size();
    while (has_name && end < text.size() && !ends_name(text[end])) ++end;
    const bool is_begin = at == 0 || ends_name(text[at - 1]) || text[at - 1] == '=';
    const bool is_end = end == text.size() || ends_name(text[end]);
    if (is_begin && is_end && end > at + directory.size() - (has_name ? 0 : 1)) {
      text.replace(at, end - at, "~");
    }
  }
}

void replace_homes(std::string& text) {
  static const std::string own = [] {
    const passwd* const user = ::getpwuid(::getuid());
    return std::string{user != nullptr ? user->pw_dir : ""};
  }();
  if (own.starts_with('/') && own.size() > 1 && !own.ends_with('/')) replace_home(text, own);
  replace_home(text, "/home/");
  replace_home(text, "/root");
}

void replace_homes_in(Json& json) {
  if (json.is_structured()) {
    for (Json& part : json) replace_homes_in(part);
  } else if (json.is_string()) {
    replace_homes(json.get_ref<std::string&>());
  }
}

void remove_host(sqlite::Row& row) {
  std::erase_if(row.columns, [](const sqlite::Column& column) { return column.name == "host"; });
}

// Longer than any in the text.
std::string fence_for(std::string_view text) {
  std::size_t longest = 2, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return std::string(longest + 1, '`');
}

std::string markdown(const reader::Details& details) {
  std::string page = details_page(details, {.is_full = true, .sources = {}, .is_for_others = true});
  replace_homes(page);
  const std::string fence = fence_for(page);
  return std::string(details.entry.is_crash ? "# Crash report\n\n" : "# Error report\n\n") +
         "Made by dblog " + version() + ".\n\n" + fence + '\n' + page + fence + '\n';
}

std::string json(const reader::Details& details) {
  Json object = Json::parse(details_json(details, {}));
  replace_homes_in(object);
  return object.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

std::string contents_text(const reader::Details& details) {
  std::vector<std::string> parts = {"message"};
  const auto add = [&parts](std::size_t count, const char* what) {
    if (count > 0) parts.push_back(counted(static_cast<std::int64_t>(count), what));
  };
  add(details.frames.size(), "frame");
  if (details.stacks) {
    add(details.stacks->pushed.frames.size() + details.stacks->thrown.frames.size(), "frame");
  }
  add(details.registers.size(), "register");
  add(details.breadcrumbs.size(), "breadcrumb");
  add(details.context.size() + (details.entry.facts ? details.entry.facts->fields.size() : 0),
      "field");
  add(details.entry.facts ? details.entry.facts->tags.size() : 0, "tag");
  if (details.note) parts.emplace_back("note");
  if (details.hardware) parts.emplace_back("hardware");
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

Outcome failure(const fs::path& directory, int number) {
  return {ExitCode::not_everything, "",
          directory.string() + ": " + std::generic_category().message(number)};
}

struct File {
  const char* name;
  std::string text;
};

/// All files, in a directory that is there whole or not at all.
std::optional<Outcome> write_directory(const fs::path& directory, const std::vector<File>& files) {
  std::string temporary = directory.string() + ".XXXXXX";
  if (::mkdtemp(temporary.data()) == nullptr) return failure(directory, errno);  // 0700
  std::optional<Outcome> outcome;
  for (const File& file : files) {
    const auto error = write_whole_file(fs::path{temporary} / file.name, file.text, Existing::keep);
    if (error && !outcome) outcome = Outcome{ExitCode::not_everything, "", error->text()};
  }
  if (!outcome && ::rename(temporary.c_str(), directory.c_str()) != 0) {
    outcome = failure(directory, errno);
  }
  std::error_code gone;
  if (outcome) fs::remove_all(temporary, gone);
  return outcome;
}

Outcome written(const fs::path& directory, const std::vector<File>& files,
                const reader::Details& details, bool is_json) {
  if (is_json) {
    Json sizes = Json::object();
    for (const File& file : files) sizes[file.name] = file.text.size();
    const Json object = {{"directory", directory.string()}, {"files", std::move(sizes)}};
    return {ExitCode::done, object.dump(2, ' ', true, Json::error_handler_t::replace) + '\n', ""};
  }
  std::string text;
  for (const File& file : files) {
    text += escape_line((directory / file.name).string()) + ": " +
            counted(static_cast<std::int64_t>(file.text.size()), "byte") + '\n';
  }
  return {ExitCode::done, text + "In them: " + contents_text(details) + ".\n" + kAdvice + '\n', ""};
}

}  // namespace

Outcome export_bundle(const fs::path& database, const BundleOptions& options) {
  if (!may_be_entry_id(options.id)) return no_entry_id(options.id);
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure_beside_files(reader.error(), database);
  const auto id = find_entry_id(*reader, options.id);
  if (!id) return group_failure(id.error());
  const fs::path directory =
      !options.output.empty()
          ? fs::path{options.output}
          : fs::path{(id->table == reader::kCrashTable ? "dblog-crash-" : "dblog-event-") +
                     std::to_string(id->id)};
  struct stat status;
  if (::lstat(directory.c_str(), &status) == 0) {
    return usage_failure(directory.string() + ": it exists; --output takes another name");
  }
  const SymbolSettings settings = load_symbol_settings(options.env_file);
  complete_crashes(database, {*id}, settings);
  auto details = reader->details(*id);
  if (!details) return query_failure(details.error());
  remove_host(details->entry.row);
  if (details->entry.process) remove_host(*details->entry.process);
  details->outbox.clear();
  const std::vector<File> files = {{"report.md", markdown(*details)},
                                   {"report.json", json(*details)}};
  if (auto failed = write_directory(directory, files)) return *std::move(failed);
  return with_notice(settings.problem, written(directory, files, *details, options.json));
}

}  // namespace dblog::tool
