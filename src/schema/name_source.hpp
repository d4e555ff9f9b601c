// How sure a frame's name is: the column `name_source` of `frames` and `stack_frames`, one of a few
// fixed texts. They are made and read here alone. docs/schema.md explains every one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dblog::schema {

/// Where a function's name comes from, the surest last. `none`: dblog looked, and found nothing.
enum class NameSource : std::uint8_t { none, dynamic_symbols, symbol_table, debug_info };
inline constexpr std::string_view kNameSources[] = {"none", "dynamic symbols", "symbol table",
                                                    "debug info"};

/// Debug information that is there but was not read, so that there is less than there could be.
enum class Unread : std::uint8_t {
  nothing,
  compressed,   ///< In a way that this libelf does not know: zstd before elfutils 0.189.
  split,        ///< In .dwo files that are gone, or in a .dwp file, which this libdw does not read.
  other_build,  ///< The file that would have it is of another build.
  other_checksum,  ///< The file that .gnu_debuglink names is another one than it means.
  unreadable,      ///< The file that would have it cannot be read, or is no debug file.
};
inline constexpr std::string_view kUnreadTexts[] = {"",
                                                    "compressed debug info not read",
                                                    "split debug info not read",
                                                    "file of another build not read",
                                                    "debug file of another checksum not read",
                                                    "unreadable debug file"};
static_assert(std::size(kUnreadTexts) ==
              std::size_t{1} + static_cast<std::size_t>(Unread::unreadable));

struct NameOrigin {
  NameSource source = NameSource::none;
  Unread unread = Unread::nothing;
  bool is_verified = true;  ///< False for a module that has no build id to compare.

  friend bool operator==(const NameOrigin&, const NameOrigin&) = default;
};

/// "unverified file, split debug info not read"; empty where there is no doubt.
inline std::string doubt_text(const NameOrigin& origin) {
  const bool is_unverified = !origin.is_verified && origin.source != NameSource::none;
  std::string text{is_unverified ? "unverified file" : ""};
  const std::string_view unread = kUnreadTexts[static_cast<std::size_t>(origin.unread)];
  return text.append(text.empty() || unread.empty() ? "" : ", ").append(unread);
}

/// As stored.
inline std::string name_source_text(const NameOrigin& origin) {
  const std::string doubt = doubt_text(origin);
  return std::string(kNameSources[static_cast<std::size_t>(origin.source)])
      .append(doubt.empty() ? "" : ", ")
      .append(doubt);
}

/// Every text of the column with what it means.
inline const auto& name_source_vocabulary() {
  static const auto& all = *new std::vector<std::pair<std::string, NameOrigin>>([] {
    std::vector<std::pair<std::string, NameOrigin>> made;
    for (std::size_t source = 0; source < std::size(kNameSources); ++source) {
      for (std::size_t unread = 0; unread < std::size(kUnreadTexts); ++unread) {
        for (const bool is_verified : {true, false}) {
          const NameOrigin origin{static_cast<NameSource>(source), static_cast<Unread>(unread),
                                  is_verified};
          made.emplace_back(name_source_text(origin), origin);
        }
      }
    }
    return made;
  }());
  return all;
}

/// Nothing for a text that this version does not write.
inline std::optional<NameOrigin> find_name_origin(std::string_view text) {
  for (const auto& [known, origin] : name_source_vocabulary()) {
    if (known == text) return origin;
  }
  return std::nullopt;
}

}  // namespace dblog::schema
