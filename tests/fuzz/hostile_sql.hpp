// What an attacker can do to a database with SQL. Used by HostileDatabase.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/fuzz/input_reader.hpp"

namespace dblog::test {

using Columns = std::map<std::string, std::vector<std::string>, std::less<>>;

/// A row or more of each table, and crashes of several kinds.
extern const char* const kModelRows;

/// One statement, or some that belong together: which, and of what tables, columns and values, is
/// the input's choice.
std::string hostile_statement(InputReader& input, const std::vector<std::string>& tables,
                              const Columns& columns);

}  // namespace dblog::test
