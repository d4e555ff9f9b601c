// Sampler: /proc through the crash handler's own reader, plus memory of the last looks.
#include "src/monitor/sampler.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

namespace dblog::monitor {
namespace {

base::Error why_not_readable(int process_id) {
  const std::string where = "process " + std::to_string(process_id);
  if (::kill(process_id, 0) != 0 && errno == ESRCH) {
    return {base::ErrorCode::not_found, where, "there is no such process"};
  }
  if (::access("/proc/self/stat", R_OK) != 0) {
    return {base::ErrorCode::io, "/proc", "cannot be read; mount it (mount -t proc proc /proc)"};
  }
  return {base::ErrorCode::permission, where,
          "may not be read by this user (/proc is mounted with hidepid); run as its user"};
}

}  // namespace

Sampler::Sampler() : sources_(base::find_hardware_sources()) {}

base::Result<base::HardwareSample> Sampler::sample(int process_id) {
  if (process_id <= 0) {
    return base::Error{base::ErrorCode::invalid_argument, "process " + std::to_string(process_id),
                       "a process id is greater than 0"};
  }
  std::optional<base::HardwareSample> previous;
  {
    const std::lock_guard lock{mutex_};
    if (const LastLook* last = find(process_id)) previous = last->sample;
  }
  base::HardwareSample sample;
  if (!base::sample_hardware(process_id, sources_, previous ? &*previous : nullptr, sample)) {
    return why_not_readable(process_id);
  }
  const std::lock_guard lock{mutex_};
  remember(process_id, sample);
  return sample;
}

Sampler::LastLook* Sampler::find(int process_id) {
  const auto found =
      std::find_if(last_looks_.begin(), last_looks_.end(),
                   [&](const LastLook& look) { return look.process_id == process_id; });
  return found == last_looks_.end() ? nullptr : &*found;
}

void Sampler::remember(int process_id, const base::HardwareSample& sample) {
  if (LastLook* last = find(process_id)) {
    // Of two threads' looks at once the later one counts, whichever gets here first.
    if (last->sample.taken_at_ns < sample.taken_at_ns) last->sample = sample;
    return;
  }
  if (last_looks_.size() < kMaxProcesses) {
    last_looks_.push_back({process_id, sample});
    return;
  }
  const auto oldest = std::min_element(last_looks_.begin(), last_looks_.end(),
                                       [](const LastLook& left, const LastLook& right) {
                                         return left.sample.taken_at_ns < right.sample.taken_at_ns;
                                       });
  *oldest = {process_id, sample};
}

}  // namespace dblog::monitor
