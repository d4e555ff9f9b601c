// The command line of `dblog group`.
#include <filesystem>
#include <memory>

#include "tools/dblog/group.hpp"
#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_group(CommandLine& line) {
  const auto options = std::make_shared<GroupOptions>();
  CLI::App& group =
      *line.app.add_subcommand("group", "What is decided about a group: resolved, ignored, ...");
  add_database_option(group, line);
  group.require_subcommand(1);
  const auto add = [&](const char* name, const char* what, auto act) -> CLI::App& {
    CLI::App& verb = add_database_verb(
        group, line, name, what,
        [options, act](const std::filesystem::path& database) { return act(database, *options); });
    verb.add_option("GROUP", options->group,
                    "The beginning of its fingerprint, or a crash of it: an id, or the beginning "
                    "of a UUID")
        ->required()
        ->type_name("")
        ->check(is_not_empty);
    add_json(verb, line, options->json, "One object");
    return verb;
  };
  CLI::App& resolve =
      add("resolve", "The fault is fixed: if it comes back, it has regressed", group_resolve);
  resolve
      .add_option("--in", options->release,
                  "In this release: crashes of releases that are known already do not count")
      ->type_name("RELEASE")
      ->check(is_not_empty);
  CLI::App& ignore = add("ignore", "Its crashes are recorded, but send no messages", group_ignore);
  CLI::App& mute = add("mute", "The same for some time", group_mute);
  auto* until = mute.add_option("--until", options->until, "A local time: 2026-01-31, '... 12:30'");
  until->type_name("DATE")->check(is_not_empty);
  mute.add_option("--for", options->duration, "30m, 12h, 3d, 2w")
      ->type_name("TIME")
      ->check(is_not_empty)
      ->excludes(until);
  CLI::App& note =
      add("note", "A line for people, kept with the group; an empty one takes it away", group_note);
  note.add_option("TEXT", options->note, "The note")->required()->type_name("");
  CLI::App& reopen = add("reopen", "As if nothing had been decided", group_reopen);
  add_examples(resolve, {"dblog group resolve 7", "dblog group resolve 2:1f0c --in 1.5"});
  add_examples(ignore, {"dblog group ignore 7", "dblog group ignore 2:1f0c --json"});
  add_examples(mute, {"dblog group mute 7 --for 3d", "dblog group mute 2:1f0c --until 2026-12-24"});
  add_examples(note, {"dblog group note 7 'seen on web1 only'", "dblog group note 7 ''"});
  add_examples(reopen, {"dblog group reopen 7", "dblog group reopen 2:1f0c"});
  add_examples(group, {"dblog group resolve 7 --in 1.5", "dblog group mute 2:1f0c --for 3d",
                       "dblog group note 7 'seen on web1 only'"});
}

}  // namespace dblog::tool
