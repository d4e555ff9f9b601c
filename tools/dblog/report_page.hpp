// The page of `dblog report`: a frame of HTML, style and script (report_page/, embedded by CMake)
// around data from a database. Whatever the data hold, they stay data: a browser reads them as
// JSON in elements that it does not run, and runs no script without the page's nonce.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dblog::tool {

extern const std::string_view kReportHtml;
extern const std::string_view kReportStyle;
extern const std::string_view kReportScript;

/// `data` and each of `details` are JSON. `nonce` is for this page alone: letters, digits, '-'.
std::string report_page(std::string_view nonce, std::string_view data,
                        const std::vector<std::string>& details);

}  // namespace dblog::tool
