// A file that stands where a module's names would be, and is not read: which, and why. Plain
// values, used by the whole folder and shown by the tool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "src/schema/name_source.hpp"

namespace dblog::symbols {

enum class MisfitReason : std::uint8_t {
  other_build,      ///< Its build id is not the recorded one; it may have none.
  other_processor,  ///< The same, and it is for another kind of processor.
  other_checksum,   ///< Not the bytes that the module's .gnu_debuglink means.
  not_elf,          ///< No ELF program, library or debug file of these.
  not_a_file,       ///< A directory, a device, empty, or larger than what is read.
  unreadable,       ///< This user may not read it.
};
/// For scripts.
inline constexpr std::string_view kMisfitWords[] = {
    "other build", "other processor", "other checksum", "not ELF", "not a file", "unreadable"};
static_assert(std::size(kMisfitWords) ==
              std::size_t{1} + static_cast<std::size_t>(MisfitReason::unreadable));

struct Misfit {
  std::string path;
  MisfitReason reason = MisfitReason::other_build;
  std::string build_id;  ///< Its own, in lower-case hex; empty if it has none or was not read.

  friend bool operator==(const Misfit&, const Misfit&) = default;
};
using Misfits = std::vector<Misfit>;

/// The same as a doubt about a frame's name.
constexpr schema::Unread unread_of(MisfitReason reason) noexcept {
  switch (reason) {
    case MisfitReason::other_build:
    case MisfitReason::other_processor:
      return schema::Unread::other_build;
    case MisfitReason::other_checksum:
      return schema::Unread::other_checksum;
    default:
      return schema::Unread::unreadable;
  }
}

}  // namespace dblog::symbols
