#include "src/report/short_stack.hpp"

#include <algorithm>
#include <string_view>

#include "src/grouping/plain_name.hpp"
#include "src/report/type_text.hpp"

namespace dblog::report {
namespace {

constexpr std::size_t kMostLibraries = 3;

std::string without_ending(std::string name, std::string_view ending) {
  if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  return name;
}

/// "libstdc++", "the C++ library" of its templates in the program, else "the runtime".
std::string library_of(const sqlite::Row& frame) {
  const std::string module = frame.text("module").value_or("");
  const bool is_library = module.find(".so") != std::string::npos;
  if (is_library) return without_ending(grouping::plain_module_name(module), ".so");
  return is_cxx_library_frame(frame) ? "the C++ library" : "the runtime";
}

std::string frames_text(std::size_t count, std::string_view what) {
  return "… " + std::to_string(count) + ' ' + std::string(what) + (count == 1 ? "frame" : "frames");
}

/// How many from `at` on are not the program's, without a gap between them.
std::size_t foreign_run(const Frames& frames, std::size_t at) {
  if (at == 0) return 0;
  std::size_t end = at;
  while (end < frames.size() && !is_program_frame(frames[end])) {
    const auto depth = frames[end].integer("depth"), before = frames[end - 1].integer("depth");
    if (end > at && depth && before && *depth > *before + 1) break;
    ++end;
  }
  return end - at >= 2 ? end - at : 0;
}

std::string run_text(const Frames& frames, std::size_t at, std::size_t count) {
  std::vector<std::string> libraries;
  for (std::size_t i = at; i < at + count; ++i) {
    std::string library = library_of(frames[i]);
    if (std::find(libraries.begin(), libraries.end(), library) == libraries.end()) {
      libraries.push_back(std::move(library));
    }
  }
  std::string text = frames_text(count, "") + " of ";
  const std::size_t named = std::min(libraries.size(), kMostLibraries);
  for (std::size_t i = 0; i < named; ++i) {
    if (i > 0) text += i + 1 == libraries.size() ? " and " : ", ";
    text += libraries[i];
  }
  return text + (named < libraries.size() ? " and others …" : " …");
}

}  // namespace

std::vector<std::string> short_stack(const Frames& frames) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < frames.size() && lines.size() < kMostShortLines) {
    if (const std::size_t run = foreign_run(frames, at); run > 0) {
      lines.push_back(run_text(frames, at, run));
      at += run;
      continue;
    }
    const sqlite::Row& frame = frames[at++];
    lines.push_back('#' + frame.text("depth").value_or("?") + ' ' + short_place(frame) +
                    name_doubt(frame));
  }
  if (at < frames.size()) lines.push_back(frames_text(frames.size() - at, "more ") + " …");
  return lines;
}

std::vector<std::string> short_stack(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t left_out = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (lines.size() < kMostShortLines) {
      lines.emplace_back(text.substr(0, end));
    } else {
      ++left_out;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (left_out > 0) lines.push_back(frames_text(left_out, "more ") + " …");
  return lines;
}

std::string source_line(const Frames& frames) {
  const auto found = std::find_if(frames.begin(), frames.end(), [](const sqlite::Row& frame) {
    return is_program_frame(frame) && frame.text("file") && frame.text("function");
  });
  if (found == frames.end()) return "";
  return grouping::short_function_name(readable_name(found->text("function").value_or(""))) +
         " at " + found->text("file").value_or("") +
         (found->text("line") ? ':' + found->text("line").value_or("") : "");
}

}  // namespace dblog::report
