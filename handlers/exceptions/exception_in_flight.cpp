// Context: crash time.
#include "handlers/exceptions/exception_in_flight.hpp"

#include <cxxabi.h>
#include <unwind.h>

#include <cstddef>
#include <cstring>
#include <exception>

namespace dblog::crash {
namespace {

// abi::__cxa_eh_globals (Itanium C++ ABI, exception handling, 2.2.2).
struct Globals {
  const std::byte* caught;  // the innermost exception that is being handled
  unsigned int uncaught_count;
};

const Globals& globals() noexcept {
  return *reinterpret_cast<const Globals*>(abi::__cxa_get_globals());
}

// What it points to ends in the unwinder's header, which the object follows.
constexpr std::size_t kSizeOfCxaException = 112;  // where pointers have 64 bits
static_assert(sizeof(void*) == 8 && sizeof(_Unwind_Exception) == 32);

// The last byte tells whether the object is the exception's own or shared (std::exception_ptr).
constexpr std::uint64_t kCppClass = 0x474E5543432B2B00;  // "GNUCC++\0"

const std::byte* innermost_caught() noexcept { return globals().caught; }

const _Unwind_Exception& header_of(const std::byte* caught) noexcept {
  const std::byte* header = caught + kSizeOfCxaException - sizeof(_Unwind_Exception);
  return *reinterpret_cast<const _Unwind_Exception*>(header);
}

std::uint64_t class_of(const std::byte* caught) noexcept {
  return header_of(caught).exception_class;
}

bool is_cpp(std::uint64_t exception_class) noexcept {
  return (exception_class | 1) == (kCppClass | 1);
}

}  // namespace

const void* exception_in_flight() noexcept {
  if (foreign_class_in_flight() != 0) return innermost_caught() + kSizeOfCxaException;
  const std::exception_ptr current = std::current_exception();
  const void* object = nullptr;
  // NOLINTNEXTLINE(bugprone-undefined-memory-manipulation): it is one pointer to the object
  std::memcpy(&object, &current, sizeof object);
  return object;
}

// The runtime's own function reads a type where a foreign exception, or the cancellation of a
// thread, has none.
const std::type_info* type_in_flight() noexcept {
  const std::byte* caught = innermost_caught();
  return caught != nullptr && is_cpp(class_of(caught)) ? abi::__cxa_current_exception_type()
                                                       : nullptr;
}

std::uint64_t foreign_class_in_flight() noexcept {
  const std::byte* caught = innermost_caught();
  if (caught == nullptr) return 0;
  const std::uint64_t exception_class = class_of(caught);
  return is_cpp(exception_class) ? 0 : exception_class;
}

std::uint64_t stack_pointer_of_catcher() noexcept {
  const std::byte* caught = innermost_caught();
  if (caught == nullptr) return 0;
  const _Unwind_Exception& header = header_of(caught);
  // Of a forced unwinding the first is the function that decides.
  return header.private_1 == 0 ? header.private_2 : 0;
}

bool is_another_on_its_way() noexcept { return globals().uncaught_count > 0; }

}  // namespace dblog::crash
