// The library of known_symbols.cpp: where its functions are, copies of it, and what readelf and
// objcopy make of it.
#pragma once

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "src/symbols/symbolizer.hpp"
#include "tests/support/run_child.hpp"

namespace dblog::test {

/// The address of a function of the library in its own numbering.
inline std::uint64_t known_offset(const char* function) {
  static void* const library = ::dlopen(KNOWN_LIBRARY, RTLD_LAZY);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  link_map* map = nullptr;
  ::dlinfo(library, RTLD_DI_LINKMAP, &map);
  return reinterpret_cast<std::uint64_t>(::dlsym(library, function)) - map->l_addr;
}

/// The line of known_symbols.cpp that ends with this comment.
inline std::uint32_t known_line(const std::string& comment) {
  std::ifstream source{KNOWN_SOURCE};
  std::string line;
  for (std::uint32_t number = 1; std::getline(source, line); ++number) {
    if (line.ends_with("// " + comment)) return number;
  }
  throw std::runtime_error("no line says " + comment);
}

inline std::string output_of(std::vector<std::string> command) {
  ChildResult child = run_child({.arguments = std::move(command)});
  if (child.exit_code() != 0) throw std::runtime_error(child.err);
  return child.out;
}

inline std::string known_build_id(const std::filesystem::path& library = KNOWN_LIBRARY) {
  std::istringstream notes{output_of({"readelf", "-n", library})};
  std::string word;
  while (notes >> word) {
    if (word == "ID:" && notes >> word) return word;
  }
  return {};
}

/// Whether a function or a file is known; a place without both says why there is none.
inline bool has_name(const symbols::Places& places) {
  return std::any_of(places.begin(), places.end(), [](const symbols::Place& place) {
    return !place.function.empty() || !place.file.empty();
  });
}

/// What the symbolizer knows of one address of `module`.
inline symbols::Places places_at(const symbols::ModuleKey& module, std::uint64_t offset,
                                 symbols::SymbolizerOptions options = {}) {
  symbols::Symbolizer symbolizer{std::move(options)};
  const symbols::CodeAddress address{offset, false};
  const auto places = symbolizer.places(module, {&address, 1});
  return places.empty() ? symbols::Places{} : places.front();
}

inline std::string name_at(const symbols::ModuleKey& module, std::uint64_t offset) {
  const symbols::Places places = places_at(module, offset);
  return places.empty() ? "" : places.back().function;
}

}  // namespace dblog::test
