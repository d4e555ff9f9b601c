#!/usr/bin/env -S python3 -B
"""Times 'dblog symbolize' against addr2line and gdb on one large program, which it generates:

    tests/benchmarks/symbolizers.py build/tools/dblog/dblog [--units 24] [--compiler g++] [--keep DIR]

Prints a Markdown table of wall time, CPU time and peak memory for the same addresses, each the best
of three runs, and for how many the three agree. docs/benchmarks.md has the figures.
"""

import argparse
import concurrent.futures
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time

UNIT = """
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <regex>
#include <unordered_map>
namespace unit_{n} {{
struct Entry {{ std::string name; std::map<std::string, std::vector<int>> values; }};
std::unordered_map<std::string, Entry> entries;
int look_up(const std::string& text) {{
  static const std::regex pattern{{"([a-z]+)=({n}[0-9]*)"}};
  std::smatch found;
  if (!std::regex_match(text, found, pattern)) return {n};
  auto& entry = entries[found[1]];
  entry.values[found[2]].push_back({n});
  std::sort(entry.values[found[2]].begin(), entry.values[found[2]].end(), std::greater<int>());
  return static_cast<int>(entry.values.size());
}}
int walk(const std::string& path) {{
  int sum = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(path))
    sum += look_up(file.path().filename().string());
  std::function<int(int)> twice = [sum](int by) {{ return sum * by; }};
  std::cout << twice({n});
  return sum;
}}
}}
int entry_{n}(int count, char** texts) {{
  return count > {n} ? unit_{n}::walk(texts[{n}]) : 0;
}}
"""

MAIN = """
{declarations}
int main(int count, char** texts) {{
  return {calls};
}}
"""


def build_program(directory, units, compiler):
    program = os.path.join(directory, "large")
    if os.path.exists(program):
        return program
    names = [str(n) for n in range(units)]
    main = MAIN.format(declarations="\n".join(f"int entry_{n}(int, char**);" for n in names),
                       calls=" + ".join(f"entry_{n}(count, texts)" for n in names))
    sources = {f"unit_{n}.cpp": UNIT.format(n=n) for n in names} | {"main.cpp": main}
    for name, text in sources.items():
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)

    def compile_one(name):
        if os.path.exists(os.path.join(directory, name.replace(".cpp", ".o"))):
            return
        subprocess.run([compiler, "-std=c++20", "-O1", "-g", "-c", name], cwd=directory, check=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, sources))
    objects = [name.replace(".cpp", ".o") for name in sources]
    subprocess.run([compiler, "-Wl,--build-id", "-o", "large"] + objects, cwd=directory, check=True)
    return program


def code_addresses(program, count):
    """Addresses within functions, the same ones every time."""
    listing = subprocess.run(["nm", "-S", "--defined-only", program], check=True,
                             capture_output=True, text=True).stdout
    functions = []
    for line in listing.splitlines():
        parts = line.split()
        if len(parts) == 4 and parts[2] in "tTwW" and int(parts[1], 16) > 16:
            functions.append((int(parts[0], 16), int(parts[1], 16)))
    functions.sort()
    choice = random.Random(20260101)
    chosen = choice.sample(functions, min(count, len(functions)))
    return [begin + choice.randrange(size) for begin, size in chosen]


def measure(command, text=None, cwd=None):
    """(seconds, CPU seconds, peak MiB, output) of the best of three runs."""
    best = None
    for _ in range(3):
        with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as output:
            given.write(text or "")
            given.seek(0)
            start = time.monotonic()
            process = subprocess.Popen(command, stdin=given, stdout=output,
                                       stderr=subprocess.DEVNULL, cwd=cwd,
                                       env=dict(os.environ, DEBUGINFOD_URLS=""))
            _, status, usage = os.wait4(process.pid, 0)
            elapsed = time.monotonic() - start
            if status != 0:
                raise SystemExit(f"{command[0]} failed with status {status}")
            output.seek(0)
            run = (elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.read())
        best = run if best is None or run[0] < best[0] else best
    return best


def make_database(directory, tool, program, addresses):
    """A crash whose frames are the addresses; a shell restores it before each run."""
    notes = subprocess.run(["readelf", "-n", program], capture_output=True, text=True).stdout
    build_id = notes.split("Build ID:")[1].split()[0]
    path = os.path.join(directory, "LOGS.db")
    if not os.path.exists(path):
        raise SystemExit(f"{path} is missing")
    database = sqlite3.connect(path)
    database.execute("DELETE FROM frames")
    database.execute("DELETE FROM crashes")
    database.execute("INSERT INTO crashes (id, uuid, date, kind, tid) VALUES "
                     "(1, 'u', '2026-01-01 00:00:00.000000', 'signal', 1)")
    database.executemany(
        "INSERT INTO frames (crash_id, thread, depth, address, module, build_id, offset, "
        "return_address) VALUES (1, 1, ?, '0x0', ?, ?, ?, 0)",
        [(depth, program, build_id, hex(at)) for depth, at in enumerate(addresses)])
    database.commit()
    database.close()
    return path


def dblog_places(path):
    rows = sqlite3.connect(path).execute(
        "SELECT depth, file, line FROM frames ORDER BY thread, depth, rowid").fetchall()
    places = {}
    for depth, file, line in rows:
        places.setdefault(depth, []).append(f"{os.path.basename(file or '??')}:{line or '?'}")
    return [places[depth] for depth in sorted(places)]


def addr2line_places(output):
    places = []
    lines = output.splitlines()
    index = 0
    while index < len(lines):
        if lines[index].startswith("0x"):
            places.append([])
            index += 1
            continue
        position = lines[index + 1].split(" (discriminator")[0]
        places[-1].append(os.path.basename(position.replace("??:0", "??:?")))
        index += 2
    return places


def gdb_lines(output):
    lines = []
    for text in output.split("AT\n")[1:]:
        found = re.search(r'Line (\d+) of "([^"]*)"', text)
        lines.append(f"{os.path.basename(found[2])}:{found[1]}" if found else "??:?")
    return lines


def compare(tool, program, directory, addresses):
    texts = [hex(at) for at in addresses]
    results = {}
    database = make_database(directory, tool, program, addresses)
    reset = f"sqlite3 {database} \"DELETE FROM frames WHERE rowid > {len(addresses)}; " \
            "UPDATE frames SET function = NULL, name_source = NULL, inlined = 0\""
    runs = []
    for _ in range(3):
        subprocess.run(reset, shell=True, check=True)
        start = time.monotonic()
        process = subprocess.Popen([tool, "symbolize", "--db", database],
                                   stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            raise SystemExit("dblog symbolize failed")
        runs.append((time.monotonic() - start, usage.ru_utime + usage.ru_stime,
                     usage.ru_maxrss / 1024))
    results["dblog symbolize"] = min(runs)
    ours = dblog_places(database)
    *figures, output = measure(["addr2line", "-a", "-C", "-f", "-i", "-e", program], "\n".join(texts))
    results["addr2line -C -f -i"] = figures
    theirs = addr2line_places(output)
    script = os.path.join(directory, "lines.gdb")
    with open(script, "w") as file:
        file.write("".join(f"echo AT\\n\ninfo symbol {at}\ninfo line *{at}\n" for at in texts))
    *figures, output = measure(["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-x",
                                script, program])
    results["gdb -batch (no inlined calls)"] = figures
    # Of several rows of a line table for one address, gdb takes the last that begins a statement,
    # addr2line the last; dblog takes gdb's if it lies in the file of the last (else it is of a call
    # that was inlined and left no instruction). The calls around it are compared with addr2line's.
    # Where addr2line names a line that its file does not have (the table's first file for another,
    # seen with binutils 2.40), gdb's counts.
    def is_there(place):
        file, _, line = place.partition(":")
        try:
            with open(os.path.join(directory, file), "rb") as source:
                return int(line) <= sum(1 for _ in source)
        except (OSError, ValueError):
            return True  # a header of the system's

    def expected(of_addr2line, of_gdb):
        is_same_file = of_addr2line.split(":")[0] == of_gdb.split(":")[0]
        return of_gdb if is_same_file or not is_there(of_addr2line) else of_addr2line

    agree = sum(a[0] == expected(b[0], line) and a[1:] == b[1:]
                for a, b, line in zip(ours, theirs, gdb_lines(output)))
    return results, agree


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--units", type=int, default=24)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--keep", help="build there, and use again what is there")
    options = parser.parse_args()
    tool = os.path.abspath(options.tool)
    with tempfile.TemporaryDirectory(prefix="dblog-benchmark-") as scratch:
        directory = os.path.abspath(options.keep or scratch)
        os.makedirs(directory, exist_ok=True)
        program = build_program(directory, options.units, options.compiler)
        schema = os.path.join(directory, "LOGS.db")
        if not os.path.exists(schema):
            raise_database(schema)
        size = os.path.getsize(program) / 1024 / 1024
        print(f"{options.compiler}, {options.units} units, {size:.0f} MiB\n")
        print("| addresses | by | wall s | CPU s | peak MiB | wall, of dblog's |\n"
              "|---|---|---|---|---|---|")
        for count in (10, 500):
            addresses = code_addresses(program, count)
            count = len(addresses)
            results, agree = compare(tool, program, directory, addresses)
            base = results["dblog symbolize"][0]
            for name, (wall, cpu, memory) in results.items():
                print(f"| {count} | {name} | {wall:.2f} | {cpu:.2f} | {memory:.0f} "
                      f"| {wall / base:.1f} × |")
            print(f"| {count} | dblog agrees with both on | {agree} of {count} "
                  "| | | |")


def raise_database(path):
    """An empty database of dblog's own layout, from the source of the layout."""
    header = os.path.join(os.path.dirname(__file__), "../../src/schema/schema.hpp")
    with open(header) as file:
        text = file.read()
    version = text.split("kVersion = ")[1].split(";")[0]
    tables = text.split('kTables[] = R"sql(')[1].split(')sql"')[0]
    database = sqlite3.connect(path)
    database.executescript(f"{tables}; PRAGMA user_version = {version};")
    database.close()


if __name__ == "__main__":
    sys.exit(main())
