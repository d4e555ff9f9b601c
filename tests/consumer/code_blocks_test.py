"""check_code_blocks finds what it is for: it gets a page with one thing wrong in each block.

code_blocks_test.py PREFIX WORK CXX EXAMPLES
"""

import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).parent / "check_code_blocks"
FINE = [
    ("cpp", 'events.push_to_table("lost");\nvoid f(int n) {\n  if (n) f(0);\n}\nf(1);\n'),
    ("cmake", "find_package(dblog REQUIRED)\ntarget_link_libraries(app PRIVATE dblog::dblog)\n"),
    ("console", "$ dblog list\n1 … signal SIGSEGV in …minimal: …\n$ echo 17   of 9\n17 of …\n"),
    ("dotenv", "mail_server = mail.example.com\n"),
    ("sh", "dblog symbolize 1\ndblog group resolve 1 --in 2.0  # `help` knows it\n"),
    ("sql", "SELECT uuid FROM crashes;\n"),
    ("text", "$ anything\n"),
]
# A block, and what the check says of it.
WRONG = [
    ("cpp", "events.push(1);\n", "has no member named"),
    ("cpp", "#include <dblog/none.hpp>\nint main() {}\n", "dblog/none.hpp"),
    ("cmake", "find_package(dblog 9.9 REQUIRED)\n", "status 1"),
    ("console", "$ dblog list\n1 … signal SIGSEGV in nothing: …\n", "has not, or not there"),
    ("console", "$ printf 'b\\na\\n'\na\nb\n", "has not, or not there"),
    ("dotenv", "webhok = x\n", "webhok"),
    ("sh", "false\n", "status 1"),
    ("sh", "dblog show 1 --ful\n", "no option --ful"),
    ("sql", "SELECT nope FROM crashes;\n", "no such column"),
    ("dockerfile", "FROM debian:12\nRUNS x\n", "no instruction"),
    ("pony", "x\n", "```pony: what is this?"),
]


def output_of(text):
    with tempfile.TemporaryDirectory() as source:
        pathlib.Path(source, "page.md").write_text(text)
        child = subprocess.run([sys.executable, "-B", CHECK, "page.md", source, *sys.argv[1:]],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return child.returncode, child.stdout


def block(word, code):
    return f"Text\n\n```{word}\n{code}```\n"


def main():
    failed = []
    status, output = output_of("".join(block(*each) for each in FINE) + "`dblog groups --explain 1` shows it.\n")
    if status or output:
        failed.append(output)
    wrong = "".join(block(word, code) for word, code, _ in WRONG)
    status, output = output_of(wrong + "`dblog sho` and `dblog help list --none`\n\n    code\n")
    wanted = [said for *_, said in WRONG] + ["dblog sho: no such verb", "no option --none", "without a fence: code"]
    failed += [f"not found: {said}\n{output}" for said in wanted if said not in output]
    print("\n".join(failed))
    return 1 if status != 1 or failed else 0


if __name__ == "__main__":
    sys.exit(main())
