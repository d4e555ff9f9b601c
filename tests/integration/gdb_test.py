"""`dblog gdb`: finds the core of a crash, and no other: gdb_test.py SESSION_PROGRAM DBLOG OTHER_PROGRAM

The cores are the kernel's. What it does with them is one setting for the whole machine: of other settings the
tool is shown a file in the place of /proc/sys/kernel/core_pattern, in a mount namespace of its own."""

import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys

from test_script import Skipped, check, finish, run_tests, start

PROGRAM, TOOL, OTHER = sys.argv[1:4]
PATTERN = '/proc/sys/kernel/core_pattern'
SHOWN = 'mount --bind "$0" /proc/sys/kernel/core_pattern && exec "$@"'

# What coredumpctl(1) answers: `list` with --json=short, where the time is that of the journal's entry, and with
# --field=COREDUMP_TIMESTAMP, where it is the kernel's; and for `gdb` the words that it got.
COREDUMPCTL = '''#!/bin/sh
case "$*" in
  "--json=short list COREDUMP_PID="*) [ -s list.json ] || { echo "No coredumps found." >&2; exit 1; }; cat list.json;;
  "--field=COREDUMP_TIMESTAMP list COREDUMP_PID="*) cat times;;
  *) for word; do echo "$word"; done;;
esac
'''


class Place:
    def __init__(self, path):
        self.path = os.path.realpath(path)
        self.database = f'{self.path}/LOGS.db'
        self.environment = {'PATH': '/usr/bin:/bin', 'DEBUGINFOD_URLS': '', 'TZ': 'Asia/Kolkata'}

    def crash(self, program=PROGRAM, core=True):
        """The process that crashed; its core is at ./core, if one is wanted."""
        def limit():
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2 if core else (0, 0))
        try:
            child = finish(start([program, 'install', 'fault'], cwd=self.path, preexec_fn=limit,
                                 env={**self.environment, 'DBLOG_DB': self.database}))
        except subprocess.SubprocessError as error:
            raise Skipped(f'cores are forbidden here: {error}') from error
        check(child.status == -11, child.status, child.output)
        return child.pid

    def core_of(self, process):
        """Where the kernel has put it, moved to ./core."""
        with open(PATTERN) as file:
            pattern = file.read().strip()
        if pattern not in ('core', 'core.%p'):
            raise Skipped(f'core_pattern is {pattern}')
        for name in (f'core.{process}', 'core'):
            if os.path.exists(f'{self.path}/{name}'):
                os.rename(f'{self.path}/{name}', f'{self.path}/core')
                return f'{self.path}/core'
        raise Skipped('the kernel has written no core')

    def gdb(self, *words, status=0, before=()):
        child = finish(start([*before, TOOL, 'gdb', *words], cwd=self.path, env=self.environment))
        check(child.status == status, child.status, child.output)
        return child.output

    def gdb_with(self, pattern, *words, status=0):
        """Where the kernel says that this is its core_pattern."""
        with open(f'{self.path}/pattern', 'w') as file:
            file.write(pattern + '\n')
        before = ('unshare', '-m', 'sh', '-c', SHOWN, f'{self.path}/pattern')
        if finish(start([*before, 'true'])).status != 0:
            raise Skipped('no mount namespace can be had here')
        return self.gdb(*words, status=status, before=before)

    def write(self, sql):
        connection = sqlite3.connect(self.database)
        connection.execute(sql)
        connection.commit()
        connection.close()

    def make_coredumpctl(self, *entries):
        os.makedirs(f'{self.path}/bin', exist_ok=True)
        with open(f'{self.path}/bin/coredumpctl', 'w') as file:
            file.write(COREDUMPCTL)
        os.chmod(f'{self.path}/bin/coredumpctl', 0o755)
        with open(f'{self.path}/list.json', 'w') as file:
            file.write(json.dumps(entries) if entries else '')
        with open(f'{self.path}/times', 'w') as file:
            file.writelines(f'{entry["time"] // 1_000_000 * 1_000_000}\n' for entry in entries)
        self.environment['PATH'] = f'{self.path}/bin:/usr/bin:/bin'

    def utc_of_crash(self):
        connection = sqlite3.connect(self.database)
        text = "SELECT strftime('%s', substr(date, 1, 19)) - utc_offset FROM crashes ORDER BY id DESC LIMIT 1"
        seconds = int(connection.execute(text).fetchone()[0])
        connection.close()
        return seconds


def test_the_core_is_found(place):
    core = place.core_of(place.crash())
    text = place.gdb_with('core', '--print')
    check(text == f'gdb {PROGRAM} {core}\n', text)
    check(place.gdb_with('core', '1', '--print') == text)
    # By a part of its UUID.
    connection = sqlite3.connect(place.database)
    uuid = connection.execute('SELECT uuid FROM crashes').fetchone()[0]
    connection.close()
    check(place.gdb_with('core', uuid[:9], '--print') == text)
    check(place.gdb_with('core', '--print', '1', '--', '-batch', '-ex', "p 'a'") ==
          f"gdb -batch -ex 'p '\\''a'\\''' {PROGRAM} {core}\n")


def test_gdb_opens_it(place):
    if shutil.which('gdb') is None:
        raise Skipped('gdb is not installed')
    place.core_of(place.crash())
    text = place.gdb_with('core', 'last', '--', '-nx', '-batch', '-ex', 'bt')
    check('Program terminated with signal SIGSEGV' in text, text)
    check('session_program.cpp' in text, text)


def test_gdb_is_not_installed(place):
    place.core_of(place.crash())
    place.make_coredumpctl()
    for name in ('unshare', 'sh', 'mount', 'true'):
        os.symlink(shutil.which(name), f'{place.path}/bin/{name}')
    place.environment['PATH'] = f'{place.path}/bin'
    check(place.gdb_with('core', status=127) == 'dblog: gdb: No such file or directory\n')


def test_the_names_that_patterns_give(place):
    process = place.crash()
    core = place.core_of(process)
    os.mkdir(f'{place.path}/cores')
    name = f'{place.path}/cores/{socket.gethostname()}.session_program.{process}.{place.utc_of_crash()}.11.0%'
    os.rename(core, name)
    for pattern in ('cores/%h.%e.%p.%t.%s.%u%%', f'{place.path}/cores/%h.%e.%P.%t.%s.%g%%', 'cores/%h.%e.%i.%t.%s.%d%%%'):
        check(place.gdb_with(pattern, '--print') == f'gdb {PROGRAM} {name}\n', pattern)
    os.rename(name, f'{place.path}/cores/{PROGRAM.replace("/", "!")}')
    check(place.gdb_with('cores/%E', '--print') == f"gdb {PROGRAM} '{place.path}/cores/{PROGRAM.replace('/', '!')}'\n")
    text = place.gdb_with('cores/%E.%s', '--print', status=1)
    check(text.startswith(f'dblog: crash 1: there is no core of it at {place.path}/cores/') and
          text.endswith("; a core is kept if 'ulimit -c unlimited' (LimitCORE=infinity) was in force when the program "
                        'was started\n'), text)


def test_a_core_of_another_process_is_not_taken(place):
    first = place.crash()
    core = place.core_of(first)
    place.crash(core=False)
    os.utime(core)  # as if it was written after the second crash
    check(f'; {core} is of process {first}; ' in place.gdb_with('core', '2', '--print', status=1))
    check(place.gdb_with('core', '1', '--print') == f'gdb {PROGRAM} {core}\n')
    place.write('UPDATE crashes SET signal = 6 WHERE id = 1')
    check(f'; {core} is of an end by SIGSEGV; ' in place.gdb_with('core', '1', '--print', status=1))
    place.write(f"UPDATE crashes SET signal = 11, executable = '{OTHER}' WHERE id = 1")
    check(f'; {core} is of another program; ' in place.gdb_with('core', '1', '--print', status=1))


def test_what_is_no_core(place):
    place.crash(core=False)
    os.mkfifo(f'{place.path}/core')
    check('there is no core of it at' in place.gdb_with('core', '--print', status=1))
    os.remove(f'{place.path}/core')
    for content in (b'', b'\x7fELF', os.urandom(5000)):
        with open(f'{place.path}/core', 'wb') as file:
            file.write(content)
        check(f'; {place.path}/core is no core of a process; ' in place.gdb_with('core', '--print', status=1))
    check(f'dblog: crash 1: {PROGRAM} is no core of a process\n' == place.gdb('--core', PROGRAM, '--print', status=1))


def test_an_older_core_is_not_taken(place):
    core = place.core_of(place.crash())
    os.utime(core, (place.utc_of_crash() - 60,) * 2)
    check('there is no core of it at' in place.gdb_with('core', '--print', status=1))


def test_a_program_that_was_replaced(place):
    own = f'{place.path}/own'
    shutil.copy(PROGRAM, own)
    core = place.core_of(place.crash(own))
    os.remove(own)
    shutil.copy(OTHER, own)
    text = place.gdb_with('core', '--print')
    check(f'dblog: {own} is not the program that crashed (build id ' in text and f'gdb {own} {core}\n' in text, text)
    os.mkdir(f'{place.path}/builds')
    shutil.copy(PROGRAM, f'{place.path}/builds/own')
    with open(f'{place.path}/.env', 'w') as env:
        env.write(f'debug_dirs = {place.path}/builds\n')
    check(place.gdb_with('core', '--print') == f'gdb {place.path}/builds/own {core}\n')


def test_another_host(place):
    core = place.core_of(place.crash())
    place.write("UPDATE crashes SET host = 'else\x1bwhere'")
    check(place.gdb_with('core', '--print', status=1) ==
          'dblog: crash 1: was on the host else\\x1bwhere, and so is its core; copy it here, and name it with --core\n')
    check(place.gdb('--core', 'core', '--print') == f'gdb {PROGRAM} {core}\n')


def test_where_cores_go_elsewhere(place):
    place.crash(core=False)
    check('cores go to apport here (/proc/sys/kernel/core_pattern)' in
          place.gdb_with('|/usr/share/apport/apport -p%p -s%s', '--print', status=1))
    check('no cores are kept here: /proc/sys/kernel/core_pattern is empty' in place.gdb_with('', '--print', status=1))


def entry(process, seconds, **other):
    return {'time': seconds * 1_000_000 + 790_274, 'pid': process, 'uid': os.getuid(), 'gid': os.getgid(), 'sig': 11,
            'corefile': 'present', 'exe': PROGRAM, 'size': 20_480, **other}


SYSTEMD = '|/lib/systemd/systemd-coredump %P %u %g %s %t 9223372036854775808 %h'


def test_systemd_coredump(place):
    process = place.crash(core=False)
    now = place.utc_of_crash()
    # Before it, a process with the same id, and another program.
    place.make_coredumpctl(entry(process, now - 50), entry(process, now - 20, exe=OTHER), entry(process, now + 1))
    command = f'COREDUMP_PID={process} COREDUMP_EXE={PROGRAM} COREDUMP_TIMESTAMP={now + 1}000000'
    check(place.gdb_with(SYSTEMD, '--print') == f"coredumpctl gdb {command}\n")
    check(place.gdb_with(SYSTEMD, 'last').split() == ['gdb', *command.split()])
    text = place.gdb_with(SYSTEMD, 'last', '--', '-batch', '-ex', 'info proc')
    check(text.splitlines()[:2] == ['gdb', "--debugger-arguments=-batch -ex 'info proc'"], text)


def test_systemd_coredump_has_none(place):
    process = place.crash(core=False)
    now = place.utc_of_crash()
    none = 'coredumpctl (of systemd 248 or later) knows no core of its process'
    check(none in place.gdb_with(SYSTEMD, '--print', status=1))  # there is no coredumpctl
    place.make_coredumpctl()
    check(none in place.gdb_with(SYSTEMD, '--print', status=1))
    place.make_coredumpctl(entry(process, now - 3600), entry(process, now, exe=OTHER))
    check(none in place.gdb_with(SYSTEMD, '--print', status=1))
    place.make_coredumpctl(entry(process, now, corefile='missing'))
    check('coredumpctl says that its core is missing; ' in place.gdb_with(SYSTEMD, '--print', status=1))
    with open(f'{place.path}/list.json', 'w') as file:
        file.write('[{"pid": "x", "time": [], "exe": 7}, 5, null]')
    check(none in place.gdb_with(SYSTEMD, '--print', status=1))


def test_what_is_no_crash(place):
    child = finish(start([PROGRAM, 'push=hello', 'exit=0'], cwd=place.path,
                         env={**place.environment, 'DBLOG_DB': place.database}))
    check(child.status == 0, child.output)
    check(place.gdb('error_table/1', status=2) == 'dblog: error_table/1: is no crash, so it has no core\n')
    check(place.gdb('7', status=1).startswith('dblog: '))
    check(place.gdb('last', status=1) == 'dblog: this database has no crashes\n')
    check('is not an ID' in place.gdb('x y', status=2))
    place.gdb('--db', 'nowhere.db', status=3)


run_tests(globals(), 'dblog-gdb-', Place, sys.argv[4:])
