"""What the tool shows to a person at a terminal, and in no pipe: terminal_test.py DBLOG"""

import fcntl
import os
import pty
import re
import sqlite3
import struct
import subprocess
import sys
import termios

from test_script import LIMIT, check, finish, run_tests, start

TOOL = sys.argv[1]
PROGRESS = '\r\x1b[K'


class Place:
    def __init__(self, path):
        self.path = path
        self.env = {'PATH': '/usr/bin:/bin', 'TZ': 'UTC', 'HOME': path, 'TERM': 'dumb'}
        with sqlite3.connect(f'{path}/LOGS.db') as connection:
            connection.execute('PRAGMA journal_mode = WAL')
            connection.execute('CREATE TABLE e (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME)')
            connection.executemany('INSERT INTO e (msg, date) VALUES (?, ?)',
                                   [(f'event {i}', '2026-01-31 12:00:00.000001') for i in range(1, 26)])
        connection.close()

    def in_pipes(self, *words):
        child = finish(start([TOOL, *words], cwd=self.path, env=self.env, stderr=subprocess.PIPE))
        check(child.status == 0, child.args, child.status, child.output)
        return child.output

    def at_terminal(self, *words, width=100):
        """All that a terminal of that width gets, with lines that end in \\n."""
        outer, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack('HHHH', 50, width, 0, 0))
        child = subprocess.Popen([TOOL, *words], cwd=self.path, env=self.env, stdin=inner, stdout=inner, stderr=inner)
        os.close(inner)
        shown = b''
        try:
            while part := os.read(outer, 65536):
                shown += part
        except OSError:
            pass  # EIO: the last one who had the terminal open has ended
        finally:
            os.close(outer)
        check(child.wait(LIMIT) == 0, words, child.returncode, shown)
        return shown.decode().replace('\r\n', '\n')


def test_a_list_has_ages_only_at_a_terminal(place):
    titles = place.at_terminal('list').split('\n')[0].split()
    check(titles == ['ID', 'DATE', 'AGE', 'KIND', 'WHAT'], titles)
    titles = place.in_pipes('list').split('\n')[0].split()
    check(titles == ['ID', 'DATE', 'KIND', 'WHAT'], titles)
    titles = place.at_terminal('list', '--csv').split('\n')[0]
    check(titles == 'id,date,kind,severity,what,executable,release,environment,host', titles)


def test_pages_lead_from_one_to_the_next(place):
    words, found = ['list', '--limit', '10'], []
    for _ in range(9):
        page = place.at_terminal(*words)
        found += re.findall(r'^e/\d+', page, re.M)
        following = re.search(r'^dblog: there is more: the same command with --before (\S+)$', page, re.M)
        if not following:
            break
        words = ['list', '--limit', '10', '--before', following[1]]
    check(found == [f'e/{i}' for i in range(25, 0, -1)], found)
    check('there is more' not in place.at_terminal('list', '--limit', '25'))


def test_long_work_shows_how_far_it_is_and_takes_that_away(place):
    for words, what in ((('prune', '--max-rows', '5'), 'pruning: '),
                        (('prune', '--dry-run', '--max-rows', '3'), 'pruning: '),
                        (('report', '--force'), 'naming frames')):
        shown = place.at_terminal(*words)
        check(shown.startswith(PROGRESS + what), words, repr(shown))
        result = shown.rsplit(PROGRESS, 1)[1]
        check(what not in result and result.endswith('\n'), words, repr(shown))


def test_a_pipe_gets_no_progress(place):
    for words in (('prune', '--max-rows', '5'), ('symbolize',), ('report', '--force')):
        child = finish(start([TOOL, *words], cwd=place.path, env=place.env))
        check(child.status == 0 and PROGRESS not in child.output, words, repr(child.output))


run_tests(globals(), 'dblog-terminal-', Place, sys.argv[2:])
