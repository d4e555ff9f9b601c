// Context: setup.
#include "src/process/stay_loaded.hpp"

#include <dlfcn.h>
#include <link.h>

namespace dblog::process {

void stay_loaded() noexcept {
  Dl_info file;
  link_map* loaded = nullptr;
  if (::dladdr1(reinterpret_cast<const void*>(&stay_loaded), &file,
                reinterpret_cast<void**>(&loaded), RTLD_DL_LINKMAP) == 0) {
    return;
  }
  // A program stays; its name here would be argv[0], which its caller chose.
  if (loaded->l_name[0] == '\0') return;
  ::dlopen(loaded->l_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

}  // namespace dblog::process
