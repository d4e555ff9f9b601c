#include "src/preload/environment_edit.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace dblog;

namespace {

/// This process's environment while it lives; its texts can be changed in place.
class Environment {
 public:
  explicit Environment(std::vector<std::string> texts) : texts_(std::move(texts)) {
    for (std::string& text : texts_) list_.push_back(text.data());
    list_.push_back(nullptr);
    environ = list_.data();
  }
  ~Environment() { environ = before_; }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  [[nodiscard]] std::vector<std::string> now() const {
    std::vector<std::string> variables;
    for (char* const* variable = list_.data(); *variable != nullptr; ++variable) {
      variables.emplace_back(*variable);
    }
    return variables;
  }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> list_;
  char** before_ = environ;
};

std::vector<std::string> without_entry(const std::string& list) {
  const Environment environment{{"A=1", "LD_PRELOAD=" + list, "LD_PRELOADED=x.so"}};
  preload::remove_from_list("LD_PRELOAD", "/lib/x.so");
  return environment.now();
}

}  // namespace

TEST_CASE("environment edit: a variable goes wherever it stands, and the order stays") {
  const Environment environment{{"B=2", "A=1", "AB=3", "B=4", "="}};
  preload::remove_variable("B");
  CHECK(environment.now() == std::vector<std::string>{"A=1", "AB=3", "="});
  preload::remove_variable("absent");
  CHECK(environment.now() == std::vector<std::string>{"A=1", "AB=3", "="});
}

TEST_CASE("environment edit: an entry of a list goes with one separator") {
  const std::vector<std::string> gone{"A=1", "LD_PRELOADED=x.so"};
  const auto left = [](const std::string& list) {
    return std::vector<std::string>{"A=1", "LD_PRELOAD=" + list, "LD_PRELOADED=x.so"};
  };
  CHECK(without_entry("/lib/x.so") == gone);
  CHECK(without_entry("/lib/x.so:") == left(""));
  CHECK(without_entry("/lib/x.so:a.so b.so") == left("a.so b.so"));
  CHECK(without_entry("a.so:/lib/x.so:b.so") == left("a.so:b.so"));
  CHECK(without_entry("a.so /lib/x.so") == left("a.so"));
  CHECK(without_entry("a.so::/lib/x.so") == left("a.so:"));
  CHECK(without_entry("/other/lib/x.so:/lib/x.so.1") == left("/other/lib/x.so:/lib/x.so.1"));
  CHECK(without_entry("") == left(""));
}
