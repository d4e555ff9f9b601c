#include "src/report/suppressed_text.hpp"

#include "src/schema/suppressed_by.hpp"

namespace dblog::report {

std::string suppressed_text(const sqlite::Row& alert) {
  const std::string rule = alert.text("suppressed_by").value_or("");
  if (rule == schema::kSuppressedByIgnored) return "its group is ignored";
  if (rule == schema::kSuppressedByMuted) return "its group was muted";
  if (rule != schema::kSuppressedByEnvironment) return "";
  const bool is_mail = alert.text("channel") == "email";
  return std::string{is_mail ? "mail" : "slack"} + "_environments does not name its environment";
}

}  // namespace dblog::report
