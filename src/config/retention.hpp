// How much a database may hold, as the settings say it: "90, trace=7" is 90 for every table, and 7
// for the table trace.
// Called by settings.cpp and by the code that prunes. 0 is no limit.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dblog::config {

/// A limit for all tables, and those of single ones.
struct TableLimits {
  std::optional<std::int64_t> general;
  std::map<std::string, std::int64_t, std::less<>> of_table;  ///< Names in lower case (ASCII).

  [[nodiscard]] std::optional<std::int64_t> own(std::string_view table) const;
};

/// Numbers with commas between them, each alone or as TABLE=NUMBER. Nothing if that is not what
/// `text` is.
[[nodiscard]] std::optional<TableLimits> parse_table_limits(std::string_view text);

struct Retention {
  TableLimits days;
  TableLimits rows;
  TableLimits megabytes;  ///< The general one is that of the whole file.
  std::int64_t box_days = 30;

  static constexpr std::int64_t kFileMegabytes = 256;
  static constexpr std::int64_t kSentDays = 30;
  /// A century: more days are as many, and times so long ago can be told.
  static constexpr std::int64_t kLongestDays = 36'500;

  /// Of one table; each 0 if there is none.
  [[nodiscard]] std::int64_t days_of(std::string_view table) const;
  [[nodiscard]] std::int64_t rows_of(std::string_view table) const;
  [[nodiscard]] std::int64_t bytes_of(std::string_view table) const;

  /// Of messages that were sent: what they tell stands in another table. Other messages are as
  /// rows of any table.
  [[nodiscard]] std::int64_t days_of_sent() const;

  /// The settings limit tables, and not the file alone.
  [[nodiscard]] bool limits_tables() const noexcept;

  /// Of the whole file; 0 if there is none.
  [[nodiscard]] std::int64_t bytes_of_file() const;
};

}  // namespace dblog::config
