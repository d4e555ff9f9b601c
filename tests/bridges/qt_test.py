"""Qt's messages as rows, breadcrumbs and the text of a crash: qt_test.py QT_PROGRAM"""

import signal
import sys

from test_script import check, finish, query, run_tests, start

PROGRAM = sys.argv[1]


class Place:
    def __init__(self, path):
        self.path = path
        self.database = f'{path}/LOGS.db'

    def run(self, *words, status=0, env=None):
        child = finish(start([PROGRAM, *words], cwd=self.path,
                             env={'PATH': '/usr/bin:/bin', 'DBLOG_DB': self.database, **(env or {})}))
        check(child.status == status, child.args, child.status, child.output)
        return child.output

    def rows(self, sql):
        return query(self.database, sql)

    def events(self, table='qt_messages'):
        return self.rows(f"SELECT msg, coalesce(severity, 'error') FROM {table} LEFT JOIN event_facts ON "
                         f"source_table = '{table}' AND source_id = {table}.id ORDER BY {table}.id")


LOGGED = [('grüße 7', 'warning'), ('cart 3', 'error')]


def test_warnings_and_critical_messages_are_rows_and_are_still_printed(place):
    output = place.run('install', 'log')
    check(place.events() == LOGGED, place.events())
    for text in ('debugged', 'informed', 'grüße 7', 'cart 3'):
        check(output.count(text) == 1, text, output)


def test_a_row_has_the_category_and_the_place(place):
    place.run('install', 'log')
    fields = place.rows('SELECT source_id, name, type, value FROM event_fields ORDER BY source_id, number')
    check([row[:3] for row in fields] ==
          [(at, *field) for at in (1, 2) for field in
           (('category', 'text'), ('file', 'text'), ('line', 'integer'), ('function', 'text'))], fields)
    values = {row[:2]: row[3] for row in fields}
    check(values[1, 'category'] == 'default' and values[2, 'category'] == 'shop.cart', values)
    check(values[2, 'file'].endswith('qt_program.cpp') and values[2, 'line'] == values[1, 'line'] + 1, values)
    check('log_all' in values[2, 'function'], values)


def test_the_text_of_a_fatal_message_is_that_of_the_crash(place):
    output = place.run('handlers', 'install', 'log', 'fatal', status=-signal.SIGABRT)
    check(place.rows('SELECT signal_name, cause, msg FROM crashes') ==
          [('SIGABRT', 'program_message', 'SIGABRT: no hope left')], place.rows('SELECT * FROM crashes'), output)
    check(place.rows('SELECT msg FROM breadcrumbs ORDER BY number') == [('debugged',), ('informed',)])
    check(place.events() == LOGGED, place.events())


def test_a_fatal_message_of_another_thread_is_that_of_its_crash(place):
    place.run('handlers', 'install', 'fatal_in_thread', status=-signal.SIGABRT)
    check(place.rows("SELECT msg FROM crashes WHERE tid <> pid") == [("SIGABRT: thread's end",)],
          place.rows('SELECT msg, tid, pid FROM crashes'))


def test_an_abort_without_a_message_has_none(place):
    place.run('handlers', 'install', 'warn', 'abort', status=-signal.SIGABRT)
    check(place.rows('SELECT cause, msg FROM crashes') == [(None, 'SIGABRT: abort() called')],
          place.rows('SELECT cause, msg FROM crashes'))


def test_a_warning_that_qt_makes_fatal_is_a_row_and_the_text_of_the_crash(place):
    place.run('handlers', 'install', 'warn', status=-signal.SIGABRT, env={'QT_FATAL_WARNINGS': '1'})
    check(place.events() == [('a warning', 'warning')], place.events())
    check(place.rows('SELECT msg FROM crashes') == [('SIGABRT: a warning',)])


def test_the_handler_before_is_called_and_may_log_itself(place):
    output = place.run('before', 'install', 'log')
    check(output.count('before: ') == 4 and 'before: grüße 7' in output, output)
    check(output.count('from the handler') == 4, output)
    check(place.events() == LOGGED, place.events())


def test_installed_twice_and_around_another_it_keeps_each_message_once(place):
    output = place.run('install', 'install', 'above', 'install', 'log')
    check(place.events() == LOGGED, place.events())
    check(output.count('above: cart 3') == 1, output)
    check(output.count('cart 3') == 2, 'Qt prints it, too', output)


def test_the_first_handler_has_its_messages_whoever_is_above(place):
    output = place.run('before', 'install', 'above', 'install', 'log')
    check(place.events() == LOGGED, place.events())
    check(output.count('before: cart 3') == 1 and output.count('above: cart 3') == 1, output)


def test_a_handler_that_throws_costs_no_later_message(place):
    place.run('throws', 'install', 'catch', 'catch')
    check(place.events() == [('thrown', 'warning')] * 2, place.events())


def test_a_warning_that_was_not_fatal_is_no_text_of_a_later_crash(place):
    for value, words in (('0', ['warn']), ('', ['warn']), ('9', ['warn', 'debug'])):
        place.run('handlers', 'install', *words, 'abort', status=-signal.SIGABRT, env={'QT_FATAL_WARNINGS': value})
    check(place.rows('SELECT msg FROM crashes') == [('SIGABRT: abort() called',)] * 3,
          place.rows('SELECT msg FROM crashes'))


def test_table_severity_and_queue_can_be_chosen(place):
    place.run('critical', 'log')
    check(place.events('bad') == [('grüße 7', 'warning'), ('cart 3', 'critical')], place.events('bad'))
    place.run('queued', 'log')
    check(place.events() == LOGGED, place.events())


run_tests(globals(), 'dblog-qt-', Place, sys.argv[2:])
