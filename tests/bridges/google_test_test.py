"""What a crash in a test of GoogleTest says: google_test_test.py PROGRAM DBLOG"""

import os
import signal
import sys

from test_script import check, finish, query, run_tests, start

PROGRAM, TOOL = sys.argv[1:3]


class Place:
    def __init__(self, path):
        self.path = path
        self.database = f'{path}/LOGS.db'

    def run(self, tests, *words, status=0, **env):
        command = [PROGRAM, f'--gtest_filter={tests}', *words]
        child = finish(start(command, cwd=self.path,
                             env={'PATH': '/usr/bin:/bin', 'DBLOG_DB': self.database, **env}))
        check(child.status == status, child.args, child.status, child.output)
        finish(start([TOOL, '--db', self.database, 'recover']))  # black boxes that are left
        boxes = [name for name in os.listdir(self.path) if '-box-' in name]
        check(not boxes, boxes)
        return child.output

    def rows(self, sql):
        return query(self.database, sql)

    def test_of_crash(self):
        return dict(self.rows('SELECT name, value FROM crash_fields'))


def test_a_crash_says_which_test_died(place):
    place.run('Fine.*:Dying.Crashes', status=-signal.SIGSEGV)
    check(place.test_of_crash() == {'test_suite': 'Dying', 'test': 'Crashes'}, place.test_of_crash())


def test_so_does_one_in_another_thread(place):
    place.run('Dying.CrashesInAThread', status=-signal.SIGSEGV)
    check(place.test_of_crash() == {'test_suite': 'Dying', 'test': 'CrashesInAThread'}, place.test_of_crash())


def test_a_parameter_is_named(place):
    place.run('Some/*', status=-signal.SIGSEGV)
    check(place.test_of_crash() ==
          {'test_suite': 'Some/Numbers', 'test': 'AreNotTwo/1', 'test_parameter': '2'}, place.test_of_crash())


def test_failures_are_rows_if_that_is_asked_for(place):
    place.run('Failing.*', 'rows', status=1)
    rows = place.rows('SELECT msg FROM failures ORDER BY id')
    check(len(rows) == 2 and '1 + 1' in rows[0][0] and 'sum' in rows[0][0] and 'elsewhere' in rows[1][0], rows)
    fields = place.rows('SELECT source_id, name, value FROM event_fields ORDER BY source_id, name')
    names = [row[:2] for row in fields]
    check(names == [(at, name) for at in (1, 2) for name in ('file', 'line', 'test', 'test_suite')], fields)
    check(fields[0][2].endswith('google_test_program.cpp') and fields[2][2] == 'Fails', fields)


def test_failures_are_no_rows_by_default(place):
    place.run('Failing.*', status=1)
    check(place.rows("SELECT name FROM sqlite_master WHERE name = 'failures'") == [])


def check_death_tests(place, style, **env):
    output = place.run('DeathTest.*', f'--gtest_death_test_style={style}', **env)
    check(output.count('[       OK ]') == 5, output)
    check(place.rows('SELECT kind, msg FROM crashes') == [], place.rows('SELECT kind, msg FROM crashes'))


def test_forked_death_tests_leave_no_crash(place):
    check_death_tests(place, 'fast')


def test_started_death_tests_leave_no_crash(place):
    check_death_tests(place, 'threadsafe')


def test_a_death_test_that_sets_the_style_itself_leaves_no_crash(place):
    output = place.run('OwnStyleDeathTest.*')
    check(output.count('[       OK ]') == 1, output)
    check(place.rows('SELECT kind, msg FROM crashes') == [], place.rows('SELECT kind, msg FROM crashes'))


def test_a_crash_in_a_childs_own_fork_is_recorded(place):
    place.run('Forking.*')
    check(place.test_of_crash() == {'test_suite': 'Forking', 'test': 'ChildCrashes'}, place.test_of_crash())


def test_the_listener_may_come_before_the_handlers(place):
    place.run('Dying.Crashes', status=-signal.SIGSEGV, LISTENER_FIRST='1')
    check(place.test_of_crash()['test'] == 'Crashes')


def test_the_listener_before_the_handlers_knows_started_death_tests(place):
    output = place.run('DeathTest.Signals:DeathTest.Aborts:DeathTest.Terminates:DeathTest.Exits',
                       '--gtest_death_test_style=threadsafe', LISTENER_FIRST='1')
    check(output.count('[       OK ]') == 4, output)
    check(place.rows('SELECT kind, msg FROM crashes') == [], place.rows('SELECT kind, msg FROM crashes'))


run_tests(globals(), 'dblog-gtest-', Place, sys.argv[3:])
