// Which file counts as the recorded one, and what a bad one costs.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include <random>

#include "tests/support/file_bytes.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/symbols/known_library.hpp"

using namespace dblog;
using namespace dblog::test;
namespace fs = std::filesystem;

namespace {

const std::string kOtherBuild = "00112233445566778899aabbccddeeff00112233";

symbols::SymbolizerOptions searching(const fs::path& directory) {
  symbols::SymbolizerOptions options;
  options.worker.search.directories = {directory};
  return options;
}

fs::path place_by_build_id(const TemporaryDirectory& directory, const std::string& suffix) {
  const std::string id = known_build_id();
  const fs::path place = directory / (".build-id/" + id.substr(0, 2));
  fs::create_directories(place);
  return place / (id.substr(2) + suffix);
}

std::int64_t now() { return static_cast<std::int64_t>(::time(nullptr)); }

}  // namespace

TEST_CASE("module: one that was built again is not used") {
  CHECK_FALSE(
      has_name(places_at({KNOWN_LIBRARY, kOtherBuild, std::nullopt}, known_offset("known_sized"))));
}

TEST_CASE("module: one that was built again is found by its build id elsewhere") {
  const TemporaryDirectory directory;
  fs::copy_file(KNOWN_LIBRARY, place_by_build_id(directory, ""));
  // The test program is at the path now.
  const symbols::ModuleKey module{"/proc/self/exe", known_build_id(), std::nullopt};
  const auto places = places_at(module, known_offset("known_outer"), searching(directory.path()));
  REQUIRE_FALSE(places.empty());
  CHECK(places.back().function == "known_outer");
}

TEST_CASE("module: where only its debug file is left, that is enough") {
  const TemporaryDirectory directory;
  output_of(
      {"objcopy", "--only-keep-debug", KNOWN_LIBRARY, place_by_build_id(directory, ".debug")});
  const symbols::ModuleKey module{"/no/such/lib.so", known_build_id(), std::nullopt};
  const auto places = places_at(module, known_offset("known_outer"), searching(directory.path()));
  REQUIRE_FALSE(places.empty());
  CHECK(places.back().function == "known_outer");
  CHECK(places.back().origin.source == symbols::NameSource::debug_info);
}

TEST_CASE("module: is found under its own name in a directory of the user's") {
  const TemporaryDirectory directory;
  fs::copy_file(KNOWN_LIBRARY, directory / "libmoved.so");
  const symbols::ModuleKey module{"/opt/app/libmoved.so", known_build_id(), std::nullopt};
  const auto places = places_at(module, known_offset("known_outer"), searching(directory.path()));
  CHECK_FALSE(places.empty());
}

TEST_CASE("module: a debug link to a file of another checksum is not followed") {
  const TemporaryDirectory directory;
  const fs::path library = directory / "liblinked.so";
  const fs::path debug = directory / "liblinked.debug";
  // Without build ids, so that the checksum alone decides.
  fs::copy_file(KNOWN_PLAIN_LIBRARY, library);
  output_of({"objcopy", "--only-keep-debug", library, debug});
  output_of({"objcopy", "--strip-all", "--add-gnu-debuglink=" + debug.native(), library});
  const symbols::ModuleKey module{library, "", now() + 1'000};
  const std::uint64_t at = known_offset("known_outer");
  REQUIRE_FALSE(places_at(module, at).empty());
  CHECK(places_at(module, at).back().origin.source == symbols::NameSource::debug_info);

  write_bytes(debug, bytes_of(debug) + "x");
  REQUIRE_FALSE(places_at(module, at).empty());
  CHECK(places_at(module, at).back().origin.source == symbols::NameSource::dynamic_symbols);
}

TEST_CASE("module: a stripped one at its path gets the names of the build's own in a directory") {
  const TemporaryDirectory directory;
  const TemporaryDirectory debug;
  const fs::path library = directory / "libstripped.so";
  output_of({"objcopy", "--strip-all", KNOWN_LIBRARY, library});
  const symbols::ModuleKey module{library, known_build_id(), std::nullopt};
  const std::uint64_t at = known_offset("known_outer");
  CHECK(places_at(module, at).back().origin.source == symbols::NameSource::dynamic_symbols);

  fs::copy_file(KNOWN_LIBRARY, debug / "libstripped.so");
  const auto places = places_at(module, at, searching(debug.path()));
  REQUIRE_FALSE(places.empty());
  CHECK(places.back().origin.source == symbols::NameSource::debug_info);
}

TEST_CASE("module: its recorded path may be another one on this machine") {
  const symbols::ModuleKey module{"/elsewhere/known.so", known_build_id(), std::nullopt};
  const std::uint64_t at = known_offset("known_outer");
  CHECK(places_at(module, at).empty());
  symbols::SymbolizerOptions options;
  options.worker.search.place_of = [](const std::string& path) {
    return path == "/elsewhere/known.so" ? KNOWN_LIBRARY : path;
  };
  REQUIRE_FALSE(places_at(module, at, options).empty());
  // Another build counts there as little as at the recorded path.
  CHECK(places_at({"/elsewhere/known.so", kOtherBuild, std::nullopt}, at, options)
            .back()
            .function.empty());
}

namespace {

using symbols::MisfitReason;

// Of a module that is not at its path.
symbols::Misfits misfits_of(const symbols::ModuleKey& module,
                            const symbols::SymbolizerOptions& options,
                            std::string* name_source = nullptr) {
  symbols::Symbolizer symbolizer{options};
  const symbols::CodeAddress address{known_offset("known_outer"), false};
  const auto places = symbolizer.places(module, {&address, 1});
  if (name_source != nullptr && !places.empty() && !places[0].empty()) {
    *name_source = schema::name_source_text(places[0].back().origin);
  }
  symbols::Misfits misfits;
  for (const auto& each : symbolizer.misfits()) misfits.push_back(each.misfit);
  return misfits;
}

}  // namespace

TEST_CASE("misfit: a file of another build says so, with its build id") {
  const TemporaryDirectory directory;
  fs::copy_file(KNOWN_LIBRARY, directory / "app");
  std::string source;
  const auto misfits =
      misfits_of({"/no/app", kOtherBuild, std::nullopt}, searching(directory.path()), &source);
  REQUIRE(misfits.size() == 1);
  CHECK(misfits[0] ==
        symbols::Misfit{directory / "app", MisfitReason::other_build, known_build_id()});
  CHECK(source == "none, file of another build not read");
}

TEST_CASE("misfit: what is no debug file, and what may not be read, says so") {
  const TemporaryDirectory directory;
  const fs::path file = directory / "app.debug";
  const symbols::ModuleKey module{"/no/app", known_build_id(), std::nullopt};
  std::string source;
  const auto reason = [&] {
    const auto misfits = misfits_of(module, searching(directory.path()), &source);
    REQUIRE(misfits.size() == 1);
    CHECK(misfits[0].path == file.native());
    return misfits[0].reason;
  };
  directory.write("app.debug", "no ELF at all");
  CHECK(reason() == MisfitReason::not_elf);
  CHECK(source == "none, unreadable debug file");
  directory.write("app.debug", "");
  CHECK(reason() == MisfitReason::not_a_file);
  fs::remove(file);
  fs::create_directory(file);
  CHECK(reason() == MisfitReason::not_a_file);
  fs::remove(file);
  fs::create_symlink("app.debug", file);  // a link to itself
  CHECK(reason() == MisfitReason::unreadable);
}

TEST_CASE("misfit: a file for another processor says so") {
  const TemporaryDirectory directory;
  std::string bytes = bytes_of(KNOWN_LIBRARY);
  constexpr std::size_t kMachine = 18;  // e_machine of the ELF header
  bytes[kMachine] = 8;                  // EM_MIPS
  bytes[kMachine + 1] = 0;
  write_bytes(directory / "app", bytes);
  const auto misfits =
      misfits_of({"/no/app", kOtherBuild, std::nullopt}, searching(directory.path()));
  REQUIRE(misfits.size() == 1);
  CHECK(misfits[0].reason == MisfitReason::other_processor);
}

TEST_CASE("misfit: a debug link's file of another checksum or build says so") {
  const TemporaryDirectory directory;
  const fs::path library = directory / "liblinked.so";
  const fs::path debug = directory / "liblinked.debug";
  const bool has_build_id = GENERATE(true, false);
  fs::copy_file(has_build_id ? KNOWN_LIBRARY : KNOWN_PLAIN_LIBRARY, library);
  output_of({"objcopy", "--only-keep-debug", library, debug});
  output_of({"objcopy", "--strip-all", "--add-gnu-debuglink=" + debug.native(), library});
  const symbols::ModuleKey module =
      has_build_id ? symbols::ModuleKey{library, known_build_id(), std::nullopt}
                   : symbols::ModuleKey{library, "", now() + 1'000};
  CHECK(misfits_of(module, {}).empty());

  if (has_build_id) {
    fs::copy_file(KNOWN_PLAIN_LIBRARY, debug, fs::copy_options::overwrite_existing);
  } else {
    write_bytes(debug, bytes_of(debug) + "x");
  }
  std::string source;
  const auto misfits = misfits_of(module, {}, &source);
  REQUIRE(misfits.size() == 1);
  CHECK(misfits[0].path == debug.native());
  CHECK(misfits[0].reason ==
        (has_build_id ? MisfitReason::other_build : MisfitReason::other_checksum));
  CHECK(source == (has_build_id ? "dynamic symbols, file of another build not read"
                                : "dynamic symbols, unverified file, debug file of another "
                                  "checksum not read"));
}

TEST_CASE("module: what it names is opened only if it is a file, and nothing waits for it") {
  const TemporaryDirectory directory;
  const fs::path library = directory / "liblinked.so";
  const fs::path debug = directory / "liblinked.debug";
  fs::copy_file(KNOWN_PLAIN_LIBRARY, library);
  output_of({"objcopy", "--only-keep-debug", library, debug});
  output_of({"objcopy", "--strip-all", "--add-gnu-debuglink=" + debug.native(), library});
  fs::remove(debug);
  REQUIRE(::mkfifo(debug.c_str(), 0600) == 0);
  symbols::Symbolizer symbolizer{{}};
  const symbols::CodeAddress address{known_offset("known_outer"), false};
  const auto places = symbolizer.places({library, "", now() + 1'000}, {&address, 1});
  REQUIRE(places.size() == 1);
  REQUIRE_FALSE(places[0].empty());
  CHECK(places[0].back().origin.source == symbols::NameSource::dynamic_symbols);
  CHECK(symbolizer.lost_workers() == 0);
}

TEST_CASE("module: a file without end is not opened") {
  const TemporaryDirectory directory;
  const fs::path library = directory / "libendless.so";
  fs::copy_file(KNOWN_LIBRARY, library);
  const std::uint64_t at = known_offset("known_outer");
  const symbols::ModuleKey module{library, known_build_id(), std::nullopt};
  CHECK_FALSE(places_at(module, at).empty());
  std::error_code unsupported;  // takes no blocks, but not every file system has such files
  fs::resize_file(library, (std::uintmax_t{16} << 30U) + 1, unsupported);
  if (!unsupported) CHECK_FALSE(has_name(places_at(module, at)));
}

TEST_CASE("module: without a build id it counts if it was not touched since, and says so") {
  const TemporaryDirectory directory;
  const fs::path library = directory / "libplain.so";
  fs::copy_file(KNOWN_PLAIN_LIBRARY, library);
  const std::uint64_t at = known_offset("known_outer");
  const auto places = places_at({library, "", now() + 1'000}, at);
  REQUIRE_FALSE(places.empty());
  CHECK_FALSE(places.back().origin.is_verified);
  CHECK_FALSE(has_name(places_at({library, "", now() - 1'000}, at)));
  CHECK(places_at({library, "", std::nullopt}, at).empty());
}

TEST_CASE("module: without a recorded build id a file that has one is another") {
  CHECK_FALSE(has_name(places_at({KNOWN_LIBRARY, "", now() + 1'000}, known_offset("known_sized"))));
}

TEST_CASE("module: what is no ELF file is no module") {
  const TemporaryDirectory directory;
  const fs::path pipe = directory / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const fs::path text = directory.write("text", "not a program");
  const fs::path empty = directory.write("empty", "");
  for (const fs::path& path : {pipe, text, empty, directory.path(), fs::path{"/dev/zero"},
                               fs::path{"linux-vdso.so.1"}, fs::path{""}}) {
    INFO(path);
    CHECK_FALSE(has_name(places_at({path, kOtherBuild, std::nullopt}, 0x1000)));
    CHECK_FALSE(has_name(places_at({path, "", now() + 1'000}, 0x1000)));
  }
}

TEST_CASE("module: an invalid build id leads nowhere") {
  for (const char* id : {"..", "../../etc", "ab", "ABCDEF", "0g00", "abc", "ab/../../cd"}) {
    CHECK(places_at({"/no/such/file", id, std::nullopt}, 0x1000).empty());
  }
}

TEST_CASE("symbolizer: a worker without memory costs names, and nothing else") {
  symbols::SymbolizerOptions options;
  options.worker.memory_limit = 1;
  symbols::Symbolizer symbolizer{options};
  const symbols::ModuleKey module{KNOWN_LIBRARY, known_build_id(), std::nullopt};
  const symbols::CodeAddress addresses[3] = {};
  CHECK(symbolizer.places(module, addresses).size() == 3);
  CHECK(symbolizer.places({"/other", kOtherBuild, std::nullopt}, addresses).size() == 3);
}

TEST_CASE("symbolizer: a file that is truncated while it is open costs names, and nothing else") {
  const TemporaryDirectory directory;
  const fs::path library = directory / "libcut.so";
  fs::copy_file(KNOWN_LIBRARY, library);
  symbols::Symbolizer symbolizer{{}};
  const symbols::CodeAddress addresses[] = {{known_offset("known_outer"), false},
                                            {known_offset("known_sized"), false}};
  const symbols::ModuleKey module{library, known_build_id(), std::nullopt};
  REQUIRE_FALSE(symbolizer.places(module, addresses).front().empty());
  fs::resize_file(library, 0);
  CHECK(symbolizer.places(module, addresses).size() == 2);
  CHECK(symbolizer.lost_workers() > 0);
  const symbols::ModuleKey whole{KNOWN_LIBRARY, known_build_id(), std::nullopt};
  CHECK_FALSE(symbolizer.places(whole, addresses).front().empty());
}

TEST_CASE("symbolizer: a worker that takes too long is given up") {
  symbols::SymbolizerOptions options;
  options.patience = std::chrono::milliseconds{0};
  symbols::Symbolizer symbolizer{options};
  const symbols::ModuleKey module{KNOWN_LIBRARY, known_build_id(), std::nullopt};
  const symbols::CodeAddress addresses[2] = {};
  const auto places = symbolizer.places(module, addresses);
  REQUIRE(places.size() == 2);
  CHECK(places[0].empty());
  CHECK(symbolizer.lost_workers() > 0);
}

TEST_CASE("symbolizer: files that are broken anywhere give frames without names") {
  const TemporaryDirectory directory;
  const std::string whole = bytes_of(KNOWN_LIBRARY);
  const std::uint64_t begin = known_offset("known_outer");
  std::vector<symbols::CodeAddress> addresses;
  for (std::uint64_t i = 0; i < 40; i += 3) addresses.push_back({begin + i, false});
  std::mt19937_64 random{20'260'102};
  symbols::Symbolizer symbolizer{{}};
  std::size_t named = 0;
  constexpr int kRounds = 150;
  for (int round = 0; round < kRounds; ++round) {
    std::string broken = whole;
    if (round % 10 == 0) broken.resize(random() % broken.size());
    for (std::uint64_t changes = 1 + random() % 64; changes > 0; --changes) {
      broken[random() % broken.size()] = static_cast<char>(random());
    }
    // A path of its own for each: modules are kept open.
    const fs::path path = directory.write("broken-" + std::to_string(round), broken);
    const auto places = symbolizer.places({path, known_build_id(), std::nullopt}, addresses);
    REQUIRE(places.size() == addresses.size());
    for (const auto& each : places) named += each.empty() ? 0 : 1;
  }
  CHECK(named > 0);  // Not all changes hurt: the test does read the files.
  const symbols::ModuleKey whole_one{KNOWN_LIBRARY, known_build_id(), std::nullopt};
  CHECK_FALSE(symbolizer.places(whole_one, addresses).front().empty());
}
