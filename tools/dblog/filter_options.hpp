// Which crashes and events `dblog list` lists, as options.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::tool {

/// As given; empty: not given.
struct FilterOptions {
  std::string since, until, kind, signal, severity, release, environment, text;
  std::vector<std::string> fields;  ///< "NAME=VALUE"
  std::vector<std::string> tags;
};

void add_filter_options(CLI::App& verb, FilterOptions& options);

/// Of options that their checks took.
[[nodiscard]] reader::EntryFilter make_filter(const FilterOptions& options);

}  // namespace dblog::tool
