// How often each system call was made, and what the list and the documentation say.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dblog::test {

/// By name.
using CallCounts = std::map<std::string, int>;

CallCounts count_calls(const std::vector<long>& numbers);

/// All on one line, for messages.
std::string text_of(const CallCounts& counts);

/// Lines of "NAME  REASON"; '#' begins a comment. A name may have several.
struct CallList {
  std::set<std::string> names;
  std::set<std::string> usual;  ///< of these, what has a reason that does not begin with "rare:"
  std::vector<std::string> without_reason;
};
CallList read_call_list(const std::filesystem::path& file);

/// The sums of the table below the heading "## `section`" whose rows begin with "| `name` | times
/// |" or "| `name`, `name` | times |".
CallCounts documented_calls(const std::filesystem::path& file, const std::string& section);

}  // namespace dblog::test
