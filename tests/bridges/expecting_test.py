"""expect_crashes(): what is expected leaves no row, and a function that dies loses no crash:
expecting_test.py PROGRAM DBLOG"""

import os
import signal
import sqlite3
import sys

from test_script import check, finish, run_tests, start

PROGRAM, TOOL = sys.argv[1:3]
WAYS = {'write': (signal.SIGSEGV, 'SIGSEGV'), 'abort': (signal.SIGABRT, 'SIGABRT'),
        'throw': (signal.SIGABRT, 'exception')}


class Place:
    def __init__(self, path):
        self.path = path
        self.database = f'{path}/LOGS.db'

    def rows_of(self, answer, way):
        """Of a process that dies, with what the next run finds."""
        env = {'PATH': '/usr/bin:/bin', 'DBLOG_DB': self.database}
        child = finish(start([PROGRAM, answer, way], cwd=self.path, env=env))
        check(child.status == -WAYS[way][0], answer, way, child.status, child.output)
        finish(start([TOOL, '--db', self.database, 'recover'], cwd=self.path))
        check(not [name for name in os.listdir(self.path) if '-box-' in name], os.listdir(self.path))
        connection = sqlite3.connect(self.database)
        try:
            rows = connection.execute('SELECT coalesce(signal_name, kind) FROM crashes').fetchall()
            connection.execute('DELETE FROM crashes')
            connection.commit()
            return [row[0] for row in rows]
        finally:
            connection.close()


def test_what_is_expected_leaves_no_row(place):
    for way in WAYS:
        rows = place.rows_of('yes', way)
        check(rows == [], way, rows)


def test_what_is_not_expected_is_recorded(place):
    for way, (_, row) in WAYS.items():
        rows = place.rows_of('no', way)
        check(rows == [row], way, rows)


def test_a_function_that_faults_loses_no_crash(place):
    for answer in ('fault', 'jump'):
        for way, (_, row) in WAYS.items():
            rows = place.rows_of(answer, way)
            check(rows == [row], answer, way, rows)


def test_a_function_that_aborts_loses_no_fault(place):
    rows = place.rows_of('abort', 'write')
    check(rows == ['SIGSEGV'], rows)


run_tests(globals(), 'dblog-expecting-', Place, sys.argv[3:])
