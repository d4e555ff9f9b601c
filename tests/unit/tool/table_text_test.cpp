#include "tools/dblog/table_text.hpp"

#include <catch2/catch.hpp>

using namespace dblog::tool;

TEST_CASE("table text: lines up columns and leaves no space at line ends") {
  TableText table{{"ID", "WHAT"}};
  table.add_row({"error/1", "x"});
  table.add_row({"7", ""});
  CHECK(table.text(std::nullopt) == "ID       WHAT\nerror/1  x\n7\n");
}

TEST_CASE("table text: cuts the last column to the width of the terminal") {
  TableText table{{"ID", "WHAT"}};
  table.add_row({"1", std::string(100, 'x')});
  CHECK(table.text(40) == "ID  WHAT\n1   " + std::string(35, 'x') + "…\n");
}

TEST_CASE("table text: leaves 20 columns to the last cell of a narrow terminal") {
  TableText table{{"ID", "WHAT"}};
  table.add_row({"1", std::string(100, 'x')});
  CHECK(table.text(5) == "ID  WHAT\n1   " + std::string(19, 'x') + "…\n");
}

TEST_CASE("table text: as CSV, quoted where it must be, and never a formula") {
  TableText table{{"id", "what"}};
  table.add_row({"1", "plain"});
  table.add_row({"2", "a, \"b\""});
  table.add_row({"3", "=1+2"});
  table.add_row({"-4", "@x, y"});
  table.add_row({"", ""});
  CHECK(table.csv() == "id,what\n1,plain\n2,\"a, \"\"b\"\"\"\n3,'=1+2\n'-4,\"'@x, y\"\n,\n");
}

// Expected: read with ',' each is one cell; read with ';' or a tab, where the quote after the ','
// is a character like others, no cell begins with what begins a formula.
TEST_CASE("table text: CSV has no formula for a spreadsheet that splits at ; or tabs") {
  const auto cell = [](const std::string& text) {
    TableText table{{"id", "what"}};
    table.add_row({"1", text});
    const std::string csv = table.csv();
    return csv.substr(10, csv.size() - 11);
  };
  CHECK(cell("x;=HYPERLINK(\"a\")") == "\"x;'=HYPERLINK(\"\"a\"\")\"");
  CHECK(cell("x\t@a") == "\"x\t'@a\"");
  CHECK(cell("x\n+1") == "\"x\n'+1\"");
  CHECK(cell("x;\"=1") == "\"x;'\"\"=1\"");
  CHECK(cell("\"\"-1") == "\"'\"\"\"\"-1\"");
  CHECK(cell("\t=1") == "\"'\t'=1\"");
  CHECK(cell("\r=1") == "\"'\r'=1\"");
  CHECK(cell("a; b = c") == "\"a; b = c\"");
}

TEST_CASE("display width: counts as a terminal shows") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("größer") == 6);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("e\xcc\x81") == 1);
}

TEST_CASE("cut to width: cuts between characters") {
  CHECK(cut_to_width("abc", 3) == "abc");
  CHECK(cut_to_width("abcd", 3) == "ab…");
  CHECK(cut_to_width("größer", 4) == "grö…");
  CHECK(cut_to_width("日本語", 5) == "日本…");
  CHECK(cut_to_width("日本語", 4) == "日…");
  CHECK(cut_to_width("abc", 0) == "");
}
