// Types through the C++ ABI's demangler, causes by rethrowing them.
#include "src/event/handled_exception_text.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string_view>

#include "src/text/type_text.hpp"

namespace dblog::event {
namespace {

// Ends with a chain that is circular or endless, too.
constexpr int kMaxCauses = 16;

// std::throw_with_nested() throws a class of the C++ library around the one that the user named.
std::string without_nesting_wrapper(const std::string& type) {
  constexpr std::string_view kWrapper = "std::_Nested_exception<";  // libstdc++
  if (!type.starts_with(kWrapper) || !type.ends_with('>')) return type;
  return type.substr(kWrapper.size(), type.size() - kWrapper.size() - 1);
}

std::string one_exception(const std::exception& error) {
  const char* what = error.what();
  const std::string type = text::readable_name(without_nesting_wrapper(type_text(typeid(error))));
  return what == nullptr || *what == '\0' ? type : type + ": " + what;
}

std::exception_ptr cause_of(const std::exception& error) {
  const auto* nested = dynamic_cast<const std::nested_exception*>(&error);
  return nested == nullptr ? nullptr : nested->nested_ptr();
}

// In a catch block: of what is no std::exception.
std::string caught_type_text() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return type == nullptr ? "an exception of another language"
                         : text::readable_name(type_text(*type));
}

// Says what `cause` is, and returns its own cause.
std::exception_ptr append_cause(const std::exception_ptr& cause, std::string& text) {
  text += "\ncaused by: ";
  try {
    std::rethrow_exception(cause);
  } catch (const std::exception& error) {
    text += one_exception(error);
    return cause_of(error);
  } catch (...) {
    text += caught_type_text();
    return nullptr;
  }
}

}  // namespace

std::string type_text(const std::type_info& type) {
  int failed = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &failed), &std::free);
  return name != nullptr && failed == 0 ? name.get() : type.name();
}

std::string exception_text(const std::exception& error) {
  std::string text = one_exception(error);
  std::exception_ptr cause = cause_of(error);
  for (int depth = 0; cause != nullptr; ++depth) {
    if (depth == kMaxCauses) return text + "\ncaused by: more that is not shown";
    cause = append_cause(cause, text);
  }
  return text;
}

std::string caught_exception_text() {
  try {
    throw;
  } catch (const std::exception& error) {
    return exception_text(error);
  } catch (...) {
    return caught_type_text();
  }
}

std::string error_code_text(const std::error_code& error) {
  return error.message() + " (" + error.category().name() + ':' + std::to_string(error.value()) +
         ')';
}

}  // namespace dblog::event
