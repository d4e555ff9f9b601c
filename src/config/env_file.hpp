// .env files: opened with care, read with a bound, variables expanded.
//
//   const EnvFile file = load_env_file(".env", IfMissing::fine);
//   if (auto it = file.values.find("webhook"); it != file.values.end()) use(it->second.text);
//
// Called by settings.cpp when handlers are installed or messages are sent; never at crash time.
// Changes nothing in the process's environment; shows no value of the file in an error.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.hpp"
#include "src/config/wiped_text.hpp"

namespace dblog::config {

/// The largest .env file that is read, and the most that the values may grow to by ${…}.
inline constexpr std::size_t kMaxEnvFileBytes = 1'048'576;
inline constexpr std::size_t kMaxEnvExpandedBytes = 4 * kMaxEnvFileBytes;

/// The value of an environment variable, or null if it is not set. Injected by tests.
using Environment = std::function<const char*(const std::string& name)>;

/// The process's own environment; empty for a program with more rights than its caller.
[[nodiscard]] const char* process_environment(const std::string& name);

struct EnvValue {
  WipedText text;
  std::size_t line = 0;  ///< Where it was set, from 1.
};

struct EnvFile {
  bool found = false;
  WipedMap<EnvValue> values;  ///< The last one of each key.
  std::vector<base::Error>
      errors;  ///< One for each bad line (`where` is "path:line"), or for the file.
};

enum class IfMissing { fine, error };

/// Reads a file. What is wrong with it is in `errors`; the good lines are kept.
///
/// Refused: what another user could have put there to redirect the program's messages (the owner
/// rule of src/base/trusted_file.hpp; symbolic links of others, and all of them in a directory
/// that every user may write to); what is not a regular file (/dev/null is an empty one); files
/// over kMaxEnvFileBytes, files with NUL bytes. Throws nothing but std::bad_alloc.
[[nodiscard]] EnvFile load_env_file(const std::filesystem::path& path, IfMissing if_missing,
                                    const Environment& environment = process_environment);

/// The same for text that is already here; `name` stands for the path in errors.
///
/// ${NAME} and ${NAME:-default} are expanded as python-dotenv does it when the environment wins:
/// in every value, in single quotes too; from the environment, else from the lines above, else
/// the default, else nothing. (A value that must hold a literal "${" goes into the environment.)
[[nodiscard]] EnvFile read_env_text(std::string_view text, const std::string& name,
                                    const Environment& environment = process_environment);

}  // namespace dblog::config
