#!/usr/bin/env -S python3 -B
"""Crashes a program that dblog watches and compares the names in its database with gdb's backtrace
of the core of the same crash: compare_with_gdb.py TOOL PROGRAM WAY [ARGUMENT...] [--expect NAME...]

Compared are the frames of the program and its plug-ins, to main: functions, files, lines, inlined
calls, in order. --expect: what the functions must be called, from the inside out, so that both
cannot be wrong together; '-' is a frame without a name.
"""

import argparse
import json
import os
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile

SKIPPED = 77

# Run inside gdb: one JSON line a frame.
GDB_SCRIPT = """
import gdb, json
frame = gdb.newest_frame()
while frame is not None:
    sal = frame.find_sal()
    file = sal.symtab.fullname() if sal.symtab is not None and sal.line > 0 else None
    print("FRAME " + json.dumps({
        "function": frame.name(), "file": file, "line": sal.line if file else None,
        "inlined": frame.type() == gdb.INLINE_FRAME, "module": gdb.solib_name(frame.pc()),
        "is_signal": frame.type() == gdb.SIGTRAMP_FRAME}))
    frame = frame.older()
"""


def without_brackets(text, left, right):
    """`text` less what is between the brackets, however deep."""
    kept, depth = [], 0
    for character in text:
        depth += character == left
        if depth == 0:
            kept.append(character)
        depth -= character == right and depth > 0
    return "".join(kept)


def bare_name(name):
    """The last part of a qualified name, without parameters."""
    if name is None:
        return None
    name = name.replace("(anonymous namespace)", "").replace("operator()", "operator")
    name = without_brackets(without_brackets(name, "<", ">"), "(", ")")
    name = re.sub(r"\s*(const)?\s*(\[.*\])?$", "", name.strip())
    return name.split("::")[-1].split(" ")[-1] or None


def place(function, file, line, inlined):
    position = f"{os.path.basename(file)}:{line}" if file else None
    return (bare_name(function), position, bool(inlined))


def is_system(module):
    return module is not None and re.search(r"/(libc|libstdc\+\+|ld-linux[^/]*|libgcc_s)\.so", module)


def to_main(places):
    for index, each in enumerate(places):
        if each[0] == "main":
            return places[: index + 1]
    return places


def gdb_command():
    # Debug files of the system's libraries would take most of the time and say nothing that counts.
    settings = ["set debuginfod enabled off", "set auto-load off", "set debug-file-directory /none"]
    return ["gdb", "-nx", "-batch"] + [part for each in settings for part in ("-iex", each)]


def gdb_places(program, arguments, directory):
    script = os.path.join(directory, "frames.py")
    with open(script, "w") as file:
        file.write(GDB_SCRIPT)
    cores = [name for name in os.listdir(directory) if name.startswith("core")]
    if cores:
        command = gdb_command() + ["-ex", f"source {script}", program, cores[0]]
    else:
        # No cores on this machine: the same crash once more, under gdb.
        command = gdb_command() + ["-ex", "run", "-ex", f"source {script}", "--args", program]
        command += arguments
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60,
                         env=dict(os.environ, DBLOG_DB="gdb.db"))
    frames = [json.loads(line[6:]) for line in run.stdout.splitlines() if line.startswith("FRAME ")]
    if not frames:
        raise SystemExit(f"gdb shows no frames:\n{run.stdout}\n{run.stderr}")
    return [place(f["function"], f["file"], f["line"], f["inlined"]) for f in frames
            if not f["is_signal"] and not is_system(f["module"])]


def dblog_places(tool, directory):
    database = os.path.join(directory, "LOGS.db")
    subprocess.run([tool, "symbolize", "--db", database], check=True, stdout=subprocess.DEVNULL)
    rows = sqlite3.connect(database).execute(
        "SELECT module, function, file, line, inlined FROM frames WHERE crash_id = 1 "
        "ORDER BY thread, depth, rowid").fetchall()
    trace = sqlite3.connect(database).execute("SELECT stack_trace FROM crashes").fetchone()[0]
    return [place(*row[1:]) for row in rows if not is_system(row[0])], trace


def crash(program, arguments, directory):
    def allow_core():
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    environment = dict(os.environ, DBLOG_DB=os.path.join(directory, "LOGS.db"))
    run = subprocess.run([program] + arguments, cwd=directory, env=environment, timeout=60,
                         preexec_fn=allow_core, stdout=subprocess.DEVNULL)
    if run.returncode >= 0:
        raise SystemExit(f"{program} did not crash: exit code {run.returncode}")


def is_wrong(ours, theirs):
    """gdb guesses at code between symbols; no name is then the better answer."""
    if ours == theirs:
        return False
    return not (ours[0] is None and ours[1] is None and theirs[1] is None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs="+")
    parser.add_argument("--expect", nargs="*", default=[])
    options = parser.parse_args()
    if not os.path.exists(options.program):
        print(f"{options.program} was not built: its compiler is not installed")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="dblog-test-") as directory:
        crash(options.program, options.arguments, directory)
        ours, trace = dblog_places(options.tool, directory)
        theirs = gdb_places(options.program, options.arguments, directory)
    problems = []
    ours, theirs = to_main(ours), to_main(theirs)
    if len(ours) != len(theirs) or any(map(is_wrong, ours, theirs)):
        problems.append("dblog and gdb differ")
    names = [name or "-" for name, _, _ in ours]
    if options.expect and names[: len(options.expect)] != options.expect:
        problems.append(f"not as expected: {names}")
    if problems:
        print("; ".join(problems))
        for index in range(max(len(ours), len(theirs))):
            print(f"  dblog {ours[index] if index < len(ours) else None}")
            print(f"  gdb   {theirs[index] if index < len(theirs) else None}")
        print(trace)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
