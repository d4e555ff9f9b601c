"""What dblog follow prints, and how it ends: follow_test.py DBLOG"""

import json
import os
import queue
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from test_script import LIMIT, check, finish, run_tests, start

TOOL = sys.argv[1]
TABLE = 'CREATE TABLE e (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME)'
DATE = '2026-01-31 12:00:00.000001'


class Place:
    def __init__(self, path):
        self.path = path
        self.database = f'{path}/LOGS.db'

    def make(self, name='LOGS.db'):
        connection = sqlite3.connect(f'{self.path}/{name}', isolation_level=None)
        connection.execute('PRAGMA journal_mode = WAL')
        connection.execute(TABLE)
        return connection


class Follow:
    """The tool at work, and the lines that it prints on each of its outputs."""

    def __init__(self, place, *words):
        self.child = subprocess.Popen([TOOL, 'follow', *words], cwd=place.path, text=True,
                                      env={'PATH': '/usr/bin:/bin', 'TZ': 'UTC'}, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.out, self.err = queue.Queue(), queue.Queue()
        for stream, lines in ((self.child.stdout, self.out), (self.child.stderr, self.err)):
            threading.Thread(target=self.read, args=(stream, lines), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    @staticmethod
    def read(stream, lines):
        for line in stream:
            lines.put(line.rstrip('\n'))

    def wait_until_it_prints(self, connection):
        """What was there before it began is not printed: events until the first one is."""
        for _ in range(LIMIT * 10):
            connection.execute('INSERT INTO e (msg, date) VALUES (?, ?)', ('begin', DATE))
            try:
                self.out.get(timeout=0.1)
                break
            except queue.Empty:
                continue
        connection.execute('INSERT INTO e (msg, date) VALUES (?, ?)', ('begun', DATE))
        while 'begun' not in self.out.get(timeout=LIMIT):
            pass

    def ends_by(self, number):
        check(self.child.wait(LIMIT) == -number, self.child.returncode)


def add(connection, message):
    return connection.execute('INSERT INTO e (msg, date) VALUES (?, ?)', (message, DATE)).lastrowid


def test_what_is_committed_is_printed_and_nothing_older(place):
    connection = place.make()
    add(connection, 'old')
    with Follow(place) as follow:
        follow.wait_until_it_prints(connection)
        connection.execute('BEGIN')
        first, second = add(connection, 'one'), add(connection, 'two\x1b[31m')
        connection.execute('COMMIT')
        check(follow.out.get(timeout=LIMIT) == f'e/{first}'.ljust(16) + f'  {DATE}  event      one')
        check(follow.out.get(timeout=LIMIT) == f'e/{second}'.ljust(16) + f'  {DATE}  event      two\\x1b[31m')
        check(follow.err.empty())


def test_json_is_an_object_on_each_line_and_filters_are_those_of_list(place):
    connection = place.make()
    with Follow(place, '--json', '--text', 'beg') as follow:
        follow.wait_until_it_prints(connection)
        add(connection, 'other')
        number = add(connection, 'beginning')
        line = json.loads(follow.out.get(timeout=LIMIT))
        check((line['table'], line['id'], line['msg']) == ('e', number, 'beginning'), line)


def test_a_new_table_is_followed_from_its_beginning(place):
    connection = place.make()
    with Follow(place) as follow:
        follow.wait_until_it_prints(connection)
        connection.executescript(TABLE.replace('TABLE e', 'TABLE later') + f"""; INSERT INTO later
            (msg, date) VALUES ('first', '{DATE}')""")
        check(follow.out.get(timeout=LIMIT).split() == ['later/1', *DATE.split(), 'event', 'first'])


def test_many_at_once_are_all_printed_in_their_order(place):
    connection = place.make()
    with Follow(place) as follow:
        follow.wait_until_it_prints(connection)
        connection.execute('BEGIN')
        for number in range(1234):
            add(connection, f'number {number}')
        connection.execute('COMMIT')
        for number in range(1234):
            line = follow.out.get(timeout=LIMIT)
            check(line.endswith(f' number {number}'), line, number)


def test_a_database_that_is_not_there_yet_is_waited_for(place):
    with Follow(place) as follow:
        check(follow.err.get(timeout=LIMIT) == 'dblog: LOGS.db: not there yet; waiting for it')
        add(place.make(), 'first')
        check(follow.out.get(timeout=LIMIT).endswith('  first'))


def test_another_file_of_that_name_is_followed_from_its_beginning(place):
    connection = place.make()
    with Follow(place) as follow:
        follow.wait_until_it_prints(connection)
        connection.close()
        other = place.make('other.db')
        add(other, 'of the other')
        other.close()
        os.rename(f'{place.path}/other.db', place.database)
        check(follow.err.get(timeout=LIMIT) == 'dblog: LOGS.db: is another file now')
        check(follow.out.get(timeout=LIMIT).endswith('  of the other'))


def test_it_holds_no_lock_and_does_not_look_again_and_again(place):
    connection = place.make()
    with Follow(place) as follow:
        follow.wait_until_it_prints(connection)
        check(connection.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone()[0] == 0)

        def wake_ups():
            with open(f'/proc/{follow.child.pid}/status') as status:
                return int(next(line for line in status if line.startswith('voluntary')).split()[1])

        def settled():
            before = wake_ups()
            time.sleep(1)
            return wake_ups() - before <= 2

        check(any(settled() for _ in range(60)), 'it wakes up though nothing is written')


def test_it_ends_as_other_programs_do(place):
    for number in (signal.SIGINT, signal.SIGTERM):
        with Follow(place) as follow:
            follow.err.get(timeout=LIMIT)
            follow.child.send_signal(number)
            follow.ends_by(number)


def test_it_ends_when_the_reader_of_its_output_is_gone(place):
    read_end, write_end = os.pipe()
    child = subprocess.Popen([TOOL, 'follow'], cwd=place.path, stdout=write_end, stderr=subprocess.PIPE)
    os.close(write_end)
    child.stderr.readline()
    os.close(read_end)
    check(child.wait(LIMIT) == -signal.SIGPIPE, child.returncode)


def test_a_closed_output_is_an_error(place):
    place.make()
    child = subprocess.run(['sh', '-c', f'exec "{TOOL}" follow >&-'], cwd=place.path, stderr=subprocess.PIPE, text=True,
                           timeout=LIMIT)
    check(child.returncode == 1 and child.stderr == 'dblog: standard output: Bad file descriptor\n', child)


def test_what_is_no_database_is_an_error(place):
    with open(place.database, 'w') as file:
        file.write('text' * 1000)
    child = finish(start([TOOL, 'follow'], cwd=place.path))
    check(child.status == 3, child.status, child.output)
    check('is not an SQLite database' in child.output, child.output)


if __name__ == '__main__':
    run_tests(globals(), 'dblog-follow-', Place, sys.argv[2:])
