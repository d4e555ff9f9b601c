// Frames of a stack in words: one as a line of a trace, and the few that a sentence names. Called
// by the pages. What is returned holds stored text: escape it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::report {

using Frames = std::vector<store::Row>;

/// Of a crash, in the order of their depth; without a tid those that the crash's own thread has.
Frames frames_of_thread(const reader::Details& crash, std::int64_t tid);
Frames crashed_frames(const reader::Details& crash);

/// "std::vector<int>::at() at vector.h:1150 (inlined)", else "libc.so.6+0x3c050", else the address.
/// A name that is not from debug information says where it is from.
std::string frame_place(const store::Row& frame);

/// Not the system's, see src/grouping/system_frame.hpp.
bool is_own_frame(const store::Row& frame);

/// How many frames from `at` on are the inside of the C++ library and need not be shown one by one:
/// two or more without a gap, else 0. The innermost frame of a stack never counts as one.
std::size_t library_run(const Frames& frames, std::size_t at);

/// "(3 frames of the C++ library)".
std::string library_run_text(std::size_t count);

/// "parse_header (src/parser.cpp:42)", for a sentence: no parameters, the end of the path.
std::string short_place(const store::Row& frame);

enum class Entrance { exact, program_only };

/// Where something happened, for a sentence.
struct Site {
  std::string place;   ///< "in strlen"; may be empty
  std::string caller;  ///< "called from parse_header (src/parser.cpp:42)"; may be empty

  [[nodiscard]] bool empty() const { return place.empty() && caller.empty(); }
};

/// The first frame and who brought it there. With `program_only` system frames before the first of
/// the program's own are passed over, as for abort() and throw. Empty if nothing is known.
Site site_of(const Frames& frames, Entrance entrance);

enum class After { verb, clause };

/// "it wrote to address 0x0 in strlen, called from main". After a clause there is a comma before
/// the place as well.
std::string with_site(std::string text, const Site& site, After after = After::verb);

/// The first of the program's own functions that has a name: "parse_header"; else empty.
std::string site_function(const Frames& frames);

/// The functions that call each other without end, "walk, visit"; empty if none are seen.
std::string recursion_text(const Frames& frames);

}  // namespace dblog::report
