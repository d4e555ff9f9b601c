// What the symbolizer is asked and what it answers: plain values, used by the whole folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/schema/name_source.hpp"

namespace dblog::symbols {

/// The loaded file that a frame lies in, as it was recorded.
struct ModuleKey {
  std::string path;
  std::string build_id;  ///< Lower-case hex; empty if the file had none.

  /// When the frame was recorded, in seconds since 1970, on this machine. Only a module without a
  /// build id needs it: then the file at `path` counts as the same if it has not changed since.
  std::optional<std::int64_t> recorded_at;

  friend bool operator==(const ModuleKey&, const ModuleKey&) = default;
};

struct CodeAddress {
  std::uint64_t offset = 0;        ///< In the file's own numbering.
  bool is_return_address = false;  ///< The call is before it: one less is looked up.
};

using schema::NameOrigin;
using schema::NameSource;
using schema::Unread;

/// One function at one place in the source; what is not known is empty or 0.
struct Place {
  std::string function;
  std::string file;  ///< Absolute, unless the debug information does not say where it was built.
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool is_inlined = false;  ///< Part of the function of the place after it.
  NameOrigin origin;

  friend bool operator==(const Place&, const Place&) = default;
};

/// Of one address: inlined calls from the inside out, last the function that holds them. Empty if
/// nothing is known; a place without function and file says why nothing is (`origin.unread`).
using Places = std::vector<Place>;

}  // namespace dblog::symbols
