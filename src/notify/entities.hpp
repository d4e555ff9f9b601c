// Text between the tags of HTML, and in Slack's messages.
#pragma once

#include <string>
#include <string_view>

namespace dblog::notify {

/// With &, < and > as &amp; &lt; &gt;: what Slack wants escaped, and all that HTML needs outside of
/// attributes.
[[nodiscard]] std::string with_entities(std::string_view text);

}  // namespace dblog::notify
