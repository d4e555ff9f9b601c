// A Sampler that a forked child can use, whatever the other threads of its parent were doing.
// Used by EventLogger and Monitor.
#pragma once

#include <unistd.h>

#include <memory>

#include "handlers/record/black_box.hpp"
#include "src/monitor/sampler.hpp"
#include "src/process/per_process.hpp"

namespace dblog::api {

class ForkSafeSampler {
 public:
  ForkSafeSampler() = default;
  ~ForkSafeSampler() { samplers_.remove(); }
  ForkSafeSampler(const ForkSafeSampler&) = delete;
  ForkSafeSampler& operator=(const ForkSafeSampler&) = delete;

  /// As Sampler::sample(); a sample of this process is kept in its black box, too. A child starts
  /// without earlier samples.
  base::Result<base::HardwareSample> sample(int process_id) {
    monitor::Sampler& sampler = samplers_.get_or_make(
        [](monitor::Sampler*) { return std::make_unique<monitor::Sampler>(); });
    auto sample = sampler.sample(process_id);
    if (sample && process_id == ::getpid()) crash::keep_in_black_box(*sample);
    return sample;
  }

 private:
  process::PerProcess<monitor::Sampler> samplers_;
};

}  // namespace dblog::api
