// Context: crash time.
#include "handlers/exceptions/exception_text.hpp"

#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <typeinfo>

#include "handlers/exceptions/exception_in_flight.hpp"
#include "handlers/exceptions/type_name.hpp"
#include "src/base/text_buffer.hpp"

namespace dblog::crash {
namespace {

constexpr int kMaxCauses = 16;

// std::exception_ptr is one pointer to the thrown object (libstdc++, and the Itanium C++ ABI's
// view of it).
void* thrown_object(const std::exception_ptr& exception) noexcept {
  static_assert(sizeof(exception) == sizeof(void*));
  void* object = nullptr;
  // NOLINTNEXTLINE(bugprone-undefined-memory-manipulation): its bytes are what we want
  std::memcpy(&object, &exception, sizeof object);
  return object;
}

// What `catch (const Base&)` does, without an exception in flight.
template <typename Base>
const Base* caught_as(const std::type_info& thrown_type, void* object) noexcept {
  return typeid(Base).__do_catch(&thrown_type, &object, 1) ? static_cast<const Base*>(object)
                                                           : nullptr;
}

// std::throw_with_nested() throws a class of the C++ library around the one that the user named.
void remove_nesting_wrapper(char* type) noexcept {
  constexpr std::string_view kWrapper = "std::_Nested_exception<";  // libstdc++
  const std::string_view text{type};
  if (!text.starts_with(kWrapper) || !text.ends_with('>')) return;
  const std::size_t inner = text.size() - kWrapper.size() - 1;
  std::memmove(type, type + kWrapper.size(), inner);
  type[inner] = '\0';
}

// The exception's own words; nothing for types that have none.
void put_what(const std::type_info& type, void* object, base::TextBuffer& text) noexcept {
  if (const auto* error = caught_as<std::exception>(type, object)) {
    const char* words = error->what();
    if (words != nullptr) text.untrusted(words);
    return;
  }
  if (type == typeid(std::string)) {
    text.untrusted(*static_cast<const std::string*>(object));
    return;
  }
  if (type == typeid(const char*) || type == typeid(char*)) {
    const char* words = *static_cast<const char* const*>(object);
    if (words != nullptr) text.untrusted(words);
  } else if (type == typeid(int)) {
    text << *static_cast<const int*>(object);
  }
}

// "std::filesystem::__cxx11::filesystem_error" is written without what only the linker needs.
void drop_inline_namespaces(char* name) noexcept {
  for (const std::string_view mark :
       {std::string_view{"__cxx11::"}, std::string_view{"[abi:cxx11]"}}) {
    std::string_view whole{name};
    for (std::size_t at = 0; (at = whole.find(mark, at)) != whole.npos; whole = name) {
      std::memmove(name + at, name + at + mark.size(), whole.size() - at - mark.size() + 1);
    }
  }
}

void describe_foreign_exception(CrashRecord& record, std::uint64_t exception_class) noexcept {
  char characters[8];
  for (int i = 0; i < 8; ++i) {
    const auto character = static_cast<unsigned char>(exception_class >> (56 - 8 * i));
    characters[i] = character >= ' ' && character < 0x7F ? static_cast<char>(character) : '.';
  }
  record.kind = CrashKind::exception;
  record.cause = schema::Cause::foreign_exception;
  base::TextBuffer message{record.message};
  message << "uncaught exception of another language (its class is \""
          << std::string_view{characters, sizeof characters} << "\")";
  record.message_size = static_cast<std::uint32_t>(message.size());
}

}  // namespace

void describe_type(const std::type_info& type, char* out, std::size_t size) noexcept {
  if (type == typeid(std::string)) {  // its real name is a page long
    base::TextBuffer{out, size} << "std::string";
    return;
  }
  if (readable_type_name(type.name(), out, size)) return remove_nesting_wrapper(out);
  base::TextBuffer text{out, size};
  text << type.name();
}

void name_current_exception(CrashRecord& record) noexcept {
  if (const std::uint64_t exception_class = foreign_class_in_flight(); exception_class != 0) {
    return describe_foreign_exception(record, exception_class);
  }
  const std::exception_ptr current = std::current_exception();
  if (current == nullptr) return;
  record.kind = CrashKind::exception;
  describe_type(*current.__cxa_exception_type(), record.exception_type,
                sizeof record.exception_type);
}

void describe_current_exception(CrashRecord& record) noexcept {
  if (foreign_class_in_flight() != 0) return;
  std::exception_ptr current = std::current_exception();
  base::TextBuffer message{record.message};
  for (int cause = 0; cause <= kMaxCauses && current != nullptr; ++cause) {
    const std::type_info& type = *current.__cxa_exception_type();
    void* object = thrown_object(current);
    if (cause > 0) {
      char type_name[sizeof record.exception_type];
      describe_type(type, type_name, sizeof type_name);
      drop_inline_namespaces(type_name);
      message << "\ncaused by: " << type_name << ": ";
    }
    put_what(type, object, message);
    record.message_size = static_cast<std::uint32_t>(message.size());

    const auto* error = caught_as<std::exception>(type, object);
    const auto* nested = dynamic_cast<const std::nested_exception*>(error);
    current = nested != nullptr ? nested->nested_ptr() : nullptr;
  }
}

}  // namespace dblog::crash
