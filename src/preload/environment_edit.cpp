#include "src/preload/environment_edit.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace dblog::preload {
namespace {

// What stands behind "NAME="; null: it is another variable.
char* value_if(char* variable, std::string_view name) noexcept {
  const bool is_it =
      std::strncmp(variable, name.data(), name.size()) == 0 && variable[name.size()] == '=';
  return is_it ? variable + name.size() + 1 : nullptr;
}

constexpr std::string_view kSeparators = ": ";

// Whether nothing is left where there was only the entry.
bool remove_entry(char* value, std::string_view entry) noexcept {
  const std::string_view list{value};
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find_first_of(kSeparators, begin), list.size());
    if (list.substr(begin, end - begin) == entry) {
      if (begin == 0 && end == list.size()) return true;
      const bool is_last = end == list.size();
      const std::size_t to = is_last ? begin - 1 : begin;
      const std::size_t from = is_last ? end : end + 1;
      std::memmove(value + to, value + from, list.size() + 1 - from);
      return false;
    }
    begin = end + 1;
  }
  return false;
}

}  // namespace

void remove_variable(std::string_view name) noexcept {
  if (environ == nullptr) return;
  char** kept = environ;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (value_if(*variable, name) == nullptr) *kept++ = *variable;
  }
  *kept = nullptr;
}

void remove_from_list(std::string_view name, std::string_view entry) noexcept {
  if (environ == nullptr || entry.empty()) return;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    char* const value = value_if(*variable, name);
    if (value == nullptr) continue;
    if (remove_entry(value, entry)) remove_variable(name);
    return;
  }
}

}  // namespace dblog::preload
