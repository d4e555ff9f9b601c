#include "tools/dblog/frames_section.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tools/dblog/recursion_fold.hpp"

namespace dblog::tool {
namespace {

constexpr std::size_t kFramesOfOthers = 8;
constexpr std::size_t kThreadsNamed = 6;
constexpr std::size_t kThreadsRecorded = 64;  // at most, besides the crashed one
constexpr std::size_t kExcerpts = 3;
constexpr std::int64_t kLinesAround = 2;

std::string column(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

bool has_source(const sqlite::Row& frame) {
  return frame.text("file") && frame.integer("line").value_or(0) > 0 && report::is_own_frame(frame);
}

/// Whether there was something to show.
bool add_source(PageText& page, const sqlite::Row& frame, const FramesView& view) {
  const std::int64_t line = *frame.integer("line");
  const auto excerpt =
      read_source(view.sources.path_map.place_of(*frame.text("file")), line, kLinesAround);
  if (!excerpt) return false;
  if (!view.date.empty() && excerpt->changed > view.date) {
    page.line("       (changed since: these lines may be others than then)", Style::faint);
  }
  for (const SourceLine& source : excerpt->lines) {
    const bool is_site = source.number == line;
    std::string number = std::to_string(source.number);
    number.insert(0, number.size() < 6 ? 6 - number.size() : 0, ' ');
    std::string text = source.text;
    for (auto tab = text.find('\t'); tab != text.npos; tab = text.find('\t')) {
      text.replace(tab, 1, "    ");
    }
    std::string shown = is_site ? "   > " : "     ";
    shown.append(number).append(" | ").append(text);
    shown.erase(shown.find_last_not_of(' ') + 1);
    page.line(shown, is_site ? Style::alert : Style::faint);
  }
  return true;
}

void add_gap(PageText& page, std::size_t count, std::string_view why) {
  page.line("(" + std::to_string(count) + " frames " + std::string(why) + ")", Style::faint);
}

void add_repeats(PageText& page, const ShownFrame& last) {
  const std::string frames =
      last.block == 1 ? "this frame" : "these " + std::to_string(last.block) + " frames";
  page.line("(" + frames + " " + std::to_string(last.repeats) + " more times: --full)",
            Style::faint);
}

/// What the C++ library does between a program and what that has called becomes one line.
/// Recursions stay as they are.
std::vector<ShownFrame> fold_library(const std::vector<ShownFrame>& shown,
                                     const report::Frames& frames) {
  std::vector<ShownFrame> folded;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::size_t run = report::library_run(frames, shown[i].index);
    const auto begin = shown.begin() + static_cast<std::ptrdiff_t>(i);
    const bool is_whole = run > 0 && run <= shown.size() - i &&
                          std::all_of(begin, begin + static_cast<std::ptrdiff_t>(run),
                                      [](const ShownFrame& one) { return one.repeats == 0; });
    folded.push_back(shown[i]);
    if (!is_whole) continue;
    folded.back().library = run;
    i += run - 1;
  }
  return folded;
}

// A gap in the depths ends a recursion as another place does.
std::vector<ShownFrame> frames_to_show(const report::Frames& frames, const FramesView& view) {
  std::vector<std::string> places;
  std::int64_t gaps = 0, next_depth = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::int64_t depth = frames[i].integer("depth").value_or(next_depth);
    gaps += depth > next_depth ? 1 : 0;
    next_depth = depth + 1;
    const std::string distinct = view.folds_recursion ? "" : std::to_string(i);
    places.push_back(distinct + "/" + std::to_string(gaps) + "/" + report::frame_place(frames[i]));
  }
  return view.folds_recursion ? fold_library(fold_recursion(places), frames)
                              : fold_recursion(places);
}

struct Thread {
  std::int64_t tid = 0;
  std::string name;
  bool has_answered = true;
  report::Frames frames;
};

std::vector<Thread> other_threads(const reader::Details& crash) {
  std::map<std::int64_t, Thread> threads;
  for (const sqlite::Row& row : crash.threads) {
    const std::int64_t tid = row.integer("tid").value_or(0);
    threads[tid] = {tid, row.text("name").value_or(""), row.integer("answered") != 0, {}};
  }
  for (const sqlite::Row& frame : crash.frames) {
    const std::int64_t tid = frame.integer("thread").value_or(0);
    threads[tid].tid = tid;
    threads[tid].frames.push_back(frame);
  }
  threads.erase(crash.entry.row.integer("tid").value_or(-1));
  std::vector<Thread> sorted;
  sorted.reserve(threads.size());
  for (auto& [tid, thread] : threads) sorted.push_back(std::move(thread));
  return sorted;
}

/// What makes two threads stand together.
std::string stack_of(const Thread& thread) {
  if (thread.frames.empty()) return thread.has_answered ? "" : "?";
  std::string stack;
  for (const sqlite::Row& frame : thread.frames) stack += report::frame_place(frame) + '\n';
  return stack;
}

std::string threads_title(const std::vector<const Thread*>& threads) {
  std::string title;
  for (std::size_t i = 0; i < threads.size() && i < kThreadsNamed; ++i) {
    title += (i > 0 ? ", " : "") + std::to_string(threads[i]->tid);
    if (!threads[i]->name.empty()) title += " (" + threads[i]->name + ")";
  }
  if (threads.size() > kThreadsNamed) title += ", …";
  return threads.size() == 1 ? "Thread " + title
                             : std::to_string(threads.size()) + " threads: " + title;
}

void add_alike_threads(PageText& page, const std::vector<const Thread*>& threads, bool is_full) {
  const Thread& first = *threads.front();
  std::string title = threads_title(threads);
  if (first.frames.empty()) {
    title += first.has_answered ? ": no stack"
                                : ": stack not known; it blocks signals, or did not answer in time";
  }
  page.line(title);
  std::size_t shown =
      is_full ? first.frames.size() : std::min(first.frames.size(), kFramesOfOthers);
  for (std::size_t i = 0; i < shown; ++i) {
    if (const std::size_t run = is_full ? 0 : report::library_run(first.frames, i); run > 0) {
      page.line("  " + report::library_run_text(run), Style::faint);
      i += run - 1;
      shown = std::min(first.frames.size(), std::max(shown + run - 1, i + 1));
      continue;
    }
    const sqlite::Row& frame = first.frames[i];
    page.line("  " + column("#" + frame.text("depth").value_or("?"), 5) +
              report::frame_place(frame));
  }
  if (shown < first.frames.size()) {
    page.line("  (" + std::to_string(first.frames.size() - shown) + " more: --full)", Style::faint);
  }
}

// How many the process had is only known from its hardware snapshot.
void add_unrecorded(PageText& page, const reader::Details& crash, std::size_t recorded) {
  if (recorded < kThreadsRecorded) return;
  const auto& hardware = crash.hardware_details;
  const auto all = hardware ? hardware->integer("threads") : std::nullopt;
  const std::string first = "the first " + std::to_string(recorded) + " are recorded";
  if (!all) {
    page.line("(" + first + "; there may have been more)", Style::faint);
  } else if (const auto others = static_cast<std::size_t>(std::max<std::int64_t>(*all - 1, 0));
             others > recorded) {
    page.line("(of " + std::to_string(others) + " other threads " + first + ")", Style::faint);
  }
}

}  // namespace

void add_trace(PageText& page, const report::Frames& frames, const FramesView& view) {
  const std::vector<ShownFrame> shown = frames_to_show(frames, view);
  const std::size_t last = view.most_frames / 4;  // the outer end, where it all began
  const bool is_cut = shown.size() > view.most_frames;
  std::int64_t next_depth = 0;
  std::size_t excerpts = 0;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (is_cut && i == view.most_frames - last) {
      i = shown.size() - last;
      const std::size_t first_shown = shown[i].index;
      add_gap(page, first_shown - shown[view.most_frames - last].index, "not shown: --full");
      next_depth = frames[first_shown].integer("depth").value_or(next_depth);
    }
    const sqlite::Row& frame = frames[shown[i].index];
    const std::int64_t depth = frame.integer("depth").value_or(next_depth);
    if (depth > next_depth) add_gap(page, static_cast<std::size_t>(depth - next_depth), "left out");
    next_depth = depth + 1;
    if (shown[i].library > 0) {
      page.line(report::library_run_text(shown[i].library), Style::faint);
      const sqlite::Row& outermost = frames[shown[i].index + shown[i].library - 1];
      next_depth = outermost.integer("depth").value_or(depth) + 1;
      continue;
    }
    page.line(column("#" + frame.text("depth").value_or("?"), 5) + report::frame_place(frame));
    if (view.sources.may_be_read && excerpts < kExcerpts && has_source(frame) &&
        add_source(page, frame, view)) {
      ++excerpts;
    }
    if (shown[i].repeats == 0) continue;
    add_repeats(page, shown[i]);
    const sqlite::Row& last_repeat = frames[shown[i].index + shown[i].block * shown[i].repeats];
    next_depth = last_repeat.integer("depth").value_or(depth) + 1;
  }
}

void add_other_threads(PageText& page, const reader::Details& crash, bool is_full) {
  const std::vector<Thread> threads = other_threads(crash);
  if (threads.empty()) return;
  std::vector<std::pair<std::string, std::vector<const Thread*>>> alike;
  for (const Thread& thread : threads) {
    const std::string stack = stack_of(thread);
    const auto same = std::find_if(alike.begin(), alike.end(),
                                   [&](const auto& group) { return group.first == stack; });
    if (same == alike.end()) {
      alike.push_back({stack, {&thread}});
    } else {
      same->second.push_back(&thread);
    }
  }
  page.section("Other threads");
  for (const auto& [stack, group] : alike) add_alike_threads(page, group, is_full);
  add_unrecorded(page, crash, threads.size());
}

}  // namespace dblog::tool
