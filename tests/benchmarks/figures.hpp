// What the benchmarks share: medians, and the table that they print.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace dblog::benchmark {

template <typename Number>
Number median(std::vector<Number> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// One figure beside what it is measured against, in the same unit.
struct Line {
  std::string what;
  double figure;
  std::string beside;  ///< "": nothing
  double rival;
};

/// A heading and Markdown's header.
inline void print_heading(const char* title, const char* unit) {
  std::printf("\n### %s\n\n| | %s | beside | %s | ratio |\n|---|---|---|---|---|\n", title, unit,
              unit);
}

/// Four digits; all those before the point.
inline std::string figure_text(double figure) {
  char text[32];
  std::snprintf(text, sizeof text, figure < 1'000 ? "%.4g" : "%.0f", figure);
  return text;
}

inline void print(const Line& line) {
  std::printf("| %s | %s | ", line.what.c_str(), figure_text(line.figure).c_str());
  if (line.beside.empty()) {
    std::puts("| | |");
  } else {
    std::printf("%s | %s | %.2f |\n", line.beside.c_str(), figure_text(line.rival).c_str(),
                line.figure / line.rival);
  }
  std::fflush(stdout);
}

}  // namespace dblog::benchmark
