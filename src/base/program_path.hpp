// Which program this process runs, and how paths become text that leads back to the file.
// Context: setup; starts_byte_escape() also crash time. System calls only.
#pragma once

#include <climits>
#include <cstddef>
#include <string_view>

namespace dblog::base {

/// The absolute path of the program, as its bytes are; "" if nothing tells. The kernel is asked:
/// /proc/self/exe, or, for a program that was started through its loader (ld.so PROGRAM), whose
/// file is mapped where its program headers are. Without /proc it is what execve() was given, from
/// the working directory. A program that was deleted keeps its name, without " (deleted)".
void read_program_path(char (&path)[PATH_MAX]) noexcept;

/// How long the name is in what /proc says of a file: without " (deleted)", unless a file is called
/// so.
[[nodiscard]] std::size_t size_without_deleted(const char* path) noexcept;

/// Whether a text begins with \xNN, as bytes that are not UTF-8 are written.
[[nodiscard]] bool starts_byte_escape(std::string_view text) noexcept;

/// The bytes of a path that was written as text: \xNN becomes its byte. `out` has room for as many
/// bytes as the text has. Returns how many there are.
std::size_t bytes_of_path(std::string_view text, char* out) noexcept;

}  // namespace dblog::base
