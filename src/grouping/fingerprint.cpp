#include "src/grouping/fingerprint.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "src/base/fnv1a.hpp"
#include "src/base/signal_name.hpp"
#include "src/grouping/abort_reason.hpp"
#include "src/grouping/fault_class.hpp"
#include "src/grouping/fold_repeats.hpp"
#include "src/grouping/plain_name.hpp"
#include "src/grouping/system_frame.hpp"
#include "src/schema/crash_facts.hpp"

namespace dblog::grouping {
namespace {

// The fault and who led to it. Further out are main loops and thread starts, through which the
// same fault comes on different ways.
constexpr std::size_t kFramesThatCount = 8;
constexpr std::size_t kMaxText = 1'000;

std::string plain_name_of(const Frame& frame) {
  return frame.function.empty() ? "" : plain_function_name(frame.function);
}

std::string module_name(const Frame& frame) {
  return frame.module.empty() ? "no module" : plain_module_name(frame.module);
}

// An offset means something together with the build only.
std::string exact_position(const Frame& frame) {
  if (frame.module.empty() || frame.offset.empty()) return module_name(frame);
  return module_name(frame) + "+" + frame.offset +
         (frame.build_id.empty() ? "" : " of build " + frame.build_id);
}

// Every program has a main().
std::string named(const std::string& name, const Frame& frame) {
  return name == "main" && !frame.module.empty() ? "main of " + module_name(frame) : name;
}

/// The program's own frames. One that has no name counts by its position until a named one was
/// met, which tells faults apart better and for longer; from there on by its module.
std::vector<std::string> own_frames(const std::vector<Frame>& frames) {
  std::vector<std::string> own;
  bool has_name = false;
  for (const Frame& frame : frames) {
    const std::string name = plain_name_of(frame);
    if (is_system_frame(frame.module, name)) continue;
    if (!name.empty()) {
      own.push_back(named(name, frame));
      has_name = true;
    } else {
      own.push_back(has_name ? module_name(frame) : exact_position(frame));
    }
  }
  return own;
}

std::vector<std::string> frame_entries(const std::vector<Frame>& frames) {
  std::vector<std::string> entries = own_frames(frames);
  if (entries.empty()) {
    for (const Frame& frame : frames) entries.push_back(exact_position(frame));
  }
  return fold_repeats(std::move(entries));
}

void add_part(std::vector<std::string>& parts, std::string_view label, std::string_view text) {
  std::string part = std::string(label) + std::string(text.substr(0, kMaxText));
  std::replace(part.begin(), part.end(), '\n', ' ');
  parts.push_back(std::move(part));
}

/// The first line with every number as "#": "3 of 0x7f01" and "4 of 0x99" are one message.
std::string without_numbers(std::string_view message) {
  constexpr std::string_view kHexadecimal = "0123456789abcdefABCDEF";
  constexpr std::string_view kDecimal = "0123456789";
  std::string text;
  message = message.substr(0, std::min(message.find('\n'), kMaxText));
  while (!message.empty()) {
    const bool is_hexadecimal = message.starts_with("0x");
    const std::size_t digits = is_hexadecimal ? message.find_first_not_of(kHexadecimal, 2)
                                              : message.find_first_not_of(kDecimal);
    if (digits == 0) {
      text += message.front();
      message.remove_prefix(1);
    } else {
      text += '#';
      message.remove_prefix(std::min(digits, message.size()));
    }
  }
  return text;
}

// "out of memory", "SIGPIPE"; a row of an older database does not say it.
std::string killed_reason(const Crash& crash) {
  if (crash.killed_by) return base::signal_name(static_cast<int>(*crash.killed_by));
  std::string reason =
      crash.cause.empty() ? std::string(word_of(schema::Cause::unknown)) : crash.cause;
  std::replace(reason.begin(), reason.end(), '_', ' ');
  return reason;
}

// Which signal and which class of fault, but not the code: whether a wild pointer meets a hole or a
// page that is protected is chance.
void add_what(std::vector<std::string>& parts, const Crash& crash) {
  if (crash.kind == "killed") {
    add_part(parts, "killed: ", killed_reason(crash));
  } else if (!crash.exception_type.empty()) {
    add_part(parts, crash.kind + " ", crash.exception_type);
  } else if (crash.kind == "signal") {
    add_part(parts, "signal ", crash.signal_name);
    const bool has_message = has_abort_message(crash.cause, crash.has_sender);
    const std::string fault =
        fault_class({crash.signal_name, crash.signal_code, crash.fault_address, crash.access,
                     crash.cause, has_message ? std::string_view{crash.message} : ""});
    if (!fault.empty()) add_part(parts, "fault: ", fault);
  } else {
    add_part(parts, crash.kind, "");
  }
}

/// The program's first frame, or failing that the first.
std::string place_of(const std::vector<Frame>& frames) {
  const auto own = std::find_if(frames.begin(), frames.end(), [](const Frame& frame) {
    const bool is_nowhere = frame.module.empty() && frame.function.empty();
    return !is_nowhere && !is_system_frame(frame.module, plain_name_of(frame));
  });
  if (frames.empty()) return "";
  const Frame& frame = own == frames.end() ? frames.front() : *own;
  if (!frame.function.empty()) return short_function_name(frame.function);
  return frame.module.empty() ? "" : module_name(frame) + "+" + frame.offset;
}

void add_frames(std::vector<std::string>& parts, const std::vector<Frame>& frames) {
  std::vector<std::string> entries = frame_entries(frames);
  entries.resize(std::min(entries.size(), kFramesThatCount));
  for (const std::string& entry : entries) add_part(parts, "in ", entry);
}

// Of 64 bits: among a million groups two meet with a probability of 1 : 37 million.
std::string hash_text(const std::vector<std::string>& parts) {
  base::Fnv1a sum;
  for (const std::string& part : parts) sum.add(part).add("\n");
  std::uint64_t hash = sum.value();
  std::string digits(16, '0');
  for (std::size_t i = digits.size(); i-- > 0; hash >>= 4)
    digits[i] = "0123456789abcdef"[hash & 15];
  return digits;
}

Fingerprint fingerprint_of(std::vector<std::string> parts, std::string place) {
  return {std::to_string(kVersion) + ":" + hash_text(parts), std::move(place), std::move(parts)};
}

}  // namespace

Fingerprint crash_fingerprint(const Crash& crash) {
  std::vector<std::string> parts;
  add_what(parts, crash);
  const bool has_no_place = crash.kind == "killed" || crash.kind == "ended";
  if (!has_no_place && !crash.frames.empty()) {
    add_frames(parts, crash.frames);
    return fingerprint_of(std::move(parts), place_of(crash.frames));
  }
  add_part(parts, "program ", plain_module_name(crash.executable));
  if (!has_no_place) add_part(parts, "message ", without_numbers(crash.message));
  return fingerprint_of(std::move(parts), "");
}

Fingerprint stack_fingerprint(const std::vector<Frame>& frames) {
  std::vector<std::string> parts{"stack"};
  add_frames(parts, frames);
  return fingerprint_of(std::move(parts), place_of(frames));
}

std::set<std::string> parts_without_names(const std::vector<Frame>& frames) {
  std::vector<std::string> parts;
  for (const Frame& frame : frames) {
    add_part(parts, "in ", exact_position(frame));
    add_part(parts, "in ", module_name(frame));
  }
  return {parts.begin(), parts.end()};
}

}  // namespace dblog::grouping
