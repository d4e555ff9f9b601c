"""What a crash in a test case of Catch2 says: catch2_test.py PROGRAM PROGRAM_WITHOUT_CATCHS_SIGNAL_HANDLERS"""

import signal
import sys

from test_script import check, finish, query, run_tests, start

PROGRAM, QUIET_PROGRAM = sys.argv[1:3]


class Place:
    def __init__(self, path):
        self.path = path
        self.database = f'{path}/LOGS.db'

    def run(self, *words, status=0, program=PROGRAM, **env):
        child = finish(start([program, *words], cwd=self.path,
                             env={'PATH': '/usr/bin:/bin', 'DBLOG_DB': self.database, **env}))
        check(child.status == status, child.args, child.status, child.output)
        return child.output

    def rows(self, sql):
        return query(self.database, sql)

    def check_crash(self, what, **values):
        crashes = self.rows('SELECT coalesce(exception_type, signal_name), access FROM crashes')
        check(crashes == [what], crashes)
        fields = dict(self.rows('SELECT name, value FROM crash_fields'))
        check(fields == values, fields)

    def check_deepest_frame(self):
        """Catch's handler sends the signal again, but the stack is that of the fault."""
        frame, = self.rows('SELECT module FROM frames, crashes WHERE crash_id = id AND thread = tid AND depth = 0')
        check(frame[0].endswith('catch2_program'), frame)


def test_a_crash_says_which_section_died_and_catch_reports_it(place):
    output = place.run('passes,dies', status=-signal.SIGSEGV)
    check('SIGSEGV' in output and 'inside' in output, output)
    place.check_crash(('SIGSEGV', None), test='dies', test_section='outside / inside')
    place.check_deepest_frame()


def test_without_catchs_handlers_it_says_what_was_accessed(place):
    output = place.run('passes,dies', status=-signal.SIGSEGV, program=QUIET_PROGRAM)
    check('SIGSEGV' not in output, output)
    place.check_crash(('SIGSEGV', 'write'), test='dies', test_section='outside / inside')


def test_so_does_one_in_another_thread(place):
    place.run('dies in a thread', status=-signal.SIGSEGV)
    place.check_crash(('SIGSEGV', None), test='dies in a thread')


def test_an_uncaught_exception_in_another_thread(place):
    place.run('terminates', status=-signal.SIGABRT)
    place.check_crash(('std::runtime_error', None), test='terminates')


def test_failures_are_rows_if_that_is_asked_for(place):
    place.run('fails', status=2, FAILURES='1')
    rows = place.rows('SELECT msg FROM failures ORDER BY id')
    check([row[0] for row in rows] ==
          ['CHECK( 1 + 1 == 3 )\nwith expansion: 2 == 3\nseven', 'FAIL(  )\nfor good\nseven'], rows)
    fields = place.rows('SELECT name, value FROM event_fields WHERE source_id = 1 ORDER BY name')
    check([row[0] for row in fields] == ['file', 'line', 'test', 'test_section'] and
          fields[0][1].endswith('catch2_program.cpp') and fields[2:] == [('test', 'fails'), ('test_section', 'twice')],
          fields)


def test_failures_are_no_rows_by_default(place):
    place.run('fails', status=2)
    check(place.rows("SELECT name FROM sqlite_master WHERE name = 'failures'") == [])


run_tests(globals(), 'dblog-catch2-', Place, sys.argv[3:])
