// What crashes and stacks get after the fact: names of their frames, and with them their groups;
// and what they lose before: what the rules for scrubbing name. Called by verbs that are about to
// show or send something, or that imported something.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <vector>

#include "src/base/result.hpp"
#include "src/reader/reader.hpp"
#include "tools/dblog/symbol_settings.hpp"

namespace dblog::tool {

/// Of what `ids` name, or without any of the newest, as far as `limit` allows. Why it could not be
/// done (a database that may only be read, for one) is no reason not to go on.
std::optional<base::Error> complete_crashes(
    const std::filesystem::path& database, const std::vector<reader::EntryId>& ids,
    const SymbolSettings& settings, std::chrono::milliseconds limit = std::chrono::seconds{15});

}  // namespace dblog::tool
