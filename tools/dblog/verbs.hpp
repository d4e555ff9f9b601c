// The tool's verbs. A new one has a line here, another in command_line.cpp, and its options in
// NAME_options.cpp.
#pragma once

#include "tools/dblog/verb_options.hpp"

namespace dblog::tool {

/// Adds a verb, with its options, to the command line.
using DescribeVerb = void(CommandLine& line);

DescribeVerb describe_list;
DescribeVerb describe_follow;
DescribeVerb describe_show;
DescribeVerb describe_groups;
DescribeVerb describe_group;
DescribeVerb describe_stats;
DescribeVerb describe_sql;
DescribeVerb describe_symbolize;
DescribeVerb describe_recover;
DescribeVerb describe_flush;
DescribeVerb describe_outbox;
DescribeVerb describe_prune;
DescribeVerb describe_merge;
DescribeVerb describe_export;
DescribeVerb describe_report;
DescribeVerb describe_run;
DescribeVerb describe_gdb;
DescribeVerb describe_doctor;
DescribeVerb describe_test_notify;
DescribeVerb describe_help;
DescribeVerb describe_complete;

}  // namespace dblog::tool
