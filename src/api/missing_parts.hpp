// What it is of this process that keeps dblog from seeing all that it should, as it stands in
// InstallReport::missing. Used by install_handlers() and check_handlers(). Changes nothing.
#pragma once

#include <optional>
#include <span>

#include "dblog/handlers.hpp"

namespace dblog::api {

/// What to do about calls that go past dblog, for the end of a sentence.
inline constexpr const char* kLinkFirst =
    "link the program itself with dblog, before other libraries, or preload it";

using MissingPart = std::optional<InstallReport::Missing>;

/// Faults among `signals` that the calling thread blocks.
[[nodiscard]] MissingPart missing_for_mask(std::span<const int> signals);

/// Ends of the program that do not come to dblog, as others stand between its calls and ours.
[[nodiscard]] MissingPart missing_for_calls();

/// The tool after a crash, in the first process of a container.
[[nodiscard]] MissingPart missing_for_first_process();

/// The ends of a Go runtime in the process.
[[nodiscard]] MissingPart missing_for_go();

}  // namespace dblog::api
