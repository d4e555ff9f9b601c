#include "src/notify/mime_encoding.hpp"

#include <catch2/catch.hpp>
#include <sstream>
#include <vector>

using namespace dblog::notify;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  for (std::size_t end; (end = text.find("\r\n", start)) != std::string::npos; start = end + 2) {
    lines.push_back(text.substr(start, end - start));
  }
  lines.push_back(text.substr(start));
  return lines;
}

}  // namespace

TEST_CASE("base64: agrees with RFC 4648") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe") == "//4=");
}

TEST_CASE("quoted-printable: leaves plain lines alone") {
  CHECK(quoted_printable("one two\n\tthree\n\nfour") == "one two\r\n\tthree\r\n\r\nfour");
}

TEST_CASE("quoted-printable: encodes what mail servers would change") {
  CHECK(quoted_printable("ends in blank \nends in tab\t") == "ends in blank=20\r\nends in tab=09");
  CHECK(quoted_printable(".\n..two\na.b") == "=2E\r\n=2E.two\r\na.b");
  CHECK(quoted_printable("From me\nnot From") == "=46rom me\r\nnot From");
  CHECK(quoted_printable("1=1 ä") == "1=3D1 =C3=A4");
}

TEST_CASE("quoted-printable: no line is longer than 76, and none starts with a dot") {
  for (std::size_t before = 60; before < 90; ++before) {
    const std::string text = std::string(before, 'x') + "." + std::string(200, '.') + "äöü= ";
    for (const std::string& line : lines_of(quoted_printable(text))) {
      CHECK(line.size() <= 76);
      CHECK(!line.starts_with('.'));
      CHECK(!line.ends_with(' '));
    }
  }
}

TEST_CASE("header text: short ASCII stays readable") {
  CHECK(header_text("shop: disk full") == "shop: disk full");
}

TEST_CASE("header text: what could be taken for more than text is encoded") {
  for (const char* text : {"=?UTF-8?B?QQ==?=", "ä", " leading", "trailing ", "a\r\nBcc: x@y"}) {
    CHECK(header_text(text).starts_with("=?UTF-8?B?"));
  }
  CHECK(header_text("a\r\nBcc: x@y").find("Bcc") == std::string::npos);
}

TEST_CASE("header text: encoded words are short and cut no character") {
  std::string text;
  for (int i = 0; i < 60; ++i) text += i % 2 == 0 ? "€" : "𝄞a";
  const std::string encoded = header_text(text);
  for (const std::string& line : lines_of(encoded)) {
    CHECK(line.size() <= 75);
    CHECK(line.ends_with("?="));
  }
  CHECK(lines_of(encoded).size() > 3);
}

TEST_CASE("header phrase: quotes and backslashes do not end the name") {
  CHECK(header_phrase("My \"App\" \\ 1") == "\"My \\\"App\\\" \\\\ 1\"");
}
