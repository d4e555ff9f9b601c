// Raw addresses as files and offsets, and a stack's id.
#include "src/event/event_stack.hpp"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "handlers/exceptions/exception_in_flight.hpp"
#include "handlers/exceptions/exception_text.hpp"
#include "handlers/exceptions/throw_sites.hpp"
#include "handlers/unwind/module_lookup.hpp"
#include "src/base/fnv1a.hpp"
#include "src/base/program_path.hpp"
#include "src/base/text_buffer.hpp"

namespace dblog::event {
namespace {

constexpr std::size_t kMaxFrames = crash::RawStack::kMaxFrames;

// The finalizer of splitmix64: every bit of the result depends on every bit of the input.
std::uint64_t mixed(std::uint64_t value) noexcept {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

std::uint64_t hash_of(const crash::Module& module) noexcept {
  const std::string_view build_id{reinterpret_cast<const char*>(module.build_id),
                                  module.build_id_size};
  return base::Fnv1a{}.add(build_id.empty() ? std::string_view{module.path} : build_id).value();
}

// Never destroyed: pushes come after main(), too.
const std::string& program_path() {
  static const std::string& path = *new std::string{[] {
    char program[PATH_MAX];
    base::read_program_path(program);
    return std::string{program};
  }()};
  return path;
}

// Without install_handlers() the program's path is not known yet.
void name_program(crash::Module& module) {
  if (module.path[0] == '\0') base::TextBuffer{module.path}.path(program_path());
}

class StackResolver {
 public:
  void add(crash::RawFrame raw) {
    store::StackRow::Frame frame;
    frame.address = raw.address();
    frame.is_return_address = raw.is_return_address();
    frame.module = module_of(frame.address - (frame.is_return_address ? 1 : 0));
    const bool is_known = frame.module != store::StackRow::Frame::kNoModule;
    hash_ = mixed(hash_ ^ (is_known ? module_hashes_[frame.module] : 0));
    hash_ = mixed(hash_ ^ (frame.address - (is_known ? row_.modules[frame.module].load_bias : 0)));
    row_.frames.push_back(frame);
  }

  store::StackRow finish() && {
    std::memcpy(&row_.id, &hash_, sizeof row_.id);
    return std::move(row_);
  }

 private:
  std::size_t module_of(std::uint64_t address) {
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      if (address >= ranges_[i].begin && address < ranges_[i].end) return i;
    }
    crash::Module module;
    crash::ModuleRange range;
    if (!crash::describe_module(address, module, range)) return store::StackRow::Frame::kNoModule;
    name_program(module);
    row_.modules.push_back(module);
    ranges_.push_back(range);
    module_hashes_.push_back(hash_of(module));
    return ranges_.size() - 1;
  }

  store::StackRow row_;
  std::vector<crash::ModuleRange> ranges_;
  std::vector<std::uint64_t> module_hashes_;
  std::uint64_t hash_ = 0;
};

std::optional<store::StackRow> stack_row(const crash::RawStack& raw) {
  if (raw.frame_count == 0) return std::nullopt;
  StackResolver resolver;
  for (std::uint32_t i = 0; i < raw.frame_count; ++i) resolver.add(raw.frames[i]);
  return std::move(resolver).finish();
}

void copy_frames(std::span<const void* const> frames, crash::RawStack& stack) noexcept {
  for (const void* address : frames.first(std::min<std::size_t>(frames.size(), kMaxFrames))) {
    stack.frames[stack.frame_count++] =
        crash::RawFrame{reinterpret_cast<std::uint64_t>(address), false};
  }
}

}  // namespace

PushSite::PushSite(const PushOptions& options, const void* return_address,
                   const std::type_info* pushed_type) noexcept {
  if (!options.stack) return;
  const bool has_frames = !options.frames.empty();
  exception_type = crash::type_in_flight();
  if (exception_type == nullptr) exception_type = pushed_type;
  if (has_frames) copy_frames(options.frames, exception_type != nullptr ? thrown_at : pushed_at);
  if (!has_frames) crash::find_throw_site(crash::exception_in_flight(), thrown_at);
  if (pushed_at.frame_count == 0) crash::capture_raw_stack(pushed_at, return_address);
}

store::EventStackRow event_stack_row(const PushSite& site) {
  store::EventStackRow row;
  row.process_id = ::getpid();
  row.thread_id = ::gettid();
  if (site.exception_type != nullptr) {
    char type[sizeof crash::CrashRecord::exception_type];
    crash::describe_type(*site.exception_type, type, sizeof type);
    row.exception_type = type;
  }
  row.pushed_at = stack_row(site.pushed_at);
  row.thrown_at = stack_row(site.thrown_at);
  return row;
}

}  // namespace dblog::event
