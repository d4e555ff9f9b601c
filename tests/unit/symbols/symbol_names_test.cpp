// Names of functions in a real library, whole and stripped.
#include <catch2/catch.hpp>

#include <sstream>
#include <utility>

#include "src/symbols/frame_rows.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/symbols/known_library.hpp"

using namespace dblog;
using namespace dblog::test;
using symbols::NameSource;

namespace {

struct Copies {
  TemporaryDirectory directory;

  /// A copy of the library that objcopy has changed.
  symbols::ModuleKey make(const std::vector<std::string>& objcopy_options) const {
    const std::filesystem::path copy = directory / "libcopy.so";
    std::vector<std::string> command = {"objcopy"};
    command.insert(command.end(), objcopy_options.begin(), objcopy_options.end());
    command.insert(command.end(), {KNOWN_LIBRARY, copy});
    output_of(command);
    return {copy, known_build_id(), std::nullopt};
  }

  /// A library whose debug information is mostly in .dwo files beside it, and where its
  /// known_outer() is.
  [[nodiscard]] std::pair<symbols::ModuleKey, std::uint64_t> make_split(
      const std::vector<std::string>& options) const {
    const std::filesystem::path library = directory / "libsplit.so";
    std::vector<std::string> command = {KNOWN_COMPILER, "-std=c++20", "-O2", "-g"};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"-gsplit-dwarf", "-fPIC", "-shared", "-Wl,--build-id",
                                   KNOWN_SOURCE, "-o", library});
    const ChildResult compiled = run_child({.arguments = command, .directory = directory.path()});
    INFO(compiled.err);
    REQUIRE(compiled.exit_code() == 0);
    std::istringstream table{output_of({"nm", "--defined-only", library})};
    for (std::string value, type, name; table >> value >> type >> name;) {
      if (name == "known_outer") {
        return {{library, known_build_id(library), std::nullopt}, std::stoull(value, nullptr, 16)};
      }
    }
    return {};
  }

  void remove_split_files() const {
    for (const auto& entry : std::filesystem::directory_iterator{directory.path()}) {
      if (entry.path().extension() == ".dwo") std::filesystem::remove(entry.path());
    }
  }
};

std::uint64_t section_address(const std::string& name) {
  std::istringstream table{output_of({"readelf", "-SW", KNOWN_LIBRARY})};
  for (std::string word; table >> word;) {
    if (word != name) continue;
    std::string type, address;
    table >> type >> address;
    return std::stoull(address, nullptr, 16);
  }
  return 0;
}

}  // namespace

TEST_CASE("symbolizer: gives an inlined call, then the function that holds it") {
  const symbols::ModuleKey module{KNOWN_LIBRARY, known_build_id(), std::nullopt};
  const std::uint64_t begin = known_offset("known_outer");
  for (std::uint64_t at = begin; at < begin + 64; ++at) {
    const auto places = places_at(module, at);
    if (places.size() != 2 || places[0].line != known_line("in inlined()")) continue;
    CHECK(places[0].function == "known::Holder::inlined(int*)");
    CHECK(places[0].file == KNOWN_SOURCE);
    CHECK(places[0].is_inlined);
    CHECK(places[1].function == "known_outer");
    CHECK(places[1].line == known_line("in known_outer()"));
    CHECK_FALSE(places[1].is_inlined);
    CHECK(places[1].origin.source == NameSource::debug_info);
    return;
  }
  FAIL("the inlined call was not found");
}

TEST_CASE("symbolizer: looks up a return address one less") {
  const symbols::ModuleKey module{KNOWN_LIBRARY, known_build_id(), std::nullopt};
  const std::uint64_t behind = known_offset("known_sized") + 16;
  symbols::Symbolizer symbolizer{{}};
  const symbols::CodeAddress addresses[] = {{behind, true}, {behind, false}};
  const auto places = symbolizer.places(module, addresses);
  REQUIRE(places.size() == 2);
  REQUIRE(places[0].size() == 1);
  CHECK(places[0][0].function == "known_sized");
  CHECK(places[1].empty());
}

TEST_CASE("symbol table: a symbol names what its size covers and nothing behind it") {
  const Copies copies;
  const auto module = copies.make({"--strip-debug"});
  const std::uint64_t begin = known_offset("known_sized");
  const auto places = places_at(module, begin + 15);
  REQUIRE(places.size() == 1);
  CHECK(places[0].function == "known_sized");
  CHECK(places[0].origin.source == NameSource::symbol_table);
  CHECK(places[0].line == 0);
  CHECK(name_at(module, begin + 16).empty());
}

TEST_CASE("symbol table: a symbol without a size reaches to the next one, and not far") {
  const Copies copies;
  const auto module = copies.make({"--strip-debug"});
  CHECK(name_at(module, known_offset("known_sizeless") + 15) == "known_sizeless");
  CHECK(name_at(module, known_offset("known_sizeless") + 16) == "known_far");
  CHECK(name_at(module, known_offset("known_far") + 4'095) == "known_far");
  CHECK(name_at(module, known_offset("known_far") + 4'096).empty());
}

TEST_CASE("dynamic symbols: say where the name is from, and need a size") {
  const Copies copies;
  const auto module = copies.make({"--strip-all"});
  const auto places = places_at(module, known_offset("known_sized"));
  REQUIRE(places.size() == 1);
  CHECK(places[0].function == "known_sized");
  CHECK(places[0].origin.source == NameSource::dynamic_symbols);
  CHECK(name_at(module, known_offset("known_sizeless")).empty());
}

TEST_CASE("symbolizer: does not name a stub after its neighbour") {
  const symbols::ModuleKey module{KNOWN_LIBRARY, known_build_id(), std::nullopt};
  const std::uint64_t stubs = section_address(".plt");
  REQUIRE(stubs != 0);
  for (std::uint64_t at = stubs; at < stubs + 32; ++at) CHECK(places_at(module, at).empty());
}

TEST_CASE("symbolizer: knows nothing of addresses outside the code") {
  const symbols::ModuleKey module{KNOWN_LIBRARY, known_build_id(), std::nullopt};
  CHECK(places_at(module, 0).empty());
  CHECK(places_at(module, section_address(".data")).empty());
  CHECK(places_at(module, ~std::uint64_t{0}).empty());
}

TEST_CASE("symbolizer: debug information that is compressed with zstd is read, or named") {
  const Copies copies;
  symbols::ModuleKey module;
  try {
    module = copies.make({"--compress-debug-sections=zstd"});
  } catch (const std::runtime_error& failure) {
    WARN("not tried, this objcopy has no zstd: " << failure.what());
    return;
  }
  const auto places = places_at(module, known_offset("known_outer"));
  REQUIRE_FALSE(places.empty());
  CHECK(places.back().function == "known_outer");
  if (places.back().origin.source == NameSource::debug_info) return;  // elfutils 0.189
  CHECK(places.back().origin.unread == symbols::Unread::compressed);
  CHECK(name_source_text(places.back().origin) == "symbol table, compressed debug info not read");
  // Where not even a name is found, too.
  const auto none = places_at(module, 0);
  REQUIRE(none.size() == 1);
  CHECK(name_source_text(none.back().origin) == "none, compressed debug info not read");
}

TEST_CASE("symbolizer: a separate debug file that is compressed with zstd is read, or named") {
  const Copies copies;
  const std::string debug = copies.directory / "libcopy.so.debug";
  try {
    output_of(
        {"objcopy", "--only-keep-debug", "--compress-debug-sections=zstd", KNOWN_LIBRARY, debug});
  } catch (const std::runtime_error& failure) {
    WARN("not tried, this objcopy has no zstd: " << failure.what());
    return;
  }
  const auto module = copies.make({"--strip-all", "--add-gnu-debuglink=" + debug});
  const auto places = places_at(module, known_offset("known_outer"));
  REQUIRE_FALSE(places.empty());
  CHECK(places.back().function == "known_outer");
  if (places.back().origin.source == NameSource::debug_info) return;  // elfutils 0.189
  CHECK(name_source_text(places.back().origin) == "symbol table, compressed debug info not read");
}

TEST_CASE("symbolizer: split debug information is read, and named where it is gone") {
  const Copies copies;
  const auto [module, address] = copies.make_split({});
  const auto whole = places_at(module, address);
  REQUIRE_FALSE(whole.empty());
  CHECK(whole.back().origin.source == NameSource::debug_info);
  CHECK(whole.back().origin.unread == symbols::Unread::nothing);

  copies.remove_split_files();
  const auto rest = places_at(module, address);
  REQUIRE_FALSE(rest.empty());
  CHECK(rest.back().function == "known_outer");
  CHECK(rest.back().line != 0);
  CHECK(name_source_text(rest.back().origin) == "symbol table, split debug info not read");
}

TEST_CASE("symbolizer: split debug information in a .dwp file is read, or named") {
  for (const std::string packer : {"dwp", "llvm-dwp-14", "llvm-dwp"}) {
    for (const std::string dwarf : {"-gdwarf-4", "-gdwarf-5"}) {
      INFO(packer << ' ' << dwarf);
      const Copies copies;
      const auto [module, address] = copies.make_split({dwarf});
      const auto whole = places_at(module, address);
      try {
        output_of({packer, "-e", module.path, "-o", module.path + ".dwp"});
      } catch (const std::runtime_error& failure) {
        WARN("not tried, no " << packer << " that packs " << dwarf << ": " << failure.what());
        continue;
      }
      REQUIRE(std::filesystem::file_size(module.path + ".dwp") > 0);
      copies.remove_split_files();
      const auto packed = places_at(module, address);
      REQUIRE_FALSE(packed.empty());
      CHECK(packed.back().function == "known_outer");
      if (packed.back().origin.source == NameSource::debug_info) {  // elfutils 0.191
        CHECK(packed.size() == whole.size());
        CHECK(packed.back().line == whole.back().line);
        continue;
      }
      CHECK(packed.back().line != 0);
      CHECK(name_source_text(packed.back().origin) == "symbol table, split debug info not read");
    }
  }
}
