"""What test scripts share: children that are waited for, and the run of a script's tests.

    from test_script import Skipped, check, run_tests
"""

import contextlib
import signal
import sqlite3
import subprocess
import sys
import tempfile

SKIPPED = 77  # ctest's SKIP_RETURN_CODE
LIMIT = 240  # seconds for one program, also on a busy machine


class Skipped(Exception):
    """What the machine does not have."""


def check(condition, *details):
    if not condition:
        raise AssertionError('\n'.join(map(str, details)))


def start(command, **options):
    """A child without standard input, whose output finish() reads."""
    return subprocess.Popen([*map(str, command)], **{
        'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT,
        'text': True, 'errors': 'backslashreplace', **options})


def finish(child):
    """To its end: what it printed is .output, its status .status (below 0: the signal)."""
    try:
        child.output, _ = child.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.output, _ = child.communicate()
        raise AssertionError(f'{child.args} did not end: {child.output}') from None
    child.status = child.returncode
    return child


def query(database, sql):
    """The rows, by a connection that is closed again."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


def run_tests(names, prefix, place_at, wanted=()):
    """Runs every test_… function, or those that are wanted, each with what place_at() makes of a
    directory of its own, and ends the script."""
    signal.alarm(1500)  # the last resort; ctest has its own
    tests = {name: test for name, test in names.items()
             if name.startswith('test_') and (not wanted or name in wanted)}
    passed, failed, skipped = 0, 0, 0
    for name, test in tests.items():
        with tempfile.TemporaryDirectory(prefix=prefix) as path:
            try:
                test(place_at(path))
                passed += 1
                print(f'passed: {name}', flush=True)
            except Skipped as reason:
                skipped += 1
                print(f'skipped: {name}: {reason}', flush=True)
            except Exception as failure:  # the others go on
                failed += 1
                print(f'FAILED: {name}: {type(failure).__name__}: {failure}', flush=True)
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    if failed or not tests:
        sys.exit(1)
    sys.exit(0 if passed else SKIPPED)
