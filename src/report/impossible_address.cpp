// A copy of a text leaves pieces of it in registers that have nothing to do with the fault. So a
// value counts if the faulting frame used it (the program counter, the stack pointer, the return
// address, the caller's frame pointer), or if it is the only impossible one.
#include "src/report/impossible_address.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "src/grouping/stored_address.hpp"
#include "src/report/address_text.hpp"
#include "src/report/frame_text.hpp"

namespace dblog::report {
namespace {

constexpr std::string_view kGeneral[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8",
                                         "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

struct Holder {
  std::string name;
  std::string text;
  std::uint64_t value;
};

std::optional<Holder> impossible(const std::string& name, const std::optional<std::string>& text) {
  const auto value = grouping::parse_address(text.value_or(""));
  if (!value || !is_impossible_address(*value)) return std::nullopt;
  return Holder{name, *text, *value};
}

std::optional<Holder> impossible_register(const reader::Details& crash, std::string_view name) {
  for (const sqlite::Row& one : crash.registers) {
    if (one.text("name") == name) return impossible(std::string(name), one.text("value"));
  }
  return std::nullopt;
}

bool is_x86(const reader::Details& crash) {
  return std::any_of(crash.registers.begin(), crash.registers.end(),
                     [](const sqlite::Row& one) { return one.text("name") == "rip"; });
}

std::string told(const Holder& holder, const std::string& verb) {
  const std::string guess = address_guess(holder.value);
  return holder.name + " " + verb + " " + holder.text + (guess.empty() ? "" : ", " + guess);
}

/// One frame, in code that is the program's or a library's, and nothing that called it.
bool is_stack_destroyed(const Frames& frames) {
  if (frames.empty() || !frames.front().text("module")) return false;
  const auto depth = frames.front().integer("depth");
  return std::all_of(frames.begin() + 1, frames.end(), [&](const sqlite::Row& frame) {
    return depth && frame.integer("depth") == depth;  // inlined into the first
  });
}

/// The one that the faulting frame used itself.
std::string words_of_frame(const reader::Details& crash, const Frames& frames, bool is_destroyed) {
  for (const char* name : {"rip", "rsp"}) {
    if (const auto found = impossible_register(crash, name)) return told(*found, "holds");
  }
  for (const sqlite::Row& frame : frames) {
    const auto found = impossible("the return address", frame.text("address"));
    if (found) return told(*found, "is");
  }
  // What a function takes back from its frame right before it returns.
  const auto base = is_destroyed ? impossible_register(crash, "rbp") : std::nullopt;
  return base ? told(*base, "holds") : "";
}

std::string words_of_registers(const reader::Details& crash) {
  std::vector<Holder> found;
  for (const std::string_view name : kGeneral) {
    if (auto holder = impossible_register(crash, name)) found.push_back(std::move(*holder));
  }
  if (found.empty()) return "";
  Holder& only = found.front();
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (found[i].value != only.value)
      return "several registers hold such values, and which one was used is not known";
    only.name += (i + 1 < found.size() ? ", " : " and ") + found[i].name;
  }
  return told(only, found.size() == 1 ? "holds" : "hold");
}

}  // namespace

std::string impossible_address_text(const reader::Details& crash, const Site& site) {
  if (!is_x86(crash)) {
    return with_site("it used an address that no memory can have", site) +
           "; the processor does not say which";
  }
  const Frames frames = crashed_frames(crash);
  const bool is_destroyed = is_stack_destroyed(frames);
  std::string evidence = words_of_frame(crash, frames, is_destroyed);
  if (evidence.empty() && !is_destroyed) evidence = words_of_registers(crash);
  if (is_destroyed)
    evidence = "the stack above is destroyed" + (evidence.empty() ? "" : ", " + evidence);
  if (!evidence.empty()) {
    return with_site("it used an address that no memory can have", site) + "; " + evidence;
  }
  return with_site(
             "it used an address that no memory can have, or an instruction that is privileged or "
             "needs an aligned address",
             site, After::clause) +
         "; no register holds such an address";
}

}  // namespace dblog::report
