// Growing waits.
#include "src/outbox/policy.hpp"

#include <algorithm>
#include <cmath>

namespace dblog::outbox {
namespace {

using std::chrono::milliseconds;

milliseconds grown(milliseconds first, double factor, std::int64_t steps, milliseconds longest) {
  // Beyond 60 steps any growth has reached the longest, and pow() would overflow.
  const double exponent = static_cast<double>(std::clamp<std::int64_t>(steps, 0, 60));
  const double wait = static_cast<double>(first.count()) * std::pow(factor, exponent);
  const auto most = static_cast<double>(longest.count());
  return milliseconds{static_cast<milliseconds::rep>(std::min(wait, most))};
}

}  // namespace

milliseconds wait_after(const Policy& policy, int failures, double chance) {
  // 3 / 1.5: the smallest ratio of two waits that follow each other is 2.
  constexpr double kGrowth = 3;
  constexpr double kMostExtra = 0.5;
  const milliseconds wait = grown(policy.first_wait, kGrowth, failures - 1, policy.longest_wait);
  const double extra = static_cast<double>(wait.count()) * kMostExtra * chance;
  return wait + milliseconds{static_cast<milliseconds::rep>(extra)};
}

milliseconds quiet_after(const Policy& policy, std::int64_t messages) {
  return grown(policy.first_quiet, 2, messages - 1, policy.longest_quiet);
}

std::chrono::seconds bounded_pause(std::chrono::seconds asked) {
  constexpr std::chrono::seconds kLongest = std::chrono::hours{24};
  return std::clamp(asked, std::chrono::seconds{0}, kLongest);
}

bool is_exhausted(const Policy& policy, int failures, Timestamp created, Timestamp now) {
  if (policy.max_tries > 0 && failures >= policy.max_tries) return true;
  return policy.max_age.count() > 0 && now - created >= policy.max_age;
}

}  // namespace dblog::outbox
