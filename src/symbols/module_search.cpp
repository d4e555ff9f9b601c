#include "src/symbols/module_search.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "src/base/program_path.hpp"

namespace dblog::symbols {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBuildIdDigits = 128;
constexpr std::size_t kMostMisfits = 16;

void add_misfit(Misfits& misfits, const fs::path& path, MisfitReason reason,
                const std::string& build_id = {}) {
  const bool is_known = std::any_of(misfits.begin(), misfits.end(),
                                    [&](const Misfit& each) { return each.path == path.native(); });
  if (!is_known && misfits.size() < kMostMisfits) {
    misfits.push_back({path.native(), reason, build_id});
  }
}

std::optional<ElfFile> open_if_same(const fs::path& path, const std::string& build_id,
                                    Misfits& misfits) {
  std::optional<MisfitReason> why;
  auto file = ElfFile::open(path, why);
  if (file && file->build_id() != build_id) {
    add_misfit(
        misfits, path,
        file->is_for_this_processor() ? MisfitReason::other_build : MisfitReason::other_processor,
        file->build_id());
    file.reset();
  }
  if (why) add_misfit(misfits, path, *why);
  return file;
}

// The CRC-32 of a file that .gnu_debuglink has beside its name (polynomial of IEEE 802.3, as gdb's
// manual gives it under "Separate Debug Files"); nothing if it cannot be read to its end. Closes
// the descriptor.
std::optional<std::uint32_t> checksum_of(int descriptor) {
  constexpr std::uint32_t kPolynomial = 0xedb88320U;
  static const auto& table = *new std::array<std::uint32_t, 256>([] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t byte = 0; byte < made.size(); ++byte) {
      std::uint32_t value = byte;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) * kPolynomial);
      made[byte] = value;
    }
    return made;
  }());
  const base::Descriptor file{descriptor};
  std::array<unsigned char, 16'384> bytes;
  std::uint32_t sum = ~0U;
  while (true) {
    const ssize_t size = ::read(file.number(), bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;
    if (size == 0) return ~sum;
    for (ssize_t i = 0; i < size; ++i) {
      sum = table[(sum ^ bytes[static_cast<std::size_t>(i)]) & 0xffU] ^ (sum >> 8U);
    }
  }
}

// As it was written, or as its bytes were before they became text (base::bytes_of_path()).
fs::path path_of(const ModuleKey& module) {
  std::string bytes(module.path.size(), '\0');
  bytes.resize(base::bytes_of_path(module.path, bytes.data()));
  std::error_code error;
  return bytes != module.path && fs::exists(bytes, error) ? bytes : module.path;
}

std::optional<ElfFile> find_by_build_id(const ModuleKey& module, const fs::path& directory,
                                        Misfits& misfits) {
  const fs::path by_id = directory / ".build-id" / module.build_id.substr(0, 2);
  const std::string rest = module.build_id.substr(2);
  // The last is where perf(1) keeps its copies.
  for (const std::string& name : {rest, rest + ".debug", rest + "/elf"}) {
    if (auto file = open_if_same(by_id / name, module.build_id, misfits)) return file;
  }
  const fs::path own_name = path_of(module).filename();
  if (own_name.empty()) return std::nullopt;
  if (auto file = open_if_same(directory / own_name, module.build_id, misfits)) return file;
  return open_if_same(directory / (own_name.native() + ".debug"), module.build_id, misfits);
}

}  // namespace

SearchPlaces with_usual_directories(SearchPlaces of_user) {
  for (fs::path& directory : of_user.directories) {
    std::error_code error;
    directory = fs::absolute(directory, error);
  }
  const char* home = ::secure_getenv("HOME");
  if (home != nullptr && *home == '/') {
    of_user.directories.push_back(fs::path(home) / ".debug");
  }
  of_user.directories.emplace_back("/usr/lib/debug");
  return of_user;
}

bool is_build_id(std::string_view text) noexcept {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() > 2 && text.size() <= kMaxBuildIdDigits && text.size() % 2 == 0 &&
         std::all_of(text.begin(), text.end(), is_digit);
}

namespace {

// As recorded, then where it may be on this machine.
std::vector<fs::path> paths_of(const ModuleKey& module, const SearchPlaces& search) {
  if (!module.path.starts_with('/')) return {};
  std::vector<fs::path> paths{path_of(module)};
  if (!search.place_of) return paths;
  fs::path elsewhere = search.place_of(paths.front().native());
  if (elsewhere != paths.front()) paths.push_back(std::move(elsewhere));
  return paths;
}

// A stripped program may stand at its path, and the build's own in a directory of the user's.
ElfFile or_with_debug_info(ElfFile file, const ModuleKey& module, const SearchPlaces& search,
                           Misfits& misfits) {
  const fs::path name = path_of(module).filename();
  if (module.build_id.empty() || file.has_debug_info() || name.empty()) return file;
  for (const fs::path& directory : search.directories) {
    auto other = open_if_same(directory / name, module.build_id, misfits);
    if (other && other->has_debug_info()) return std::move(*other);
  }
  return file;
}

}  // namespace

std::optional<ElfFile> find_module_file(const ModuleKey& module, const SearchPlaces& search,
                                        Misfits& misfits) {
  // A file that has a build id now is another.
  const bool counts_by_age = module.build_id.empty();
  if (counts_by_age ? !module.recorded_at : !is_build_id(module.build_id)) return std::nullopt;
  for (const fs::path& path : paths_of(module, search)) {
    auto file = open_if_same(path, module.build_id, misfits);
    if (file && counts_by_age && file->changed_at() > *module.recorded_at) {
      add_misfit(misfits, path, MisfitReason::other_build);
      file.reset();
    }
    if (file) return or_with_debug_info(std::move(*file), module, search, misfits);
  }
  if (counts_by_age) return std::nullopt;
  for (const fs::path& directory : search.directories) {
    if (auto file = find_by_build_id(module, directory, misfits)) return file;
  }
  return std::nullopt;
}

void judge_debug_link(const ModuleKey& module, const fs::path& found_at, const DebugLink& link,
                      const std::vector<fs::path>& directories, Misfits& misfits) {
  const fs::path name = fs::path{link.name}.filename();
  if (name.empty()) return;
  const fs::path beside = found_at.parent_path();
  std::vector<fs::path> candidates{beside / name, beside / ".debug" / name};
  for (const fs::path& directory : directories) {
    candidates.push_back(directory / name);
    candidates.push_back(directory / beside.relative_path() / name);
  }
  for (const fs::path& candidate : candidates) {
    if (candidate == found_at) continue;
    auto file = open_if_same(candidate, module.build_id, misfits);
    if (!file || !module.build_id.empty()) continue;
    const auto checksum = checksum_of(file->release_descriptor());
    if (checksum == link.checksum) continue;
    add_misfit(misfits, candidate,
               checksum ? MisfitReason::other_checksum : MisfitReason::unreadable);
  }
}

}  // namespace dblog::symbols
