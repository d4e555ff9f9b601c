"""`dblog doctor`: what it finds of a place, a program and a process, and that it changes nothing:
doctor_test.py SESSION_PROGRAM DBLOG SYSTEM_PROGRAM"""

import hashlib
import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import time

from test_script import LIMIT, Skipped, check, finish, run_tests, start

PROGRAM, TOOL, UNKNOWING = sys.argv[1:4]
UNKNOWING = os.path.realpath(UNKNOWING)


class Place:
    def __init__(self, path):
        self.path = path
        self.database = f'{path}/LOGS.db'
        self.environment = {'PATH': '/usr/bin:/bin', 'DEBUGINFOD_URLS': ''}

    def make_database(self):
        child = finish(start([PROGRAM, 'push=hello', 'exit=0'], cwd=self.path,
                             env={**self.environment, 'DBLOG_DB': self.database}))
        check(child.status == 0, child.output)

    def doctor(self, *words, status=0, **options):
        child = finish(start([TOOL, 'doctor', *words], cwd=self.path, env=self.environment, **options))
        check(child.status == status, child.status, child.output)
        return child.output

    def checks(self, *words, status=0, **options):
        """By name: the state, what was found, what to do; the worst of each name."""
        report = json.loads(self.doctor('--json', *words, status=status, **options))
        check((report['problems'] > 0) == (status == 1), report)
        found = {}
        for each in sorted(report['checks'], key=lambda each: ('ok', 'warning', 'problem').index(each['state'])):
            found[each['check']] = (each['state'], each['found'], each['advice'])
        return found

    def picture(self):
        """Names of all that is here; modes, times and bytes, too, but of what each reader locks (-shm)."""
        files = {}
        for directory, _, names in os.walk(self.path):
            for name in names:
                if name.endswith('-shm'):
                    continue
                path = os.path.join(directory, name)
                status = os.stat(path)
                with open(path, 'rb') as file:
                    files[path] = (status.st_mode, status.st_mtime_ns, hashlib.sha256(file.read()).digest())
            files[directory] = sorted(os.listdir(directory))
        return files


def test_a_place_without_a_database_is_fine(place):
    text = place.doctor()
    check(re.search(r'^ok +crash on trial +recorded: SIGSEGV with \d+ frames on the stack, \d+\.\d ms from the '
                    r'fault to the end of the process$', text, re.M), text)
    check(f'LOGS.db: not there yet; the first program makes it\n' in text, text)
    check(text.endswith('\n0 problems, 0 warnings\n'), text)
    check(os.listdir(place.path) == [], os.listdir(place.path))


def test_nothing_is_changed(place):
    place.make_database()
    before = place.picture()
    found = place.checks('--', PROGRAM)
    check(found['database'][0] == 'ok', found)
    check(found['crash on trial'][0] == 'ok', found)
    check(place.picture() == before, before, place.picture())


def test_nothing_is_changed_while_a_program_writes(place):
    child = start([PROGRAM, 'install', 'push=hello', 'say=ready', 'wait'], cwd=place.path,
                  env={**place.environment, 'DBLOG_DB': place.database}, stdin=subprocess.PIPE)
    check(child.stdout.readline() == 'ready\n')
    before = sorted(os.listdir(place.path))
    found = place.checks('--pid', str(child.pid))
    check(found['database'][0] == 'ok', found)
    state, text, _ = found['signals']
    check(state == 'ok', found)
    check(re.fullmatch(r'it has dblog \(a copy in the program itself\) and handles SIGSEGV, SIGBUS, SIGFPE, SIGILL, '
                       rf'SIGABRT, SIGTRAP, SIGSYS; its box is LOGS\.db-box-{child.pid}-\S+', text), text)
    check(sorted(os.listdir(place.path)) == before, before, os.listdir(place.path))
    # Of another database it knows no box.
    os.mkdir(f'{place.path}/other')
    found = place.checks('--db', 'other/LOGS.db', '--pid', str(child.pid))
    check(found['signals'][0] == 'warning' and 'no black box beside this database' in found['signals'][1], found)
    child.stdin.close()
    child.wait(LIMIT)


def test_a_process_without_dblog(place):
    child = start([UNKNOWING, '60'])
    found = place.checks('--pid', str(child.pid), status=1)
    child.kill()
    child.wait(LIMIT)
    check(found['signals'] == (
        'problem', 'it has no dblog; its crash signals are not handled',
        "Link it with dblog and call install_handlers(), or start it by 'dblog run'"), found)
    found = place.checks('--pid', str(child.pid), status=1)
    check(found['process'][:2] == ('problem', f'no process {child.pid} here'), found)


def test_a_process_under_dblog_run(place):
    child = start([TOOL, 'run', '--', UNKNOWING, '60'], cwd=place.path, env=place.environment)
    deadline = time.monotonic() + LIMIT
    while not (boxes := [name for name in os.listdir(place.path) if '-box-' in name]):
        check(child.poll() is None and time.monotonic() < deadline, 'the program has got no handlers')
        time.sleep(0.01)
    program = boxes[0].split('-box-')[1].split('-')[0]
    found = place.checks('--pid', program)
    child.terminate()
    child.wait(LIMIT)
    check(found['signals'][0] == 'ok' and 'libdblog_preload.so) and handles SIGSEGV' in found['signals'][1], found)


def test_a_program_that_has_dblog(place):
    found = place.checks('--', PROGRAM)
    check(found['program'][:2] == ('ok', f'{PROGRAM}: has a copy of dblog: its crashes are recorded once it calls '
                                         'install_handlers()'), found)
    state, text, _ = found['debug information']
    check(state == 'ok' and re.search(r': file and line of [1-9]\d* of 64 places in its code$', text), found)


def test_a_stripped_program_that_has_dblog(place):
    stripped = f'{place.path}/stripped'
    subprocess.run(['objcopy', '--strip-all', PROGRAM, stripped], check=True)
    found = place.checks('--', stripped)
    check('has a copy of dblog' in found['program'][1], found)
    check(found['debug information'] == (
        'warning', f'{stripped}: nothing: it is stripped',
        'Build it with -g, or keep its debug file and name the directory in debug_dirs (docs/settings.md)'), found)
    # The build's own file has what is missing: found by the setting, as by the symbolizer.
    os.mkdir(f'{place.path}/debug')
    shutil.copy(PROGRAM, f'{place.path}/debug/stripped')
    with open(f'{place.path}/.env', 'w') as env:
        env.write(f'debug_dirs = {place.path}/debug\n')
    found = place.checks('--', stripped)
    check(found['debug information'][0] == 'ok', found)


def test_a_program_without_dblog(place):
    found = place.checks('--', UNKNOWING, '60')
    check(found['program'][:2] == ('ok', f"{UNKNOWING}: has no dblog; 'dblog run' gives it handlers"), found)
    # Found as a shell does.
    name = os.path.basename(UNKNOWING)
    place.environment['PATH'] = os.path.dirname(UNKNOWING)
    check(place.checks('--', name)['program'] == found['program'], found)
    found = place.checks('--', 'no-such-program', status=1)
    check(found['program'][:2] == ('problem', 'no-such-program: no such program'), found)


def test_a_program_that_cannot_get_handlers(place):
    own = f'{place.path}/own'
    shutil.copy(UNKNOWING, own)
    os.chmod(own, 0o4755)
    found = place.checks('--', own, status=1)
    check(found['program'] == (
        'problem', f"{own}: has no dblog, and 'dblog run' cannot give it handlers: it runs with more rights than its "
        'caller', "'dblog run' still records that it was killed, and by which signal"), found)


def test_databases_that_cannot_be_used(place):
    with open(place.database, 'w') as file:
        file.write('no database at all' * 100)
    found = place.checks(status=1)
    check(found['database'][0] == 'problem' and 'is not an SQLite database' in found['database'][1], found)
    check(found['crash on trial'][0] == 'ok', found)  # the place is fine
    os.remove(place.database)
    connection = sqlite3.connect(place.database)
    connection.execute('PRAGMA user_version = 999')
    connection.execute('CREATE TABLE crashes (uuid)')
    connection.close()
    found = place.checks(status=1)
    check('is of schema 999' in found['database'][1], found)
    found = place.checks('--db', 'no/where/LOGS.db', status=1)
    check(found['directory'][:2] == ('problem', f'{place.path}/no/where: no such directory'), found)
    check(found['crash on trial'][0] == 'problem', found)


def test_a_damaged_database(place):
    place.make_database()
    size = os.path.getsize(place.database)
    with open(place.database, 'r+b') as file:
        file.seek(4096 + 8)
        file.write(b'\xff' * (size - 8192))
    found = place.checks(status=1)
    check(found['database'][0] == 'problem' and 'damaged' in found['database'][1], found)


def test_files_of_dead_processes_wait(place):
    child = finish(start([PROGRAM, 'install', 'raise=9'], cwd=place.path,
                         env={**place.environment, 'DBLOG_DB': place.database}))
    check(child.status == -9, child.output)
    before = place.picture()
    found = place.checks()
    check(found['files of processes'] == ('warning', '1 file of dead processes beside the database to be imported',
                                          "Run 'dblog recover'; the next program does it, too"), found)
    check(place.picture() == before, before, place.picture())


def test_settings(place):
    with open(f'{place.path}/.env', 'w') as env:
        env.write('mail_server = mail.example.org\npassword = hunter2\nwebhok = https://example.org/hunter3\n')
    text = place.doctor('--json', status=1)
    check('hunter' not in text, text)
    found = place.checks(status=1)
    check(found['settings'][0] == 'warning' and 'webhok' in found['settings'][1], found)
    check(found['email'][:2] == ('problem', 'missing settings: sender_email, recipient_email'), found)
    check(found['slack'][0] == 'ok' and found['slack'][1].startswith('not configured: '), found)
    found = place.checks('--env-file', 'nowhere', status=1)
    check(found['settings'][0] == 'problem' and 'nowhere' in found['settings'][1], found)


def test_limits(place):
    def lower():
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000_000, 100_000_000))
    found = place.checks(preexec_fn=lower)
    check(found['limits'][0] == 'warning' and found['limits'][1].startswith('open files 40, '), found)
    check(found['disk'][0] == 'warning' and ', files of 100.0 MB at most (ulimit -f)' in found['disk'][1], found)


def test_a_crash_that_cannot_be_recorded(place):
    def lower():
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
    found = place.checks(status=1, preexec_fn=lower)
    check(found['crash on trial'][0] == 'problem' and found['crash on trial'][1].startswith('not recorded; the '
          'process died by SIGSEGV'), found)
    check(any(name == 'handlers' for name in found), found)
    check(os.listdir(place.path) == [], os.listdir(place.path))


def test_a_signal_leaves_nothing(place):
    ended = 0
    for _ in range(20):
        child = start([TOOL, 'doctor'], cwd=place.path, env=place.environment)
        while child.poll() is None:
            if os.listdir(place.path):
                child.terminate()
                break
        finish(child)
        check(child.status in (0, -15), child.status, child.output)
        ended += child.status == -15
        check(os.listdir(place.path) == [], os.listdir(place.path))
    check(ended > 0)


def test_a_directory_that_may_not_be_written(place):
    if os.getuid() != 0:
        raise Skipped('another user can only be had by root')
    os.mkdir(f'{place.path}/roots', 0o755)
    os.chmod(place.path, 0o755)
    found = place.checks('--db', f'{place.path}/roots/LOGS.db', status=1, user=65534, extra_groups=[])
    check(found['directory'][:2] == ('problem', f'{place.path}/roots: this user may make no files there'), found)
    check(found['crash on trial'][:2] == ('problem', 'not tried: no directory can be made beside the database: '
                                          'Permission denied'), found)


def test_the_command_line(place):
    check('--pid' in place.doctor('--help'))
    place.doctor('--pid', '1', '--', PROGRAM, status=2)
    place.doctor('--pid', '0', status=2)


run_tests(globals(), 'dblog-doctor-', Place, sys.argv[4:])
