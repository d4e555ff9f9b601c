// Joins the outbox with the words for crashes and errors. Used by dblog flush.
#pragma once

#include <filesystem>

#include "src/outbox/alert_renderer.hpp"

namespace dblog::tool {

/// `database` is absolute. Of a source that cannot be read, the alert's own text and facts remain.
outbox::AlertRenderer make_alert_renderer(const std::filesystem::path& database);

}  // namespace dblog::tool
