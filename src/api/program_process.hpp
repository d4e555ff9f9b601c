// This process, for the rows of dblog_processes that its stores write.
// Threads: any.
#pragma once

#include <string>

#include "handlers/record/process_facts.hpp"

namespace dblog::api {

/// From here on the stores of this process record it. Cheap when it was called before.
void record_this_process() noexcept;

/// What the program told, else what the settings say; read once a process where no handlers were
/// installed. At most event::kMaxEnvironment bytes of one line.
void use_environment(const std::string& environment);

/// What a crash must know of the process, and the release that `facts` name already, which its row
/// has from here on, too.
void describe_process(crash::ProcessFacts& facts);

}  // namespace dblog::api
