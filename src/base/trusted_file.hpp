// The owner rule: whose files the library and the tool believe. Databases, their sidecar files,
// boxes, queues, locks and settings are used only if no other user can have put bytes into them.
// Context: crash time. System calls only; async-signal-safe.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>

namespace dblog::base {

class ParentDirectory;

/// Why a file is not to be used.
enum class Distrust : std::uint8_t {
  none,
  missing,
  not_regular,  ///< a link, a directory, a FIFO, a device
  other_owner,  ///< neither the effective user nor root
  several_links,
  writable_by_others,
};

/// Which users besides root and the effective one may write our files: DBLOG_TRUST in the
/// environment.
enum class TrustedWriters : std::uint8_t {
  owner,     ///< the default
  group,     ///< and the members of the effective group, which the file may belong to
  everyone,  ///< any owner, any mode: for file systems that show all files so
};

/// For the whole process. Context: setup.
void set_trusted_writers(TrustedWriters writers) noexcept;
[[nodiscard]] TrustedWriters trusted_writers() noexcept;

/// The rule itself, for what fstat() says of an open file: a regular file with one name, owned by
/// root or the effective user, that others cannot write.
[[nodiscard]] Distrust judge_file(const struct stat& status) noexcept;

/// And for a directory: who can write it can replace what is in it. A sticky one of root's is fine.
[[nodiscard]] Distrust judge_directory(const struct stat& status) noexcept;

/// Whether root or the effective user made the link that lstat() says this of. A program with more
/// rights than its caller, but with the same user (setgid, file capabilities), trusts root's only:
/// the caller's may lead where the caller may not write.
[[nodiscard]] bool is_link_trusted(const struct stat& link) noexcept;

/// judge_file() for what is at `path` now, without opening it. What is there a moment later may be
/// another file: good for a message, not for a decision.
[[nodiscard]] Distrust judge_file_at(const char* path) noexcept;

/// Opens the file at `path`, never through a link in it, if judge_file() accepts it; a FIFO or a
/// device is not opened. With O_CREAT a missing file is made, with mode 0600. The descriptor is
/// close-on-exec and none of 0 to 2. -1 with errno, which is EPERM where `why` is not `none`.
[[nodiscard]] int open_trusted(const char* path, int flags, Distrust& why) noexcept;

/// The same with another rule in place of judge_file().
using Judge = Distrust (*)(const struct stat& status, const void* argument) noexcept;
[[nodiscard]] int open_judged(const char* path, int flags, Judge judge, const void* argument,
                              Distrust& why) noexcept;
[[nodiscard]] int open_judged(const ParentDirectory& parent, int flags, Judge judge,
                              const void* argument, Distrust& why) noexcept;

/// Makes a file that is not there yet, for reading and writing, with mode 0600; never through a
/// link. The descriptor is as open_trusted() gives it; -1 with errno.
[[nodiscard]] int make_new(const char* path) noexcept;

/// Removes the file, never through a link, if judge_file() accepts it, and waits for the disk to
/// know if asked to. False with `why`, or with errno where that is `none`.
[[nodiscard]] bool remove_trusted(const ParentDirectory& parent, bool sync_directory,
                                  Distrust& why) noexcept;

/// For a program that is to be run: the file and every directory above it belong to root or the
/// effective user and cannot be written by others; a sticky directory of root's may stand above
/// them. `path` is absolute and has no links in it. `refused`, unless null, becomes the length of
/// the part of `path` that is refused, from its start on.
[[nodiscard]] Distrust judge_program(const char* path, std::size_t* refused = nullptr) noexcept;

/// "belongs to another user" and so on; goes on with what to do about it.
[[nodiscard]] const char* text_of(Distrust why) noexcept;

/// A program may have closed its standard streams: what it prints then goes to the file that
/// gets their numbers. Gives the file a number above them; -1 if there is none.
int away_from_standard_streams(int descriptor) noexcept;

}  // namespace dblog::base
