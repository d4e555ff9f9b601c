// A path without links, found in one walk: each part is opened, judged and followed by its
// descriptor, so that what is judged is what is followed. (realpath(3) would follow what another
// user has put there since a look at the links.) Others may exchange real directories afterwards;
// no link can take a part's place unseen, for files are opened through ParentDirectory.
// Context: setup. System calls only.
#pragma once

#include <climits>

namespace dblog::base {

/// Large: not for a stack at crash time.
struct ResolvedPath {
  char text[PATH_MAX];
  char rest[PATH_MAX];    ///< work space
  char target[PATH_MAX];  ///< likewise
};

/// `path` is absolute. Its last part may be missing. 0; or errno: EPERM if `resolved.text` is a
/// link that is not followed, because it belongs to another user or others could have moved it
/// there. A link is followed if it belongs to root or the effective user (is_link_trusted()), and
/// the directory that it lies in does so, too, and is not everyone's to write, unless sticky.
int resolve(const char* path, ResolvedPath& resolved) noexcept;

}  // namespace dblog::base
