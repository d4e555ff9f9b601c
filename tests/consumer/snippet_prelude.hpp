// What pieces of code in README.md and docs/ take for granted: check_code_blocks puts each of them
// into a function behind this.
#pragma once

#include <chrono>
#include <csignal>
#include <cstddef>
#include <dblog/dblog.hpp>
#include <string>

inline dblog::EventLogger events{"error_table"};

struct Request {
  std::string id, user;
};

inline const char* current_job_name = "job 7";
void copy_text(char* text, std::size_t size, const char* from) noexcept;
