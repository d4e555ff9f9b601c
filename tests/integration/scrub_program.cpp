// A program that says its secrets wherever it can, for tests of what becomes of them:
// scrub_program WORD[=TEXT] … does one word after the other.
#include <dblog/dblog.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Text = const std::string&;

// Of the key `password` or `token`, and of the pattern S3CRET-[0-9]+.
constexpr const char* kSecrets = "password=hunter2 for S3CRET-4711";

dblog::EventLogger& events() {
  static auto& logger = *new dblog::EventLogger{"error_table"};
  return logger;
}

void need(const dblog::PushResult& result) {
  if (result.ok) return;
  std::fprintf(stderr, "%s\n", result.error.c_str());
  std::_Exit(99);
}

void install(const dblog::HandlerOptions& options) {
  const dblog::InstallReport report = dblog::install_handlers(options);
  for (const auto& missing : report.missing) {
    std::printf("missing %s: %s\n", missing.what.c_str(), missing.why.c_str());
  }
  std::fflush(stdout);
  if (!report.recording) std::_Exit(98);
}

const dblog::ScrubRules kRules{{"password", "token"}, {"(\\n|S3CRET)-[0-9]+"}};

void print_refused(const dblog::ScrubRules& rules) {
  for (const std::string& line : dblog::set_scrub_rules(rules)) {
    std::printf("refused: %s\n", line.c_str());
  }
}

void give_rules_without_memory(Text) {
  const dblog::ScrubRules large{{std::string(std::size_t{64} << 20U, 'a')}, {}};
  std::size_t pages = 0;
  std::ifstream{"/proc/self/statm"} >> pages;
  rlimit before;
  ::getrlimit(RLIMIT_AS, &before);
  const rlim_t enough = pages * 4'096 + (std::size_t{16} << 20U);
  const rlimit little{enough, before.rlim_max};
  ::setrlimit(RLIMIT_AS, &little);
  print_refused(large);
  ::setrlimit(RLIMIT_AS, &before);
}

dblog::PushOptions facts(bool is_queued) {
  dblog::PushOptions options;
  options.queued = is_queued;
  options.fields = {{"auth_token", "hunter2"}, {"pin_token", 4711}, {"said", kSecrets}};
  options.tags = {"S3CRET-1 tag", "calm"};
  return options;
}

void push(Text) {
  const dblog::Context scope{{"password", "hunter2"}, {"scope", kSecrets}};
  need(events().push_to_table(std::string("plain ") + kSecrets, facts(false)));
  dblog::PushOptions loud;
  loud.slack = loud.hw_monitor = true;
  need(events().push_to_table(std::runtime_error(kSecrets), loud));
  need(events().push_to_table(dblog::Event{kSecrets}));
  need(dblog::Monitor{}.monitor(std::string("monitor ") + kSecrets, ::getpid()));
}

void queue(Text) {
  const dblog::Context scope{{"password", "hunter2"}, {"scope", kSecrets}};
  for (int i = 0; i < 3; ++i) {
    need(events().push_to_table(std::string("queued ") + kSecrets, facts(true)));
  }
}

void leave_marks(Text) {
  dblog::set_context("api_token", "hunter2");
  dblog::set_context("said", kSecrets);
  dblog::breadcrumb(std::string("crumb ") + kSecrets);
}

void note(char* text, std::size_t size) noexcept { std::snprintf(text, size, "note %s", kSecrets); }

void crash(Text) {
  const dblog::Context scope{{"password", "hunter2"}, {"scope", kSecrets}};
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  throw std::runtime_error(std::string("thrown ") + kSecrets);
}

const std::map<std::string, std::function<void(Text)>> kWords = {
    {"install", [](Text) { install({.slack = true, .delivery = dblog::Delivery::none}); }},
    {"install_rules",
     [](Text) {
       install({.slack = true,
                .delivery = dblog::Delivery::helper,
                .print_to_stderr = false,
                .on_crash = note,
                .scrub = kRules});
     }},
    {"install_noting",
     [](Text) {
       install({.slack = true,
                .delivery = dblog::Delivery::none,
                .print_to_stderr = false,
                .on_crash = note});
     }},
    {"rules", [](Text) { dblog::set_scrub_rules(kRules); }},
    {"no_rules", [](Text) { dblog::set_scrub_rules({}); }},
    {"bad_rules",
     [](Text) {
       print_refused({{"a=b"}, {"(hunter2", "S3CRET-[0-9]+", "(?x)S3CRET-1\n#", "a "}});
     }},
    {"many_rules",
     [](Text) {
       print_refused({{}, std::vector<std::string>(64, std::string(500, 'x'))});
     }},
    {"rules_without_memory", give_rules_without_memory},
    {"push", push},
    {"queue", queue},
    {"marks", leave_marks},
    {"say", [](Text text) { need(events().push_to_table(text)); }},
    {"crash", crash},
    {"kill", [](Text) { ::raise(SIGKILL); }},
};

}  // namespace

int main(int count, char** words) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const std::size_t end = word.find('=');
    kWords.at(word.substr(0, end))(end == std::string::npos ? "" : word.substr(end + 1));
  }
}
