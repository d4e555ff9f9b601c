// One word, read once.
#include "src/config/trust_setting.hpp"

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "src/base/trusted_file.hpp"

namespace dblog::config {
namespace {

enum class State { unread, good, wrong };

State read_setting() {
  const char* value = ::secure_getenv("DBLOG_TRUST");
  const std::string_view word = value != nullptr ? value : "";
  if (word == "group") {
    base::set_trusted_writers(base::TrustedWriters::group);
  } else if (word == "everyone") {
    base::set_trusted_writers(base::TrustedWriters::everyone);
  } else if (!word.empty() && word != "owner") {
    return State::wrong;
  }
  return State::good;
}

}  // namespace

std::optional<base::Error> adopt_trust_setting() {
  static std::atomic<State> state{State::unread};
  if (state.load() == State::unread) state.store(read_setting());
  if (state.load() == State::good) return std::nullopt;
  return base::Error{base::ErrorCode::invalid_argument, "environment",
                     "DBLOG_TRUST must be owner, group or everyone; owner counts"};
}

}  // namespace dblog::config
