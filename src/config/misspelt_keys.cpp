// Edit distances to the keys that there are.
#include "src/config/misspelt_keys.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "src/base/ascii.hpp"
#include "src/config/setting_rules.hpp"
#include "src/config/spelling.hpp"

namespace dblog::config {
namespace {

constexpr std::size_t kMaxMisspeltKeys = 10;
constexpr std::size_t kMaxKeyBytes = 40;
constexpr std::size_t kLongKeyBytes = 13;
constexpr std::string_view kPrefix = "DBLOG_";
// Of the environment only.
constexpr std::array<std::string_view, 2> kVariables = {"DBLOG_DB", "DBLOG_TRUST"};

struct Key {
  std::string_view text;
  bool is_for_mail;
  bool is_generic;  // other programs have such keys too
};

constexpr std::array kKeys = {Key{"webhook", false, false},
                              Key{"slack_app_name", false, false},
                              Key{"mail_server", true, false},
                              Key{"server_port", true, true},
                              Key{"mail_security", true, false},
                              Key{"username", true, true},
                              Key{"password", true, true},
                              Key{"sender_email", true, false},
                              Key{"recipient_email", true, false},
                              Key{"email_app_name", true, false},
                              Key{"slack_min_severity", false, false},
                              Key{"mail_min_severity", true, false},
                              Key{"slack_environments", false, false},
                              Key{"mail_environments", true, false},
                              Key{"environment", false, true},
                              Key{"journal", false, true},
                              Key{"ca_file", true, true},
                              Key{"debug_dirs", false, true},
                              Key{"path_map", false, true},
                              Key{"scrub_keys", false, false},
                              Key{"scrub_patterns", false, false},
                              Key{"DBLOG_MAX_MB", false, false},
                              Key{"DBLOG_MAX_DAYS", false, false},
                              Key{"DBLOG_MAX_ROWS", false, false},
                              Key{"DBLOG_BOX_DAYS", false, false},
                              Key{"DBLOG_DELIVERY", false, false}};

bool begins_with_prefix(std::string_view key) {
  return base::is_same_ignoring_case(key.substr(0, kPrefix.size()), kPrefix);
}

struct Suspect {
  std::string why;
  std::string_view key;  // that is meant, else as it is written
  bool is_misspelt = true;
};

Suspect unknown(std::string_view key, std::string_view meant) {
  const std::string why = std::string(key) + " is not a setting of dblog";
  if (meant.empty()) return {why + "; docs/settings.md lists them", key};
  return {why + "; did you mean " + std::string(meant) + '?', meant};
}

class Search {
 public:
  Search(const EnvFile& file, const Environment& environment)
      : file_(file), environment_(environment) {
    for (const Key& key : kKeys) {
      has_mail_ = has_mail_ || (key.is_for_mail && !key.is_generic && is_set(key.text));
    }
  }

  // What is wrong with a key, if it is meant for dblog.
  [[nodiscard]] std::optional<Suspect> fault(std::string_view key) const {
    if (key.size() > kMaxKeyBytes || !is_printable_text(key) || is_known(key)) return std::nullopt;
    if (std::find(kVariables.begin(), kVariables.end(), key) != kVariables.end()) {
      if (environment_(std::string(key)) != nullptr) return std::nullopt;
      return Suspect{std::string(key) + " is read from the environment only; set it there", key,
                     false};
    }
    if (begins_with_prefix(key)) return unknown(key, nearest_of_prefix(key));
    for (const Key& ours : kKeys) {
      if (is_misspelling(key, ours)) return unknown(key, ours.text);
    }
    return std::nullopt;
  }

 private:
  static bool is_known(std::string_view key) {
    return std::any_of(kKeys.begin(), kKeys.end(), [&](const Key& k) { return k.text == key; });
  }

  static std::string_view nearest_of_prefix(std::string_view key) {
    constexpr std::size_t kFar = 4;
    std::string_view nearest;
    std::size_t least = kFar;
    for (const Key& ours : kKeys) {
      if (base::is_same_ignoring_case(key.substr(kPrefix.size()), ours.text)) return ours.text;
      if (!ours.text.starts_with(kPrefix)) continue;
      const std::size_t far = spelling_distance(base::lower_cased(std::string(key)),
                                                base::lower_cased(std::string(ours.text)));
      if (far < least) nearest = ours.text;
      least = std::min(least, far);
    }
    return nearest;
  }

  [[nodiscard]] bool is_misspelling(std::string_view key, const Key& ours) const {
    const bool is_case_only = base::is_same_ignoring_case(key, ours.text);
    const std::size_t most = ours.text.size() < kLongKeyBytes ? 1 : 2;
    // Files may have very many keys.
    if (key.size() > ours.text.size() + most || ours.text.size() > key.size() + most) return false;
    if (!is_case_only && spelling_distance(key, ours.text) > most) return false;
    // `environments` is a word of its own.
    const bool is_of_others =
        is_case_only || (ours.is_generic && (ours.is_for_mail || key.starts_with(ours.text)));
    if (is_of_others && !(ours.is_for_mail && has_mail_)) return false;
    return !is_set(ours.text);
  }

  [[nodiscard]] bool is_set(std::string_view key) const {
    return file_.values.contains(key) || environment_(std::string(key)) != nullptr;
  }

  const EnvFile& file_;
  const Environment& environment_;
  bool has_mail_ = false;
};

}  // namespace

std::vector<SettingError> find_misspelt_keys(const EnvFile& file, const std::string& name,
                                             const Environment& environment) {
  std::vector<SettingError> errors;
  const Search search{file, environment};
  for (const auto& [key, value] : file.values) {
    if (value.text.empty() || errors.size() == kMaxMisspeltKeys) continue;
    if (auto fault = search.fault(key)) {
      SettingError& error = errors.emplace_back();
      error.code = base::ErrorCode::invalid_argument;
      error.where = name + ":" + std::to_string(value.line);
      error.why = std::move(fault->why);
      error.key = fault->key;
      error.is_misspelt = fault->is_misspelt;
    }
  }
  return errors;
}

}  // namespace dblog::config
