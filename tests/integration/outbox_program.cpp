// One flush whose "server" is a file: outbox_program DATABASE LOG MICROSECONDS.
// Each message is one line, "pid uuid alerts words", appended by one write(): the moment at which
// the server took it. The words are those between '<' and '>' in the body. Then, and before, it
// takes its time, so that a kill finds every state.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "src/outbox/delivery.hpp"

namespace {

class FileSender : public dblog::notify::Sender {
 public:
  FileSender(const char* log, int microseconds)
      : log_(::open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)), pause_(microseconds) {}
  ~FileSender() override { ::close(log_); }
  FileSender(const FileSender&) = delete;
  FileSender& operator=(const FileSender&) = delete;

  dblog::notify::Answer send(const dblog::notify::Message& message,
                             std::chrono::steady_clock::time_point) noexcept override {
    std::this_thread::sleep_for(pause_);
    std::string line = std::to_string(::getpid()) + ' ' + message.uuid + ' ' +
                       message.subject.substr(0, message.subject.find(' '));
    const std::string& body = message.body;
    for (std::size_t at = body.find('<'); at != std::string::npos; at = body.find('<', at + 1)) {
      line += ' ' + body.substr(at + 1, body.find('>', at) - at - 1);
    }
    line += '\n';
    const bool took = ::write(log_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    std::this_thread::sleep_for(pause_);
    if (took) return {dblog::notify::Verdict::sent, "", std::nullopt};
    return {dblog::notify::Verdict::try_again, "cannot write the log", std::nullopt};
  }

 private:
  int log_;
  std::chrono::microseconds pause_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto pause = std::atoi(argv[3]);
  const auto start = std::chrono::steady_clock::now();
  const auto outcome =
      dblog::outbox::deliver(std::filesystem::canonical(argv[1]),
                             {{"slack", std::make_shared<FileSender>(argv[2], pause)},
                              {"email", std::make_shared<FileSender>(argv[2], pause)}},
                             {});
  if (!outcome) {
    std::fprintf(stderr, "%s\n", outcome.error().text().c_str());
    return 3;
  }
  for (const auto& channel : outcome->channels) {
    if (channel.error) std::fprintf(stderr, "%s\n", channel.error->text().c_str());
    if (channel.error) return 3;
    std::printf("%s: %lld messages, %lld alerts, %lld left\n", channel.channel.c_str(),
                static_cast<long long>(channel.sent), static_cast<long long>(channel.alerts),
                static_cast<long long>(channel.left));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%.2f s\n", took.count());
  return 0;
}
