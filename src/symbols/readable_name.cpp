#include "src/symbols/readable_name.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>

namespace dblog::symbols {
namespace {

constexpr std::size_t kMaxName = 4'096;
constexpr std::string_view kEllipsis = "…";

// Cut between characters: what follows a cut must still be UTF-8.
std::string cut(std::string text) {
  if (text.size() <= kMaxName) return text;
  std::size_t size = kMaxName - kEllipsis.size();
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  text.resize(size);
  return text.append(kEllipsis);
}

std::string readable_cpp_name(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text{
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free};
  return status == 0 && text != nullptr ? text.get() : std::string{};
}

}  // namespace

std::string_view without_suffix(std::string_view symbol) noexcept {
  symbol = symbol.substr(0, symbol.find('@', 1));
  if (symbol.starts_with("_Z")) return symbol.substr(0, symbol.find('.'));
  constexpr std::string_view kAdded[] = {"part",     "isra", "constprop",  "cold",
                                         "lto_priv", "llvm", "localalias", "resolver"};
  for (auto dot = symbol.find('.', 1); dot != symbol.npos; dot = symbol.find('.', dot + 1)) {
    const auto word = symbol.substr(dot + 1, symbol.find('.', dot + 1) - dot - 1);
    if (std::find(std::begin(kAdded), std::end(kAdded), word) != std::end(kAdded)) {
      return symbol.substr(0, dot);
    }
  }
  return symbol;
}

std::string readable_function_name(std::string_view symbol) {
  const std::string plain{without_suffix(symbol)};
  if (symbol.starts_with("_R") || symbol.starts_with("_ZN")) {
    if (std::string rust = readable_rust_name(plain); !rust.empty()) return cut(std::move(rust));
  }
  if (symbol.starts_with("_Z")) {
    if (std::string cpp = readable_cpp_name(plain); !cpp.empty()) return cut(std::move(cpp));
  }
  return cut(plain);
}

}  // namespace dblog::symbols
