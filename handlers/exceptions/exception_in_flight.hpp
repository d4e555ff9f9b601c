// Which exception this thread is handling: in a catch block, or on the way to std::terminate.
// Context: crash time. Reads the C++ runtime's own list, throws and allocates nothing.
#pragma once

#include <cstdint>
#include <typeinfo>

namespace dblog::crash {

/// The thrown object, also of an exception that came through a std::exception_ptr; of an exception
/// of another language what follows its header. Null if there is none. It names the exception for
/// find_throw_site().
const void* exception_in_flight() noexcept;

/// Its type; null if there is none, or it is another language's.
const std::type_info* type_in_flight() noexcept;

/// What another language calls its exceptions (exception_class of the Itanium C++ ABI: eight
/// characters, the first in the highest byte); 0 if there is none, or it is C++'s.
std::uint64_t foreign_class_in_flight() noexcept;

/// The stack pointer of the frame in which the unwinder had found the end of this exception's way,
/// at the call that it is in: the CFA that _Unwind_GetCFA() gives for it, kept in `private_2` of
/// the exception's header (GCC's unwind.inc: _Unwind_RaiseException). 0 if there is none.
std::uint64_t stack_pointer_of_catcher() noexcept;

/// Whether another one is still on its way out of this thread, besides the one being handled.
bool is_another_on_its_way() noexcept;

}  // namespace dblog::crash
