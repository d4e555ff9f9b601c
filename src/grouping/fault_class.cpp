// The address itself is chance, and whether it met a hole or a page that forbids it.
#include "src/grouping/fault_class.hpp"

#include <csignal>
#include <cstddef>
#include <cstdint>

#include "src/grouping/abort_reason.hpp"
#include "src/grouping/stored_address.hpp"
#include "src/schema/crash_facts.hpp"

namespace dblog::grouping {
namespace {

constexpr std::uint64_t kPage = 4'096;

std::string_view bus_class(std::int64_t code) {
  switch (code) {
    case BUS_ADRALN:
      return "misaligned";
    case BUS_ADRERR:
      return "file end";
    case BUS_OBJERR:
    case BUS_MCEERR_AR:
    case BUS_MCEERR_AO:
      return "hardware";
    default:
      return "";
  }
}

std::string abort_class(std::string_view message) {
  if (const auto assertion = read_assertion(message)) {
    return "assertion " + std::string(assertion->condition);
  }
  // In the order of AbortCheck.
  constexpr const char* kClasses[] = {
      "", "stack smashing", "buffer overflow", "double free", "bad free", "memory overwritten"};
  return kClasses[static_cast<std::size_t>(abort_check(message))];
}

std::string memory_class(const Fault& fault) {
  const bool is_bus = fault.signal_name == "SIGBUS";
  if (fault.code && *fault.code <= 0) return "sent";
  if (is_bus && fault.code) {
    if (const auto found = bus_class(*fault.code); !found.empty()) return std::string(found);
  }
  if (fault.cause == word_of(schema::Cause::stack_overflow)) return "stack overflow";
  const auto address = parse_address(fault.address);
  // A call through a null object's table jumps to a small number as well.
  if (fault.access == word_of(schema::Access::execute)) {
    return address && *address < kPage ? "jump to null" : "jump";
  }
  if (address == 0) return "null";
  if (!address && !fault.code) return "";  // nothing is known
  return address && *address < kPage ? "null plus offset" : "wild";
}

}  // namespace

std::string fault_class(const Fault& fault) {
  if (fault.signal_name == "SIGABRT") {
    return abort_class(fault.abort_message.substr(0, fault.abort_message.find('\n')));
  }
  const bool is_of_memory = fault.signal_name == "SIGSEGV" || fault.signal_name == "SIGBUS";
  return is_of_memory ? memory_class(fault) : "";
}

}  // namespace dblog::grouping
