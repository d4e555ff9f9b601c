// expecting_program ANSWER WAY: a crash, by WAY, that the program's function says is expected, or
// about which the function itself dies.
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>

#include "dblog/handlers.hpp"

namespace {

volatile int* volatile null_pointer = nullptr;
bool (*volatile unloaded)() noexcept = nullptr;

bool answer_yes() noexcept { return true; }
bool answer_no() noexcept { return false; }
bool fault() noexcept { return *null_pointer == 1; }
bool jump() noexcept { return unloaded(); }
bool give_up() noexcept { std::abort(); }

const std::map<std::string, bool (*)() noexcept> kAnswers = {
    {"yes", answer_yes}, {"no", answer_no}, {"fault", fault}, {"jump", jump}, {"abort", give_up}};
const std::map<std::string, std::function<void()>> kWays = {
    {"write", [] { *null_pointer = 1; }},
    {"abort", [] { std::abort(); }},
    {"throw", [] { throw std::runtime_error("out"); }}};

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 64;
  dblog::install_handlers({.delivery = dblog::Delivery::none});
  dblog::expect_crashes(kAnswers.at(words[1]));
  kWays.at(words[2])();
}
