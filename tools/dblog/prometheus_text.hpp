// Counts in the text format of Prometheus, for node_exporter's textfile collector.
// https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <string>

#include "src/reader/reader.hpp"

namespace dblog::tool {

/// dblog_crashes, dblog_events, dblog_last_crash_timestamp_seconds. All are gauges: retention makes
/// counts smaller. Programs are called by the names of their files.
std::string prometheus_text(const reader::Counts& counts);

}  // namespace dblog::tool
