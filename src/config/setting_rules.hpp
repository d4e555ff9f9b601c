// What a usable value of each kind of setting looks like.
// Looks at the text alone: opens and resolves nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace dblog::config {

/// Valid UTF-8 without control characters: safe in a mail header and in JSON.
[[nodiscard]] bool is_printable_text(std::string_view text);

/// An absolute URL with the scheme https, or http where the host is this machine (localhost,
/// 127.x.y.z, [::1]), without user name and password.
[[nodiscard]] bool is_webhook_url(std::string_view text);

/// Whether the host of a webhook URL is this machine.
[[nodiscard]] bool is_webhook_to_this_machine(std::string_view url);

/// A host name, an IPv4 address or an IPv6 address, without scheme and port.
[[nodiscard]] bool is_host(std::string_view text);

/// user@host, without a display name.
[[nodiscard]] bool is_mail_address(std::string_view text);

/// 1 to 65535, in decimal digits alone.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text);

/// A name for HandlerOptions::environment: printable, at most 63 bytes.
[[nodiscard]] bool is_environment(std::string_view text);

/// The parts between `separator`s, trimmed, without empty ones.
[[nodiscard]] std::vector<std::string_view> split_at(char separator, std::string_view text);

}  // namespace dblog::config
