// readable_type_name() on any bytes: what it writes is what abi::__cxa_demangle writes, and stays
// within the buffer.
#include <cxxabi.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "handlers/exceptions/type_name.hpp"

namespace {

void require(bool condition, const char* what, const std::string& mangled) {
  if (condition) return;
  std::fprintf(stderr, "%s: \"%s\"\n", what, mangled.c_str());
  std::abort();
}

// The buffer has exactly `size` bytes, so that a sanitizer sees one more.
std::string readable(const std::string& mangled, std::size_t size) {
  const std::unique_ptr<char[]> buffer{new char[size]};
  const bool is_readable = dblog::crash::readable_type_name(mangled, buffer.get(), size);
  const std::string text = buffer.get();
  require(is_readable != text.empty(), "result and text disagree", mangled);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string mangled{reinterpret_cast<const char*>(data), size};
  const std::string text = readable(mangled, 65'536);
  if (text.empty()) return 0;

  require(mangled.find('\0') == std::string::npos, "took a NUL for a name", mangled);
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> expected{
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), &std::free};
  // The demangler refuses some good types: those it would print a part of within that same part.
  const bool is_comparable = expected != nullptr && text.size() < 65'000;
  if (is_comparable) require(text == expected.get(), "differs", mangled);

  constexpr std::string_view kEllipsis = "…";
  const std::size_t small_size = 4 + size % 60;
  const std::string small = readable(mangled, small_size);
  if (text.size() < small_size) {
    require(small == text, "cut for nothing", mangled);
  } else {
    const std::string_view start{small.data(), small.size() - kEllipsis.size()};
    require(small.ends_with(kEllipsis) && text.starts_with(start), "badly cut", mangled);
  }
  return 0;
}
