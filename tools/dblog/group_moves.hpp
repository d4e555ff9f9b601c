// What follows when frames get names: fingerprint, group, and what was sent about that. The one
// place where grouping and the outbox are put behind naming.
#pragma once

#include "src/grouping/regroup.hpp"
#include "src/symbols/frames_database.hpp"

namespace dblog::tool {

/// For symbols::NamingOptions.
symbols::OnNamed regroup_when_named();

/// For grouping::fingerprint_crashes().
grouping::OnMoved move_conversations();

}  // namespace dblog::tool
