#include "src/report/missing_names.hpp"

#include <algorithm>

#include "src/report/message_text.hpp"
#include "src/schema/name_source.hpp"

namespace dblog::report {

std::vector<UnnamedModule> unnamed_modules(const Frames& frames) {
  constexpr std::size_t kMost = 4;
  std::vector<UnnamedModule> modules;
  for (const sqlite::Row& frame : frames) {
    const auto path = frame.text("module");
    const auto source = frame.text("name_source");
    if (!path || !source || frame.text("function") || !is_program_frame(frame)) continue;
    const std::string build_id = frame.text("build_id").value_or("");
    auto module = std::find_if(modules.begin(), modules.end(), [&](const UnnamedModule& each) {
      return each.path == *path && each.build_id == build_id;
    });
    if (module == modules.end()) {
      if (modules.size() == kMost) continue;
      const auto origin = schema::find_name_origin(*source);
      module = modules.insert(
          module, {*path, build_id, 0, origin ? schema::doubt_text(*origin) : std::string{}});
    }
    ++module->frames;
  }
  return modules;
}

std::string unnamed_text(const UnnamedModule& module) {
  std::string text = std::to_string(module.frames) + (module.frames == 1 ? " frame" : " frames") +
                     " of " + module.path;
  text += module.build_id.empty() ? " (no build id)" : " (build id " + module.build_id + ")";
  text += module.frames == 1 ? " has no name" : " have no names";
  return module.doubt.empty() ? text : text + "; " + module.doubt;
}

std::string symbolize_command(const reader::EntryId& id, const std::string& database) {
  return command_for("symbolize", id, " --debug-dir DIR", database);
}

std::string naming_advice(const reader::EntryId& id) {
  return "to name them: " + symbolize_command(id, "") +
         ", where DIR has the unstripped file or its debug file";
}

}  // namespace dblog::report
