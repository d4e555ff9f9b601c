// Lines that show how alerts of one kind differ: the numbers that a digest masks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dblog::outbox {

class SampleLines {
 public:
  /// `first_*`: the text that the digest has anyway. A line takes at most `room`, see room_of().
  SampleLines(std::string_view first_subject, std::string_view first_body, std::size_t most,
              std::size_t room);

  [[nodiscard]] bool is_full() const { return lines_.size() >= most_; }

  /// Keeps a line of this alert if it says something that no other has.
  void add(std::string_view subject, std::string_view body);

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  const std::string first_subject_;
  const std::string first_body_;
  const std::size_t most_;
  const std::size_t room_;
  std::vector<std::string> lines_;
};

}  // namespace dblog::outbox
