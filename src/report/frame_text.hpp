// Frames of a stack in words: one as a line of a trace, and the few that a sentence names. What
// is returned holds stored text: escape it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::report {

using Frames = std::vector<sqlite::Row>;

/// Of a crash, in the order of their depth; without a tid those that the crash's own thread has.
Frames frames_of_thread(const reader::Details& crash, std::int64_t tid);
Frames crashed_frames(const reader::Details& crash);

/// "std::vector<int>::at() at vector.h:1150 (inlined)", else "libc.so.6+0x3c050", else the address.
/// A name that is not from debug information says where it is from.
std::string frame_place(const sqlite::Row& frame);

/// Neither the system's (src/grouping/system_frame.hpp) nor from a header that is installed, as
/// inlined parts of the C++ library and of Boost are.
bool is_own_frame(const sqlite::Row& frame);

/// Also not of a library that the system has installed, such as libcurl: the program's own, as far
/// as a path can say it. Libraries in directories of their own count as the program's.
bool is_program_frame(const sqlite::Row& frame);

/// A name of the C++ library, or from one of its headers; also where it is compiled into the
/// program.
bool is_cxx_library_frame(const sqlite::Row& frame);

/// How many frames from `at` on are the inside of the C++ library and need not be shown one by one:
/// two or more without a gap, else 0. The innermost frame of a stack never counts as one.
std::size_t library_run(const Frames& frames, std::size_t at);

/// "(3 frames of the C++ library)".
std::string library_run_text(std::size_t count);

/// "parse_header (src/parser.cpp:42)", for a sentence: no parameters, the end of the path.
std::string short_place(const sqlite::Row& frame);

/// " [dynamic symbols]" of a name that is less than sure; else empty.
std::string name_doubt(const sqlite::Row& frame);

enum class Entrance { exact, program_only };

/// Where something happened, for a sentence.
struct Site {
  std::string place;   ///< "in strlen"; may be empty
  std::string caller;  ///< "called from parse_header (src/parser.cpp:42)"; may be empty

  [[nodiscard]] bool empty() const { return place.empty() && caller.empty(); }
};

/// The first frame and who brought it there: the first frame of the program's own, with its source.
/// What the C++ library does, inlined or not, is passed over: the program's function that called it
/// is the place. With `program_only` all system frames are passed over so, as for abort() and
/// throw. Empty if nothing is known.
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
