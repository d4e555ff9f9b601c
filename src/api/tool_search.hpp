// Which `dblog` the library may start. Another user's program of that name must never run with the
// rights of this one: the kernel says where to look, and what is found there must belong to root
// or this user, with every directory above it.
// Never at crash time.
#pragma once

#include <filesystem>
#include <string>

namespace dblog::api {

struct ToolSearch {
  std::filesystem::path tool;  ///< Absolute, without links. Empty: there is none to start.
  /// Why there is none, or what was passed over for the one above; with what to do. May be empty.
  std::string refusal;
  bool has_refused_tool = false;  ///< There is one that is not to be started.
};

/// Looks in $PATH, then beside the file that holds this code (its own folder, ../bin). A program
/// with more rights than its caller starts none.
[[nodiscard]] ToolSearch find_tool();

/// Why a tool that was found may no longer be started. Empty: it may.
[[nodiscard]] std::string refusal_of_tool(const std::filesystem::path& tool);

}  // namespace dblog::api
