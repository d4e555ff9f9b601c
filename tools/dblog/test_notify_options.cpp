// The command line of `dblog test-notify`.
#include <filesystem>
#include <memory>

#include "tools/dblog/test_notify.hpp"
#include "tools/dblog/verbs.hpp"

namespace dblog::tool {

void describe_test_notify(CommandLine& line) {
  const auto options = std::make_shared<TestNotifyOptions>();
  CLI::App& verb = add_verb(
      line.app, line, "test-notify",
      "Sends one test message to each configured channel, and says what is wrong",
      [options](const std::filesystem::path& /*database*/) { return test_notify(*options); });
  line.unscrubbed_verbs.push_back(&verb);
  verb.add_flag("--slack", options->slack, "Only Slack");
  verb.add_flag("--email", options->email, "Only e-mail; with --slack both");
  add_env_file(verb, line, options->env_file);
  add_json(verb, line, options->json, "One object");
  add_examples(verb, {"dblog test-notify", "dblog test-notify --slack --env-file /etc/app/env"});
}

}  // namespace dblog::tool
