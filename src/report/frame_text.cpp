#include "src/report/frame_text.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "src/grouping/plain_name.hpp"
#include "src/grouping/system_frame.hpp"
#include "src/report/type_text.hpp"
#include "src/schema/name_source.hpp"

namespace dblog::report {
namespace {

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// The last two parts of a path say enough in a sentence.
std::string end_of_path(const std::string& path) {
  const std::size_t last = path.rfind('/');
  if (last == std::string::npos || last == 0) return path;
  const std::size_t before = path.rfind('/', last - 1);
  return before == std::string::npos ? path : path.substr(before + 1);
}

std::string plain_name(const sqlite::Row& frame) {
  const auto function = frame.text("function");
  return function ? grouping::plain_function_name(*function) : "";
}

std::string module_place(const sqlite::Row& frame, bool with_path) {
  const auto module = frame.text("module");
  const auto offset = frame.text("offset");
  if (!module) return frame.text("address").value_or("?");
  return (with_path ? *module : file_name(*module)) + (offset ? "+" + *offset : "");
}

std::string source_place(const sqlite::Row& frame) {
  std::string place = frame.text("file").value_or("");
  if (place.empty()) return place;
  for (const char* number : {"line", "column_number"}) {
    const auto value = frame.text(number);
    if (!value || *value == "0") break;
    place += ":" + *value;
  }
  return place;
}

std::string short_name(const sqlite::Row& frame) {
  const auto function = frame.text("function");
  return function ? grouping::short_function_name(readable_name(*function)) : "";
}

std::string name_or_place(const sqlite::Row& frame) {
  const std::string name = short_name(frame);
  return name.empty() ? module_place(frame, false) : name;
}

bool starts_with_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::any_of(list.begin(), list.end(),
                     [text](std::string_view start) { return text.starts_with(start); });
}

bool is_of_cxx_header(const std::string& file) {
  return file.find("/include/c++/") != std::string::npos;
}

// Of the compiler, of the C library, of other packages.
bool is_of_installed_header(const std::string& file) {
  return is_of_cxx_header(file) || starts_with_one_of(file, {"/usr/include/", "/usr/local/include/",
                                                             "/usr/lib/gcc/", "/usr/lib/llvm-"});
}

/// A library right in a directory of the system's, "/usr/lib/x86_64-linux-gnu/libcurl.so.4"; a
/// program's private ones have a directory of their own below.
bool is_installed_library(const std::string& module) {
  const std::size_t slash = module.rfind('/');
  if (slash == std::string::npos || module.find(".so", slash) == std::string::npos) return false;
  std::string_view directory = std::string_view(module).substr(0, slash);
  if (directory.starts_with("/usr/")) directory.remove_prefix(std::string_view("/usr").size());
  if (directory == "/lib" || directory == "/lib64" || directory == "/lib32") return true;
  if (!directory.starts_with("/lib/")) return false;
  directory.remove_prefix(std::string_view("/lib/").size());
  return directory.find('/') == std::string_view::npos &&
         directory.find("-linux-") != std::string_view::npos;
}

/// The next function of the program's own that has a name, is another one and is no inlined part.
std::string caller_of(const Frames& frames, std::size_t index) {
  const std::string name = short_name(frames[index]);
  for (std::size_t i = index + 1; i < frames.size(); ++i) {
    std::string caller = short_name(frames[i]);
    if (!caller.empty() && caller != name && is_program_frame(frames[i])) return caller;
  }
  return "";
}

using Question = bool (*)(const sqlite::Row& frame);

std::size_t first_that(const Frames& frames, Question is_wanted) {
  return static_cast<std::size_t>(std::find_if(frames.begin(), frames.end(), is_wanted) -
                                  frames.begin());
}

/// A jump to what is no code: its frame says nothing that the address does not.
bool is_nowhere(const sqlite::Row& frame) {
  return !frame.text("module") && !frame.text("function");
}

bool is_gap_between(const sqlite::Row& frame, const sqlite::Row& next) {
  const auto depth = frame.integer("depth"), next_depth = next.integer("depth");
  return depth && next_depth && *next_depth > *depth + 1;
}

}  // namespace

Frames frames_of_thread(const reader::Details& crash, std::int64_t tid) {
  Frames frames;
  for (const sqlite::Row& frame : crash.frames) {
    if (frame.integer("thread") == tid) frames.push_back(frame);
  }
  return frames;
}

Frames crashed_frames(const reader::Details& crash) {
  const auto tid = crash.entry.row.integer("tid");
  return tid ? frames_of_thread(crash, *tid) : Frames{};
}

std::string frame_place(const sqlite::Row& frame) {
  const auto function = frame.text("function");
  const std::string source = source_place(frame);
  std::string place = function ? readable_name(*function) : module_place(frame, true);
  if (!source.empty()) {
    place += " at " + source;
  } else if (function) {
    place += " in " + module_place(frame, false);
  }
  if (function) place += name_doubt(frame);
  if (frame.integer("inlined").value_or(0) != 0) place += " (inlined)";
  return place;
}

bool is_own_frame(const sqlite::Row& frame) {
  if (is_nowhere(frame) || is_of_installed_header(frame.text("file").value_or(""))) return false;
  return !grouping::is_system_frame(frame.text("module").value_or(""), plain_name(frame));
}

bool is_program_frame(const sqlite::Row& frame) {
  return is_own_frame(frame) && !is_installed_library(frame.text("module").value_or(""));
}

bool is_cxx_library_frame(const sqlite::Row& frame) {
  return is_of_cxx_header(frame.text("file").value_or("")) ||
         starts_with_one_of(plain_name(frame),
                            {"std::", "__gnu_cxx::", "__gnu_debug::", "__cxxabiv1::"});
}

std::size_t library_run(const Frames& frames, std::size_t at) {
  if (at == 0) return 0;
  std::size_t end = at;
  while (end < frames.size() && grouping::is_library_inside(plain_name(frames[end])) &&
         (end == at || !is_gap_between(frames[end - 1], frames[end]))) {
    ++end;
  }
  return end - at >= 2 ? end - at : 0;
}

std::string library_run_text(std::size_t count) {
  return "(" + std::to_string(count) + " frames of the C++ library)";
}

std::string short_place(const sqlite::Row& frame) {
  const auto file = frame.text("file");
  std::string place = name_or_place(frame);
  if (!file) return place;
  const auto line = frame.text("line");
  return place + " (" + end_of_path(*file) + (line ? ":" + *line : "") + ")";
}

std::string name_doubt(const sqlite::Row& frame) {
  using schema::NameSource;
  const auto origin = schema::find_name_origin(frame.text("name_source").value_or(""));
  if (!origin) return "";
  // Debug information of the very build needs no word.
  const bool is_clear =
      origin->source == NameSource::debug_info || origin->source == NameSource::none;
  const std::string text = is_clear ? doubt_text(*origin) : name_source_text(*origin);
  return text.empty() ? "" : " [" + text + "]";
}

Site site_of(const Frames& frames, Entrance entrance) {
  if (frames.empty()) return {};
  const std::size_t own = first_that(frames, is_own_frame);
  const sqlite::Row& front = frames.front();
  if (own == frames.size()) return {is_nowhere(front) ? "" : "in " + short_place(front), ""};
  std::size_t program = first_that(frames, is_program_frame);
  if (program == frames.size()) program = own;
  const std::string place = short_place(frames[program]);
  if (own > 0 && is_nowhere(front)) return {"", "called from " + place};
  if (own > 0 && entrance == Entrance::exact && !is_cxx_library_frame(front)) {
    return {"in " + name_or_place(front), "called from " + place};
  }
  if (own < program) return {"in " + name_or_place(frames[own]), "called from " + place};
  const std::string caller = caller_of(frames, own);
  return {"in " + place, caller.empty() ? "" : "called from " + caller};
}

std::string with_site(std::string text, const Site& site, After after) {
  if (!site.place.empty()) text += (after == After::clause ? ", " : " ") + site.place;
  if (!site.caller.empty()) text += ", " + site.caller;
  return text;
}

std::string site_function(const Frames& frames) {
  for (const Question is_wanted : {&is_program_frame, &is_own_frame}) {
    for (const sqlite::Row& frame : frames) {
      std::string name = short_name(frame);
      if (!name.empty() && is_wanted(frame)) return name;
    }
  }
  return "";
}

std::string recursion_text(const Frames& frames) {
  constexpr std::size_t kLongestRound = 8;
  constexpr std::size_t kRounds = 8;  // fewer may be an honest recursion
  constexpr std::size_t kLatestStart = 24;
  std::vector<std::string> names;
  for (const sqlite::Row& frame : frames) names.push_back(name_or_place(frame));
  for (std::size_t start = 0; start < kLatestStart; ++start) {
    for (std::size_t size = 1; size <= kLongestRound; ++size) {
      if (start + size * kRounds > names.size()) break;
      const auto first = names.begin() + static_cast<std::ptrdiff_t>(start);
      const auto length = static_cast<std::ptrdiff_t>(size);
      const auto compared = static_cast<std::ptrdiff_t>(size * (kRounds - 1));
      if (!std::equal(first, first + compared, first + length)) continue;
      std::string words;
      for (auto name = first; name != first + length; ++name) {
        words += (words.empty() ? "" : ", ") + *name;
      }
      return words;
    }
  }
  return "";
}

}  // namespace dblog::report
