// .env text of any bytes, and the rules for settings on the values in it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "src/config/env_file.hpp"
#include "src/config/env_text.hpp"
#include "src/config/setting_rules.hpp"

namespace {

using namespace dblog::config;

void require(bool condition) {
  if (!condition) std::abort();
}

const char* environment(const std::string& name) { return name == "HOME" ? "/home/me" : nullptr; }

void check_rules(std::string_view value) {
  if (is_webhook_url(value)) require(is_printable_text(value) && value.size() > 7);
  if (is_mail_address(value)) require(value.find_first_of("\r\n <>,") == std::string_view::npos);
  if (is_host(value)) require(value.find_first_of("\r\n /@") == std::string_view::npos);
  if (parse_port(value)) require(value.find_first_not_of("0123456789") == std::string_view::npos);
  for (const std::string_view part : split_at(',', value)) {
    require(!part.empty() && part.find(',') == std::string_view::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  const auto is_line_end = [](char c) { return c == '\n' || c == '\r'; };
  const auto lines =
      1 + static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_line_end));

  const EnvText parsed = parse_env_text(text);
  for (const EnvStatement& statement : parsed.statements) {
    require(!statement.key.empty() && statement.line >= 1 && statement.line <= lines);
    if (statement.value) require(statement.value->size() <= text.size());
  }
  for (const EnvSyntaxError& error : parsed.errors) {
    require(!error.why.empty() && error.line >= 1 && error.line <= lines);
  }

  const EnvFile file = read_env_text(text, "f", environment);
  std::size_t total = 0;
  for (const auto& [key, value] : file.values) {
    total += value.text.size();
    check_rules(value.text);
  }
  require(total <= kMaxEnvExpandedBytes);
  return 0;
}
