// dblog export.
#include "tools/dblog/export.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "src/reader/reader.hpp"
#include "tools/dblog/counted_text.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/json_output.hpp"
#include "tools/dblog/prometheus_text.hpp"
#include "tools/dblog/waiting_notice.hpp"
#include "tools/dblog/whole_file.hpp"

namespace dblog::tool {
namespace {

using Json = nlohmann::ordered_json;
using Failure = std::optional<Outcome>;

constexpr std::int64_t kReadAtOnce = 100;  // rows may be long
constexpr std::int64_t kBeforeAll = std::numeric_limits<std::int64_t>::min();
constexpr mode_t kForAll = 0644;  // counts, which another user's collector reads
constexpr mode_t kForOwner = 0600;

Failure write_failure(const base::Error& error) {
  const bool is_usage = error.code == base::ErrorCode::invalid_argument;
  return Outcome{is_usage ? ExitCode::usage : ExitCode::not_everything, "", error.text()};
}

/// Standard output, or a file.
class Sink {
 public:
  explicit Sink(const ExportOptions& options) : options_(options) {}

  Failure open(mode_t mode) {
    if (options_.output == "-") return std::nullopt;
    auto made =
        WholeFile::make(options_.output, options_.force ? Existing::replace : Existing::keep, mode);
    if (!made) return write_failure(made.error());
    file_.emplace(std::move(*made));
    return std::nullopt;
  }

  Failure write(const std::string& text) {
    bytes_ += text.size();
    if (file_) {
      const auto error = file_->write(text);
      return error ? write_failure(*error) : std::nullopt;
    }
    const int number = options_.print(text);
    if (number == 0) return std::nullopt;
    return Outcome{ExitCode::not_everything, "",
                   "standard output: " + std::generic_category().message(number)};
  }

  Failure close() {
    const auto error = file_ ? file_->keep() : std::nullopt;
    return error ? write_failure(*error) : std::nullopt;
  }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  const ExportOptions& options_;
  std::optional<WholeFile> file_;
  std::size_t bytes_ = 0;
};

/// The lines of one table after the other.
class Lines {
 public:
  Lines(reader::Reader& reader, Sink& sink, const ExportOptions& options)
      : reader_(reader), sink_(sink), is_full_(options.full) {
    query_.limit = kReadAtOnce;
    query_.filter = make_filter(options.filter);
  }

  Failure write_table(const std::string& table, std::int64_t after) {
    query_.table = table;
    query_.after = after;
    while (true) {
      const auto entries = reader_.newest(query_);
      if (!entries) return query_failure(entries.error());
      for (const reader::Entry& entry : *entries) {
        if (auto failure = write_entry(entry)) return failure;
        query_.after = entry.id.id;
      }
      if (entries->size() < static_cast<std::size_t>(query_.limit)) return std::nullopt;
    }
  }

  [[nodiscard]] std::int64_t count() const { return count_; }

 private:
  Failure write_entry(const reader::Entry& entry) {
    ++count_;
    if (!is_full_) return sink_.write(entry_json_line(entry));
    const auto details = reader_.details(entry.id);
    const bool is_gone =
        !details && details.error().code == base::ErrorCode::not_found;  // pruned meanwhile
    if (is_gone) return std::nullopt;
    if (!details) return query_failure(details.error());
    return sink_.write(details_json(*details, {}, JsonLayout::line));
  }

  reader::Reader& reader_;
  Sink& sink_;
  bool is_full_;
  reader::ListQuery query_;
  std::int64_t count_ = 0;
};

/// What is exported, in its order.
base::Result<std::vector<std::string>> tables_of(reader::Reader& reader,
                                                 const ExportOptions& options) {
  if (options.crashes) return std::vector<std::string>{reader::kCrashTable};
  if (options.table) return std::vector<std::string>{*options.table};
  return reader.tables();
}

Failure write_lines(reader::Reader& reader, Sink& sink, const ExportOptions& options,
                    std::int64_t& count) {
  const auto tables = tables_of(reader, options);
  if (!tables) return query_failure(tables.error());
  std::optional<reader::EntryId> after;
  if (options.after) {
    after = parse_entry_id(*options.after, options.table.value_or(reader::kCrashTable));
    const bool is_there =
        after && std::find(tables->begin(), tables->end(), after->table) != tables->end();
    if (!is_there) {
      return usage_failure("--after " + *options.after +
                           ": is not an ID, as 'dblog list' prints it, of what is exported");
    }
  }
  Lines lines{reader, sink, options};
  for (const std::string& table : *tables) {
    const bool is_begin = after && after->table == table;
    if (after && !is_begin) continue;
    if (auto failure = lines.write_table(table, is_begin ? after->id : kBeforeAll)) return failure;
    after.reset();
  }
  count = lines.count();
  return std::nullopt;
}

Outcome written(const ExportOptions& options, const Sink& sink, std::int64_t count) {
  const bool is_counts = options.format == "prometheus";
  if (options.output == "-") return {};
  if (options.json) {
    const Json object = {{"file", options.output},
                         {"bytes", sink.bytes()},
                         {is_counts ? "samples" : "entries", count}};
    return {ExitCode::done, object.dump(2, ' ', true, Json::error_handler_t::replace) + '\n', ""};
  }
  return {ExitCode::done,
          escape_line(options.output) + ": " +
              (is_counts ? counted(count, "sample") : counted(count, "line")) + "; " +
              megabytes(static_cast<std::int64_t>(sink.bytes())) + '\n',
          ""};
}

Failure write_counts(reader::Reader& reader, Sink& sink, const ExportOptions& options,
                     std::int64_t& count, std::string& notice) {
  const auto counts = reader.counts(make_filter(options.filter));
  if (!counts) return query_failure(counts.error());
  const std::string text = prometheus_text(*counts);
  count = 0;
  for (std::size_t line = 0; line < text.size(); line = text.find('\n', line) + 1) {
    if (text[line] != '#') ++count;
  }
  if (counts->is_truncated) {
    notice = "there are more than 10,000 combinations of labels; the others are left out";
  }
  return sink.write(text);
}

}  // namespace

Outcome export_entries(const std::filesystem::path& database, const ExportOptions& options) {
  const bool is_counts = options.format == "prometheus";
  if (options.output == "-" && options.json) {
    return usage_failure("--json says which file was written; it needs --output FILE");
  }
  if (is_counts && (options.after || options.full || options.table || options.crashes)) {
    return usage_failure(
        "--format prometheus counts all: --after, --full, --table and --crashes are for jsonl");
  }
  if (is_of_database(options.output, database)) {
    return usage_failure(options.output + ": this is the database; --output takes another name");
  }
  auto reader = reader::Reader::open(database);
  if (!reader) return open_failure_beside_files(reader.error(), database);
  Sink sink{options};
  if (auto failure = sink.open(is_counts ? kForAll : kForOwner)) return *std::move(failure);
  std::int64_t count = 0;
  std::string left_out;
  auto failure = is_counts ? write_counts(*reader, sink, options, count, left_out)
                           : write_lines(*reader, sink, options, count);
  if (!failure) failure = sink.close();
  if (failure) return *std::move(failure);
  Outcome outcome = written(options, sink, count);
  if (!left_out.empty()) outcome.exit_code = ExitCode::not_everything;
  outcome.error = left_out;
  return with_notice(waiting_files_notice(database), std::move(outcome));
}

}  // namespace dblog::tool
