// Context: crash time.
#include "src/process/process_identity.hpp"

#include <string_view>

#include "src/base/proc_files.hpp"
#include "src/base/proc_parsers.hpp"
#include "src/base/text_buffer.hpp"

namespace dblog::process {

ProcessIdentity identity_of(int process_id) noexcept {
  ProcessIdentity identity{process_id, 0, -1, {}};
  char text[768];
  std::string_view id = base::read_small_file("/proc/sys/kernel/random/boot_id", text, sizeof text);
  while (!id.empty() && id.back() == '\n') id.remove_suffix(1);
  base::TextBuffer{identity.boot_id} << id;
  base::PathText path;
  path.add("/proc/").add_number(process_id).add("/stat");
  identity.start_ticks =
      base::parse_process_stat(base::read_small_file(path.c_str(), text, sizeof text)).start_ticks;
  return identity;
}

bool is_same_boot(const ProcessIdentity& one, const ProcessIdentity& other) noexcept {
  return std::string_view{one.boot_id} == std::string_view{other.boot_id};
}

bool is_same_process(const ProcessIdentity& one, const ProcessIdentity& other) noexcept {
  return one.id == other.id && one.start_ticks >= 0 && one.start_ticks == other.start_ticks &&
         is_same_boot(one, other);
}

}  // namespace dblog::process
