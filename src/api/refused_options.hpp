// What a second install_handlers() asks for and does not get.
// Used by install_handlers(). Changes nothing, makes no file.
#pragma once

#include <filesystem>
#include <string>

#include "dblog/handlers.hpp"

namespace dblog::api {

/// The options with paths that mean the same wherever the program changes to.
[[nodiscard]] HandlerOptions with_absolute_paths(HandlerOptions options);

/// The names of the fields in which `wanted` differs from `installed`, with commas between them;
/// empty if it asks for nothing new. A field at its default asks for nothing. `installed` has
/// absolute paths; `database` is the one in use.
[[nodiscard]] std::string refused_options(const HandlerOptions& installed,
                                          const std::filesystem::path& database,
                                          const HandlerOptions& wanted);

}  // namespace dblog::api
