"""Crashes in the systemd journal, with a real systemd-journald in a mount namespace of its own, read by journalctl:
journal_test.py PROGRAM DBLOG"""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time

from test_script import LIMIT, SKIPPED, check, finish, query, run_tests, start

PROGRAM, TOOL = sys.argv[1:3]
JOURNALD = '/lib/systemd/systemd-journald'
SOCKET = '/run/systemd/journal/socket'
MESSAGE_ID = '1499cda506a4410a86db4105b7fafd1d'
INSIDE = 'DBLOG_JOURNAL_TEST_NAMESPACE'


def enter_namespace():
    """Starts this script again where /run is its own: no journal of the machine's is read or written."""
    missing = [name for name in ('unshare', 'journalctl', JOURNALD) if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        print(f'skipped: {", ".join(missing) or "root"} is needed')
        sys.exit(SKIPPED)
    if subprocess.run(['unshare', '-m', 'true'], check=False).returncode != 0:
        print('skipped: no mount namespace can be made here')
        sys.exit(SKIPPED)
    os.environ[INSIDE] = '1'
    os.execvp('unshare', ['unshare', '-m', sys.executable, '-B', *sys.argv])


def wait_until(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        check(time.monotonic() < end, what)
        time.sleep(0.02)


def fill_socket():
    """Until journald's queue has no room for anyone. A sender may also have used up its own."""
    has_room = True
    while has_room:
        has_room = False
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
            sender.connect(SOCKET)
            try:
                while True:
                    sender.send(b'MESSAGE=full\n')
                    has_room = True
            except BlockingIOError:
                pass


class Journal:
    def __enter__(self):
        os.makedirs('/run/systemd/journald.conf.d', exist_ok=True)
        with open('/run/systemd/journald.conf.d/test.conf', 'w') as file:
            file.write('[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nReadKMsg=no\n')
        self.daemon = subprocess.Popen([JOURNALD], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: os.path.exists(SOCKET), 'journald made no socket')
        return self

    def __exit__(self, *_):
        self.daemon.send_signal(signal.SIGCONT)
        self.daemon.terminate()
        self.daemon.wait()
        shutil.rmtree('/run/systemd/journal')
        shutil.rmtree('/run/log/journal', ignore_errors=True)

    def entries(self, at_least=0):
        """What the journal has of crashes; journald writes what was sent to it some time later."""
        end = time.monotonic() + LIMIT
        while True:
            output = subprocess.run(['journalctl', '-D', '/run/log/journal', '-o', 'json', f'MESSAGE_ID={MESSAGE_ID}'],
                                    capture_output=True, text=True, check=False).stdout
            entries = [json.loads(line) for line in output.splitlines()]
            if len(entries) >= at_least:
                return entries
            check(time.monotonic() < end, entries)
            time.sleep(0.05)

    def sync(self):
        """All that was sent before is written when a message that is sent now is."""
        subprocess.run(['systemd-cat', '-t', 'sync', 'echo', 'now'], check=True)
        wait_until(lambda: 'now' in subprocess.run(['journalctl', '-D', '/run/log/journal', '-t', 'sync', '-o', 'cat'],
                                                   capture_output=True, text=True, check=False).stdout, 'no sync')


class Place:
    def __init__(self, path):
        self.path = path
        self.database = f'{path}/LOGS.db'
        self.env = {'PATH': '/usr/bin:/bin', 'DBLOG_DB': self.database, 'DBLOG_DELIVERY': 'none', 'HOME': path}

    def write_settings(self, text):
        with open(f'{self.path}/.env', 'w') as file:
            file.write(text)
        os.chmod(f'{self.path}/.env', 0o600)

    def crash(self):
        child = finish(start([PROGRAM], cwd=self.path, env=self.env))
        check(child.status == -signal.SIGABRT, child.status, child.output)

    def flush(self, status=0):
        child = finish(start([TOOL, '--db', self.database, 'flush'], cwd=self.path, env=self.env))
        check(child.status == status, child.status, child.output)
        return child.output

    def rows(self, sql):
        return query(self.database, sql)


def test_a_crash_is_one_entry_with_its_facts(place):
    place.write_settings('journal = true\n')
    with Journal() as journal:
        place.crash()
        output = place.flush()
        check('sent 1 crash row to the journal' in output, output)
        entry, = journal.entries(1)
        crash = dict(zip(('id', 'uuid', 'pid', 'fingerprint', 'executable'), map(str, place.rows(
            'SELECT id, uuid, pid, fingerprint, executable FROM crashes')[0])))
        wanted = {'DBLOG_UUID': crash['uuid'], 'DBLOG_CRASH': crash['id'], 'COREDUMP_PID': crash['pid'],
                  'DBLOG_FINGERPRINT': crash['fingerprint'], 'COREDUMP_EXE': crash['executable'], 'PRIORITY': '2',
                  'DBLOG_KIND': 'exception', 'DBLOG_DATABASE': place.database, '_COMM': 'dblog'}
        check(wanted.items() <= entry.items(), wanted, entry)
        check('died of an uncaught exception' in entry['MESSAGE'], entry)
        check(entry['CODE_FILE'].endswith('uncaught_exception.cpp') and int(entry['CODE_LINE']) > 0, entry)


def test_each_crash_is_sent_once(place):
    place.write_settings('journal = true\n')
    with Journal() as journal:
        for _ in range(3):
            place.crash()
        place.flush()
        check('journal' not in place.flush())
        place.crash()
        place.flush()
        journal.sync()
        uuids = [entry['DBLOG_UUID'] for entry in journal.entries(4)]
        check(uuids == [row[0] for row in place.rows('SELECT uuid FROM crashes ORDER BY id')], uuids)


def test_without_the_setting_nothing_is_sent(place):
    with Journal() as journal:
        place.crash()
        place.flush()
        place.write_settings('journal = maybe\n')
        place.flush()
        journal.sync()
        check(journal.entries() == [])
        check(place.rows("SELECT name FROM sqlite_master WHERE name = 'dblog_journal'") == [])


def test_crashes_of_the_last_day_are_sent_when_the_setting_is_new(place):
    for _ in range(2):
        place.crash()
    connection = sqlite3.connect(place.database)
    connection.execute("UPDATE crashes SET date = '2020-01-31 12:00:00.000000' WHERE id = 1")
    connection.commit()
    connection.close()
    place.write_settings('journal = true\n')
    with Journal() as journal:
        place.flush()
        journal.sync()
        ids = [entry['DBLOG_CRASH'] for entry in journal.entries(1)]
        check(ids == ['2'], ids)


def test_without_journald_crashes_wait_for_it(place):
    place.write_settings('journal = true\n')
    place.crash()
    output = place.flush(status=1)
    check('no systemd-journald is there' in output and 'journal = false' in output, output)
    with Journal() as journal:
        place.flush()
        check(len(journal.entries(1)) == 1)


def test_a_journald_that_does_not_read_stops_no_flush(place):
    place.write_settings('journal = true\n')
    with Journal() as journal:
        place.crash()
        journal.daemon.send_signal(signal.SIGSTOP)
        fill_socket()
        output = place.flush(status=1)
        check('systemd-journald does not read' in output and 'alert' in output, output)
        journal.daemon.send_signal(signal.SIGCONT)
        place.flush()
        check(len(journal.entries(1)) == 1)


if INSIDE not in os.environ:
    enter_namespace()
for directory in ('/run/systemd', '/run/log'):
    os.makedirs(directory, exist_ok=True)
    subprocess.run(['mount', '-t', 'tmpfs', 'none', directory], check=True)
run_tests(globals(), 'dblog-journal-', Place, sys.argv[3:])
