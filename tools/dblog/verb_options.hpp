// The command line while its verbs describe themselves, and the options that several of them have.
// The options of each verb are in a file of its own, NAME_options.cpp; verbs.hpp lists the verbs.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tools/dblog/command_line.hpp"
#include "tools/dblog/outcome.hpp"
#include "tools/dblog/stop_signals.hpp"

namespace dblog::tool {

using VerbAction = std::function<Outcome(const std::filesystem::path& database)>;

struct CommandLine {
  CommandLine(const Printers& verb_printers, StopSignals& stop_signals)
      : printers(verb_printers), stop(stop_signals) {}

  const Printers& printers;
  StopSignals& stop;
  std::string database;  ///< As given; empty: not given.
  bool json = false;     ///< Given before the verb.
  VerbAction action;     ///< What the verb that was given does.
  // Of all verbs, of which one is given:
  std::vector<bool*> json_flags;
  std::vector<const std::string*> env_files;
  /// They show nothing that was stored, or read the rules for scrubbing themselves.
  std::vector<const CLI::App*> unscrubbed_verbs;
  CLI::App app{"Shows the crashes and errors that dblog recorded, and sends messages about them.",
               "dblog"};
};

/// A verb that does `action`, which owns the verb's options.
CLI::App& add_verb(CLI::App& parent, CommandLine& line, const char* name, const char* what,
                   VerbAction action);

/// The same, with --db.
CLI::App& add_database_verb(CLI::App& parent, CommandLine& line, const char* name, const char* what,
                            VerbAction action);

/// Command lines that --help shows, below each other; they stand before what the footer says else.
void add_examples(CLI::App& verb, const std::vector<std::string>& command_lines);

CLI::Option* add_database_option(CLI::App& verb, CommandLine& line);
CLI::Option* add_limit(CLI::App& verb, std::int64_t& limit);

/// The file with settings, also with the rules for scrubbing.
CLI::Option* add_env_file(CLI::App& verb, CommandLine& line, std::string& env_file);

/// `what` it prints: "One object". It may be given before the verb, too.
CLI::Option* add_json(CLI::App& verb, CommandLine& line, bool& json, const char* what);

}  // namespace dblog::tool
