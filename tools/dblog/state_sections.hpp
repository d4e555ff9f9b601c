// What the program was doing: registers and breadcrumbs on a page. Called by the page of a crash.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/reader/reader.hpp"
#include "tools/dblog/page_text.hpp"

namespace dblog::tool {

/// In the processor's order: rip, rsp, rbp, rax, … r8, r9, r10; pc, sp, x0, x1, ….
std::vector<sqlite::Row> in_processor_order(std::vector<sqlite::Row> registers);

void add_registers(PageText& page, const std::vector<sqlite::Row>& registers);

/// What HandlerOptions::on_crash wrote.
void add_note(PageText& page, const reader::Details& crash);

/// With the time before the crash, "-1.203 s", and the thread if it is not the one that crashed.
void add_breadcrumbs(PageText& page, const reader::Details& crash);

/// From `date` to `crash_date`, both as in the database: "-1.203 s", "-2 h 3 min". Nothing if one
/// of them is no date.
std::optional<std::string> time_before(std::string_view date, std::string_view crash_date);

}  // namespace dblog::tool
