#include "src/symbols/name_frames.hpp"

#include <algorithm>
#include <utility>

#include "src/schema/schema.hpp"
#include "src/store/store.hpp"

namespace dblog::symbols {
namespace {

using Clock = std::chrono::steady_clock;

NameSource best_source(const Places& places) {
  NameSource best = NameSource::none;
  for (const Place& place : places) best = std::max(best, place.origin.source);
  return best;
}

bool has_place(const Places& places) {
  return !places.empty() &&
         (!places.back().function.empty() || !places.back().file.empty() || places.size() > 1);
}

// What is there already must not be replaced by less.
bool is_improvement(const RecordedFrame& frame, const Places& places) {
  const auto& known = frame.rows.back().name_origin;
  return !known || best_source(places) >= known->source;
}

struct ModuleFrames {
  ModuleKey module;
  std::vector<std::size_t> frames;
  std::vector<CodeAddress> addresses;
};

class Naming {
 public:
  Naming(FramesDatabase& database, Symbolizer& symbolizer, const NamingOptions& options)
      : database_(database),
        symbolizer_(symbolizer),
        options_(options),
        deadline_(Clock::now() + options.time_limit) {}

  /// Nothing, or why it failed.
  std::optional<base::Error> name(const FrameOwner& owner) {
    if (Clock::now() >= deadline_) {
      ++outcome_.left;
      return std::nullopt;
    }
    const auto stack = database_.load(owner);
    // Deleted meanwhile.
    if (!stack && stack.error().code == base::ErrorCode::not_found) return std::nullopt;
    if (!stack) return stack.error();
    std::vector<NamedFrame> named = look_up(*stack);
    if (named.empty()) return std::nullopt;
    const auto is_saved = database_.save(*stack, named, options_.on_named);
    if (!is_saved) return is_saved.error();
    if (*is_saved) count(owner, named);
    return std::nullopt;
  }

  NamingOutcome take_outcome() { return std::move(outcome_); }

 private:
  // By module, because one after the other they are opened and read.
  std::vector<ModuleFrames> frames_by_module(const RecordedStack& stack,
                                             std::vector<NamedFrame>& outside) const {
    std::vector<ModuleFrames> modules;
    for (std::size_t i = 0; i < stack.frames.size(); ++i) {
      const RecordedFrame& frame = stack.frames[i];
      if (!needs_name(frame, options_.retry)) continue;
      const auto address = code_address(stack, frame);
      if (!address) {
        outside.push_back({i, {}});
        continue;
      }
      const ModuleKey key = module_key(stack, frame);
      auto module = std::find_if(modules.begin(), modules.end(),
                                 [&](const ModuleFrames& each) { return each.module == key; });
      if (module == modules.end()) module = modules.insert(module, {key, {}, {}});
      module->frames.push_back(i);
      module->addresses.push_back(*address);
    }
    return modules;
  }

  std::vector<NamedFrame> look_up(const RecordedStack& stack) {
    std::vector<NamedFrame> named;
    bool is_complete = true;
    for (const ModuleFrames& module : frames_by_module(stack, named)) {
      auto places = symbolizer_.places(module.module, module.addresses, deadline_);
      is_complete = is_complete && places.size() == module.addresses.size();
      for (std::size_t i = 0; i < places.size(); ++i) {
        named.push_back({module.frames[i], std::move(places[i])});
      }
    }
    if (!is_complete) ++outcome_.left;
    std::erase_if(named, [&](const NamedFrame& each) {
      return !is_improvement(stack.frames[each.frame], each.places);
    });
    return named;
  }

  void count(const FrameOwner& owner, const std::vector<NamedFrame>& named) {
    (owner.is_crash ? outcome_.crashes : outcome_.stacks).push_back(owner.id);
    for (const NamedFrame& each : named) {
      ++(has_place(each.places) ? outcome_.named : outcome_.without_name);
    }
  }

  FramesDatabase& database_;
  Symbolizer& symbolizer_;
  const NamingOptions& options_;
  Deadline deadline_;
  NamingOutcome outcome_;
};

base::Result<std::vector<FrameOwner>> owners_of(FramesDatabase& database,
                                                const NamingOptions& options) {
  if (options.targets.empty())
    return database.unnamed(options.limit, options.retry, options.only_new);
  std::vector<FrameOwner> owners;
  for (const NamingTarget& target : options.targets) {
    if (target.table == "crashes") {
      owners.push_back({true, target.id});
      continue;
    }
    auto stacks = database.stacks_of_event(target.table, target.id);
    if (!stacks) return stacks.error();
    owners.insert(owners.end(), stacks->begin(), stacks->end());
  }
  return owners;
}

// Nothing if the database is of the present schema after this.
std::optional<base::Result<NamingOutcome>> bring_up_to_date(const std::filesystem::path& path,
                                                            FramesDatabase& database,
                                                            bool upgrade) {
  const auto version = database.version();
  if (!version) return version.error();
  if (*version == schema::kVersion) return std::nullopt;
  if (*version <= 0 || !upgrade) return NamingOutcome{};
  auto store = store::Store::at(path);
  if (!store) return store.error();
  const auto opened = (*store)->open();
  if (!opened) return opened.error();
  return std::nullopt;
}

}  // namespace

base::Result<NamingOutcome> name_frames(const std::filesystem::path& path, Symbolizer& symbolizer,
                                        const NamingOptions& options) {
  auto database = FramesDatabase::open(path);
  if (!database) return database.error();
  if (auto end = bring_up_to_date(path, *database, options.upgrade)) return std::move(*end);
  const auto owners = owners_of(*database, options);
  if (!owners) return owners.error();
  Naming naming{*database, symbolizer, options};
  for (std::size_t done = 0; done < owners->size(); ++done) {
    options.on_progress(done, owners->size());
    if (auto error = naming.name((*owners)[done])) return *error;
  }
  return naming.take_outcome();
}

}  // namespace dblog::symbols
