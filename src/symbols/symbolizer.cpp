#include "src/symbols/symbolizer.hpp"

#include <algorithm>
#include <cstdlib>

namespace dblog::symbols {
namespace {

using Clock = std::chrono::steady_clock;

bool has_servers() {
  const char* urls = ::secure_getenv("DEBUGINFOD_URLS");
  return urls != nullptr && *urls != '\0';
}

}  // namespace

Symbolizer::Trust& Symbolizer::trust_in(const ModuleKey& module) {
  const auto known = std::find_if(distrusted_.begin(), distrusted_.end(),
                                  [&](const auto& entry) { return entry.first == module; });
  if (known != distrusted_.end()) return known->second;
  return distrusted_.emplace_back(module, Trust::all).second;
}

Deadline Symbolizer::next_deadline(Deadline deadline) const {
  constexpr std::chrono::minutes kForServers{1};
  auto patience = options_.patience;
  if (has_servers()) patience += kForServers;
  return std::min(deadline, Clock::now() + patience);
}

bool Symbolizer::has_worker() {
  if (!worker_) {
    if (auto fresh = Worker::start(options_.worker)) worker_.emplace(std::move(*fresh));
  }
  return worker_.has_value();
}

// Adds answers to `places` for as long as they come; a worker that stops before the end is ended.
void Symbolizer::ask(const ModuleKey& module, Detail detail, std::span<const CodeAddress> addresses,
                     Deadline deadline, std::vector<Places>& places) {
  const auto rest = addresses.subspan(places.size());
  bool is_good = worker_->send({module, detail, {rest.begin(), rest.end()}});
  if (is_good) {
    const auto misfits = worker_->receive_misfits(next_deadline(deadline));
    is_good = misfits.has_value();
    if (is_good) note(module, *misfits);
  }
  while (is_good && places.size() < addresses.size()) {
    auto answer = worker_->receive(next_deadline(deadline));
    is_good = answer.has_value();
    if (is_good) places.push_back(std::move(*answer));
  }
  if (!is_good) worker_.reset();
}

void Symbolizer::note(const ModuleKey& module, const Misfits& misfits) {
  constexpr std::size_t kMost = 1'000;
  for (const Misfit& misfit : misfits) {
    const bool is_known =
        std::any_of(misfits_.begin(), misfits_.end(), [&](const ModuleMisfit& each) {
          return each.module.path == module.path && each.module.build_id == module.build_id &&
                 each.misfit == misfit;
        });
    if (!is_known && misfits_.size() < kMost) misfits_.push_back({module, misfit});
  }
}

std::vector<Places> Symbolizer::places(const ModuleKey& module,
                                       std::span<const CodeAddress> addresses, Deadline deadline) {
  std::vector<Places> places;
  Trust& trust = trust_in(module);
  while (places.size() < addresses.size() && trust != Trust::nothing) {
    if (!has_worker()) return places;
    const Detail detail = trust == Trust::all ? Detail::all : Detail::symbols_only;
    ask(module, detail, addresses, deadline, places);
    if (places.size() == addresses.size()) return places;
    // The caller's time limit is not the module's fault.
    if (Clock::now() >= deadline) return places;
    ++lost_workers_;
    trust = trust == Trust::all ? Trust::symbols_only : Trust::nothing;
  }
  places.resize(addresses.size());
  return places;
}

}  // namespace dblog::symbols
