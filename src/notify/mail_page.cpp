// Each element has its style in itself, because some mail programs drop <style>; that one only
// changes colours where the reader's system is dark, and the margins on a phone.
#include "src/notify/mail_page.hpp"

#include <vector>

#include "src/notify/entities.hpp"
#include "src/notify/plain_text.hpp"

namespace dblog::notify {
namespace {

using text::MessagePart;
using text::PartKind;

constexpr std::string_view kHead =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"supported-color-schemes\" content=\"light dark\">\n";

constexpr std::string_view kStyle =
    "<style>\n"
    ":root { color-scheme: light dark; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    ".page { background: #14161a !important; }\n"
    ".card { background: #1e2126 !important; border-color: #3a3f47 !important; "
    "border-top-color: #6fa3dc !important; }\n"
    ".text { color: #e8e8e8 !important; }\n"
    ".name { color: #a3a9b3 !important; }\n"
    ".code { background: #2a2e35 !important; color: #e8e8e8 !important; }\n"
    "}\n"
    "@media (max-width: 480px) {\n"
    ".page { padding: 0 !important; }\n"
    ".card { border-radius: 0 !important; padding: 16px !important; }\n"
    ".name { padding-right: 10px !important; }\n"
    "}\n"
    "</style>\n";

constexpr std::string_view kPage = "margin:0;padding:16px;background:#f3f4f6";
constexpr std::string_view kCard =
    "max-width:640px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #d9dce1;"
    "border-top:4px solid #3b6ea8;border-radius:6px;box-sizing:border-box;"
    "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;"
    "font-size:16px;line-height:1.5";
constexpr std::string_view kHeading =
    "margin:0 0 16px 0;font-size:20px;line-height:1.3;color:#1a1a1a;overflow-wrap:anywhere";
constexpr std::string_view kText =
    "margin:0 0 16px 0;color:#1a1a1a;font-family:inherit;font-size:16px;white-space:pre-wrap;"
    "overflow-wrap:anywhere";
constexpr std::string_view kSummary =
    "margin:0 0 16px 0;color:#1a1a1a;font-weight:600;overflow-wrap:anywhere";
constexpr std::string_view kTitle = "margin:0 0 6px 0;font-size:14px;color:#5b616b";
constexpr std::string_view kCode =
    "margin:0 0 16px 0;padding:12px;background:#f3f4f6;color:#1a1a1a;border-radius:4px;"
    "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:13px;"
    "line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere";
constexpr std::string_view kTable = "margin:0 0 16px 0;border-collapse:collapse";
constexpr std::string_view kName =
    "padding:2px 16px 2px 0;text-align:left;vertical-align:top;font-weight:normal;"
    "white-space:nowrap;color:#5b616b";
constexpr std::string_view kValue =
    "padding:2px 0;vertical-align:top;color:#1a1a1a;overflow-wrap:anywhere;word-break:break-word";

std::string opened(std::string_view tag, std::string_view classes, std::string_view style,
                   std::string_view more = {}) {
  std::string text = "<";
  text.append(tag);
  if (!classes.empty()) text.append(" class=\"").append(classes).append("\"");
  return text.append(more).append(" style=\"").append(style).append("\">");
}

std::string element(std::string_view tag, std::string_view classes, std::string_view style,
                    std::string_view text) {
  return opened(tag, classes, style) + with_entities(text) + "</" + std::string(tag) + ">";
}

// The line break after <pre> belongs to the tag.
std::string preformatted(std::string_view classes, std::string_view style, std::string_view text) {
  return opened("pre", classes, style) + '\n' + with_entities(text) + "</pre>\n";
}

std::string fact_row(const MessagePart& fact, std::string_view value) {
  constexpr std::size_t kMaxName = 80;
  return "<tr>" + opened("th", "name", kName, " scope=\"row\"") +
         with_entities(sendable_line(fact.name, kMaxName)) + "</th>\n" +
         element("td", "text", kValue, value) + "</tr>\n";
}

std::string code_block(const MessagePart& code, std::string_view text) {
  constexpr std::size_t kMaxName = 80;
  return element("h2", "name", kTitle, sendable_line(code.name, kMaxName)) + '\n' +
         preformatted("code", kCode, text);
}

std::string laid_out(std::string_view body, const std::vector<MessagePart>& parts) {
  std::string html;
  bool is_in_table = false;
  for (const MessagePart& part : parts) {
    const std::string text = sendable_text(text_of(body, part));
    const bool is_fact = part.kind == PartKind::fact;
    if (is_fact && !is_in_table) html += opened("table", "", kTable) + '\n';
    if (!is_fact && is_in_table) html += "</table>\n";
    is_in_table = is_fact;
    if (is_fact) {
      html += fact_row(part, text);
    } else if (part.kind == PartKind::code) {
      html += code_block(part, text);
    } else if (part.kind == PartKind::summary) {
      html += element("p", "text", kSummary, text) + '\n';
    } else {
      html += preformatted("text", kText, text);  // its lines are lines without any style, too
    }
  }
  return html + (is_in_table ? "</table>\n" : "");
}

}  // namespace

std::string mail_page(std::string_view subject, const Message& message) {
  const bool has_parts = !message.parts.empty() && are_parts_of(message.body, message.parts);
  return std::string(kHead) + "<title>" + with_entities(subject) + "</title>\n" +
         std::string(kStyle) + "</head>\n" + opened("body", "page", kPage) + '\n' +
         opened("div", "card", kCard) + '\n' + element("h1", "text", kHeading, subject) + '\n' +
         (has_parts ? laid_out(message.body, message.parts)
                    : preformatted("code", kCode, sendable_text(message.body))) +
         "</div>\n</body>\n</html>\n";
}

}  // namespace dblog::notify
