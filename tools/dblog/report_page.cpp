#include "tools/dblog/report_page.hpp"

namespace dblog::tool {
namespace {

/// In JSON '<' stands in strings alone: as an escape it ends no element and begins no comment.
void append_json(std::string& page, std::string_view json) {
  for (const char c : json) {
    if (c == '<') {
      page += "\\u003c";
    } else {
      page += c;
    }
  }
}

void append_details(std::string& page, const std::vector<std::string>& details) {
  for (std::size_t i = 0; i < details.size(); ++i) {
    page += R"(<script type="application/json" id="details-)" + std::to_string(i) + R"(">)";
    append_json(page, details[i]);
    page += "</script>\n";
  }
}

}  // namespace

std::string report_page(std::string_view nonce, std::string_view data,
                        const std::vector<std::string>& details) {
  std::string page;
  std::string_view rest = kReportHtml;
  while (true) {
    const std::size_t begin = rest.find("{{");
    page += rest.substr(0, begin);
    if (begin == rest.npos) return page;
    const std::size_t end = rest.find("}}", begin);
    const std::string_view name = rest.substr(begin + 2, end - begin - 2);
    rest.remove_prefix(end + 2);
    if (name == "nonce") {
      page += nonce;
    } else if (name == "style") {
      page += kReportStyle;
    } else if (name == "script") {
      page += kReportScript;
    } else if (name == "data") {
      append_json(page, data);
    } else {
      append_details(page, details);
    }
  }
}

}  // namespace dblog::tool
