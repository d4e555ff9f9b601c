// Joins the outbox with the words for crashes and errors. Used by dblog flush.
#pragma once

#include <filesystem>

#include "src/outbox/teller.hpp"

namespace dblog::tool {

/// `database` is absolute. What cannot be read leaves its alert as it was stored.
outbox::Teller make_alert_teller(const std::filesystem::path& database);

}  // namespace dblog::tool
