// Which crashes are the same fault: a fingerprint from what happened and the program's own
// frames, and the exact parts that it was made of. docs/grouping.md has the rules with their
// reasons. Called by fingerprint_crashes().
//
// Pure. Must never look at what differs between two crashes of one fault: line numbers, process
// ids, the text of messages, addresses beyond what class of fault they tell.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dblog::grouping {

/// Counts the rules. A changed rule is a new version: fingerprints that are stored keep theirs.
inline constexpr int kVersion = 2;

/// As stored; empty where it is not known.
struct Frame {
  std::string function;
  std::string module;
  std::string build_id;
  std::string offset;
};

struct Crash {
  std::string kind;
  std::string signal_name;
  std::string exception_type;
  std::string message;
  std::string executable;
  std::optional<std::int64_t> signal_code;
  std::string fault_address;  ///< "0x18"
  std::string access;
  std::string cause;
  bool has_sender = false;
  std::optional<std::int64_t> killed_by;
  std::vector<Frame> frames;  ///< Of the crashed thread, the innermost first, inlined ones too.
};

struct Fingerprint {
  std::string text;   ///< "2:" and 16 hexadecimal digits.
  std::string place;  ///< For titles: the first of the program's functions. May be empty.
  std::vector<std::string> parts;  ///< What `text` is the hash of, a line each.
};

Fingerprint crash_fingerprint(const Crash& crash);

/// Of a handled error's stack: the frames alone.
Fingerprint stack_fingerprint(const std::vector<Frame>& frames);

/// What stands in Fingerprint::parts for those of `frames` that have no name.
std::set<std::string> parts_without_names(const std::vector<Frame>& frames);

}  // namespace dblog::grouping
