"""The lint checks find what they are for: each is run on a small tree with one thing wrong."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent

LIST = """\
@few = <array>
  <fcntl.h>
include/dblog: @std
handlers: @few src/schema
handlers/thrown.cpp: <typeinfo>
src/schema: @std
src/store: @std handlers dblog <SQLiteCpp/*>
tests: *
"""


class LintTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.directory.name)
        (self.root / "list.txt").write_text(LIST)

    def tearDown(self):
        self.directory.cleanup()

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_check(self, name, *arguments):
        result = subprocess.run(
            [sys.executable, "-B", HERE / name, self.root, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return result.returncode, result.stdout.strip()

    def includes(self):
        return self.run_check("check_includes", self.root / "list.txt")

    def test_an_include_that_the_list_allows_passes(self):
        self.put(
            "src/store/a.cpp",
            '#include "src/store/a.hpp"\n#include "dblog/event.hpp"\n#include "handlers/b.hpp"\n'
            "#include <SQLiteCpp/Database.h>\n#include <vector>\n",
        )
        self.put("handlers/b.cpp", "#include <array>\n#include <fcntl.h>\n")
        self.put("tests/c.cpp", "#include <catch2/catch.hpp>\n")
        self.assertEqual(self.includes(), (0, ""))

    def test_a_heap_using_header_at_crash_time_is_refused(self):
        self.put("handlers/b.cpp", "#include <array>\n  #  include <string>\n")
        self.assertEqual(
            self.includes(), (1, "handlers/b.cpp:2: handlers may not include string (list.txt)")
        )

    def test_what_one_file_may_include_is_not_for_the_others(self):
        self.put("handlers/thrown.cpp", "#include <array>\n#include <typeinfo>\n")
        self.assertEqual(self.includes(), (0, ""))
        self.put("handlers/b.cpp", "#include <typeinfo>\n")
        self.assertEqual(self.includes()[0], 1)

    def test_a_folder_that_is_not_listed_for_another_is_refused(self):
        self.put("handlers/b.cpp", '#include "src/store/a.hpp"\n')
        self.assertEqual(self.includes()[0], 1)

    def test_a_third_party_header_in_a_public_header_is_refused(self):
        self.put("include/dblog/event.hpp", "#include <SQLiteCpp/Database.h>\n")
        self.assertEqual(self.includes()[0], 1)

    def test_a_quoted_header_that_is_no_folder_of_ours_is_refused(self):
        self.put("src/store/a.cpp", '#include "a.hpp"\n')
        self.assertEqual(self.includes()[0], 1)

    def test_a_folder_that_nobody_listed_is_refused(self):
        self.put("src/new/a.cpp", "\n")
        self.assertEqual(
            self.includes(), (1, "src/new/a.cpp: its folder is not in list.txt")
        )

    def table_writes(self, allowed):
        self.put(
            "src/schema/schema.hpp",
            'const char* kTables = R"sql(\nCREATE TABLE IF NOT EXISTS crashes (id);\n'
            'CREATE TABLE IF NOT EXISTS outbox (id);\n)sql";\n'
            'const char* kInsertCrash =\n    "INSERT OR IGNORE "\n    "INTO crashes VALUES (?1)";\n',
        )
        self.put("list.txt", allowed)
        return self.run_check("check_table_writes", self.root / "list.txt")

    def test_a_folder_that_writes_a_table_of_another_is_refused(self):
        self.put(
            "src/store/a.cpp",
            '// "DELETE FROM outbox"\nauto a = "SELECT 1; "  // one\n    "UPDATE outbox SET x = 1";\n'
            'auto b = 1\'000 + \'"\';\nauto c = R"(delete from outbox\nDELETE FROM "outbox")";\n',
        )
        self.assertEqual(self.table_writes("src/store: outbox\n"), (0, ""))
        self.assertEqual(
            self.table_writes("src/report: outbox\n"),
            (
                1,
                "src/store/a.cpp:2: may not write outbox (list.txt)\n"
                "src/store/a.cpp:5: may not write outbox (list.txt)\n"
                "src/report: does not write outbox: take it off list.txt",
            ),
        )

    def test_a_statement_of_the_schema_counts_where_it_is_used(self):
        self.put("src/store/a.cpp", "prepare(schema::kInsertCrash);\n")
        self.assertEqual(
            self.table_writes("src/store: outbox\n")[1].splitlines()[0],
            "src/store/a.cpp:1: may not write crashes (list.txt)",
        )
        self.assertEqual(self.table_writes("src/store: crashes\n"), (0, ""))

    def test_a_table_that_is_named_at_run_time_is_listed_as_such(self):
        self.put("src/store/a.cpp", 'run("DELETE FROM " + table + " WHERE id = 1");\n')
        self.assertEqual(self.table_writes("src/store: crashes outbox\n")[0], 1)
        self.assertEqual(self.table_writes("src/store: by-name\n"), (0, ""))

    def test_folders_that_see_each_other_in_a_circle_are_refused(self):
        (self.root / "list.txt").write_text(LIST.replace("src/schema: @std", "src/schema: src/store"))
        self.assertEqual(
            self.includes(), (1, "list.txt: a circle: handlers -> src/schema -> src/store -> handlers")
        )
        # Also where it is one file's right only.
        (self.root / "list.txt").write_text(LIST + "src/schema/a.cpp: src/store\n")
        self.assertEqual(self.includes()[0], 1)

    def test_a_file_name_without_a_job_is_refused(self):
        self.put("src/store/string_utils.cpp", "\n")
        self.assertEqual(self.run_check("check_files")[0], 1)

    def test_a_crash_time_file_without_its_context_is_refused(self):
        self.put("handlers/b.cpp", "// Does this.\n\n// Context: crash time\n")
        self.assertEqual(self.run_check("check_files")[0], 1)
        self.put("handlers/b.cpp", "// Does this.\n// Context: crash time. No heap.\n")
        self.assertEqual(self.run_check("check_files"), (0, ""))

    def test_the_environment_is_read_with_secure_getenv_only(self):
        self.put("src/store/a.cpp", '// not getenv()\nauto* a = ::secure_getenv("A");\n')
        self.put("tests/a.cpp", 'auto* a = getenv("A");\n')
        self.put("handlers/interpose/exec_watch.cpp", "// Context: crash time.\nauto* a = environ;\n")
        self.assertEqual(self.run_check("check_files"), (0, ""))
        for line in ('auto* a = getenv("A");', 'auto* a = std::getenv("A");', "auto** a = environ;"):
            self.put("tools/dblog/b.cpp", "\n" + line + "\n")
            code, output = self.run_check("check_files")
            self.assertEqual((code, output.startswith("tools/dblog/b.cpp:2: ")), (1, True))

    def test_a_long_file_is_warned_of_and_a_longer_one_refused(self):
        self.put("src/store/a.cpp", "\n" * 301)
        code, output = self.run_check("check_files")
        self.assertEqual((code, output.startswith("warning: ")), (0, True))
        self.put("src/store/a.cpp", "\n" * 401)
        self.assertEqual(self.run_check("check_files")[0], 1)
        self.put("src/store/a.cpp", "")
        self.put("docs/long.md", "\n" * 1000)
        self.assertEqual(self.run_check("check_files"), (0, ""))

    def test_two_types_of_one_name_in_one_namespace_are_refused(self):
        header = "namespace dblog::store {\n\nclass Rows%s {\n};\n\n}  // namespace dblog::store\n"
        self.put("src/store/a.hpp", header % "")
        self.put("src/store/b.hpp", header % " final : public Reader")
        code, output = self.run_check("check_types")
        self.assertEqual((code, "dblog::store::Rows" in output), (1, True))
        self.put("src/store/b.hpp", header.replace("store", "reader") % "")
        self.assertEqual(self.run_check("check_types"), (0, ""))

    def test_types_that_no_other_source_sees_may_have_one_name(self):
        source = "namespace dblog {\nnamespace {\n\nstruct Reader {\n};\n\n}  // namespace\n}  // namespace dblog\n"
        self.put("src/store/a.cpp", source)
        self.put("src/store/b.cpp", source)
        self.put("src/store/c.hpp", "namespace dblog {\n\nstruct Reader;\n\n}  // namespace dblog\n")
        self.assertEqual(self.run_check("check_types"), (0, ""))

    def test_a_phrase_that_is_no_plain_english_is_refused(self):
        self.put("src/store/a.cpp", "/// Waits for\n  /// ev" "er, but not\n  /// so long.\n")
        self.put("docs/a.md", "The whole\nis sa" "id there.\nNobo" "dy acts, and who" "ever reads.\n")
        code, output = self.run_check("check_words")
        self.assertEqual(
            (code, [line.split(":")[:2] for line in output.splitlines()]),
            (1, [["docs/a.md", "2"], ["docs/a.md", "3"], ["docs/a.md", "3"], ["src/store/a.cpp", "1"]]),
        )

    def test_an_old_name_is_refused_and_the_term_is_named(self):
        self.put("src/store/a.cpp", "int x = lo" "ok(y);\nclass Cr" "ew;\n// The crew may look.\n")
        code, output = self.run_check("check_words")
        self.assertEqual(
            (code, output.splitlines()),
            (
                1,
                [
                    "src/store/a.cpp:1: 'lo" "ok': write 'sample, scan, count'",
                    "src/store/a.cpp:2: 'Cr" "ew': write 'DeliveryContext'",
                ],
            ),
        )

    def test_the_user_of_that_name_and_words_that_hold_a_phrase_pass(self):
        self.put(
            "docs/a.md",
            "As the user nobody, 'nobody' or /nobody. Forever. There is none of it. A canewell.\n",
        )
        self.assertEqual(self.run_check("check_words"), (0, ""))

    @unittest.skipIf(shutil.which("doxygen") is None, "there is no doxygen here")
    def test_a_public_function_without_purpose_or_thread_rule_is_refused(self):
        self.put("docs/Doxyfile", (HERE.parents[1] / "docs/Doxyfile").read_text())
        header = "/// @file\n/// The library.\nnamespace dblog {\n%svoid work();\n}\n"
        self.put("include/dblog/a.hpp", header % "/// Works. Threads: any.\n")
        self.assertEqual(self.run_check("check_doxygen"), (0, ""))
        self.put("include/dblog/a.hpp", header % "/// Works.\n")
        code, output = self.run_check("check_doxygen")
        self.assertEqual((code, output), (1, "dblog::work: its comment has no 'Threads:'"))
        self.put("include/dblog/a.hpp", header % "/// Threads: \\nothing.\n")
        code, output = self.run_check("check_doxygen")
        self.assertEqual((code, "unknown command" in output), (1, True))


if __name__ == "__main__":
    unittest.main()
