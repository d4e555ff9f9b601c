// Key rules: which names of fields have values that are secret.
// Context: crash time. Made in ordinary code; asking allocates nothing and takes no lock.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dblog::scrub {

/// A name is secret if a key is one of its words, whatever the case of letters: the key `token` is
/// a word of `token`, `auth_token`, `X-Auth-Token`, `authToken`, `APIToken` and `token2`, not of
/// `tokens`.
class KeyNames {
 public:
  static constexpr std::size_t kMostKeys = 64;
  static constexpr std::size_t kLongestKey = 64;

  /// What is wrong with a key; empty if nothing is.
  [[nodiscard]] static std::string fault_of(std::string_view key);

  KeyNames() = default;
  /// Of keys without fault, kMostKeys at most.
  explicit KeyNames(const std::vector<std::string>& keys);

  [[nodiscard]] bool is_empty() const noexcept { return keys_.empty(); }
  [[nodiscard]] bool is_secret(std::string_view name) const noexcept;

 private:
  std::vector<std::string> keys_;  // in lower case
};

}  // namespace dblog::scrub
