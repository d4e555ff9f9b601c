"""What is recorded of processes: their rows, their ends, which events are theirs, and the views that
tell it: processes_test.py SESSION_PROGRAM DBLOG QUERIES_MD"""

import datetime
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

from test_script import check, finish, run_tests, start

PROGRAM, TOOL, QUERIES = sys.argv[1:4]


class Place:
    def __init__(self, path):
        self.path = path
        self.database = f'{path}/LOGS.db'

    def start(self, *words, zone='UTC', **options):
        return start([PROGRAM, *words], cwd=self.path,
                     env={'PATH': '/usr/bin:/bin', 'DBLOG_DB': self.database, 'TZ': zone}, **options)

    def run(self, *words, status=0, **options):
        child = finish(self.start(*words, **options))
        check(child.status == status, child.args, child.status, child.output)
        return child

    def recover(self):
        child = finish(start([TOOL, '--db', self.database, 'recover'], env={'PATH': '/usr/bin:/bin'}))
        check(child.status == 0, child.output)

    def rows(self, sql, *values):
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def write(self, sql):
        connection = sqlite3.connect(self.database)
        connection.executescript(sql)
        connection.close()

    def row(self, sql, *values):
        found = self.rows(sql, *values)
        check(len(found) == 1, sql, found)
        return found[0]


def seconds_of(utc):
    return datetime.datetime.fromisoformat(utc.replace('Z', '+00:00')).timestamp()


def test_a_process_is_described(place):
    with open(f'{place.path}/.env', 'w') as env:
        env.write('environment = staging\n')
    before = time.time()
    child = place.run('install=1.2', '--password=hunter2', '-phunter2', '--', '--hunter2', 'exit=3', status=3)
    row = place.row('SELECT executable, command_line, directory, uid, pid, release, environment, host, '
                    'ended_by, kernel, started, started_utc FROM dblog_processes')
    check(row[0] == os.path.realpath(PROGRAM), row)
    check(row[1].startswith(PROGRAM), row)
    check(row[1].endswith(' … --password=… -p… -- … …') and 'hunter2' not in row[1], row)
    check(row[2] == os.path.realpath(place.path), row)
    check(row[3:7] == (os.getuid(), child.pid, '1.2', 'staging'), row)
    check(row[7] == os.uname().nodename and row[8] == 'exit', row)
    check(row[9] == f'Linux {os.uname().release} {os.uname().machine}', row)
    check(before - 1 < row[11] / 1e6 < time.time() + 1, row)
    local = datetime.datetime.strptime(row[10], '%Y-%m-%d %H:%M:%S.%f').replace(tzinfo=datetime.timezone.utc)
    check(local.timestamp() == row[11] / 1e6, row)
    with open(place.database, 'rb') as file:
        content = file.read()
    for name in ('LOGS.db-wal',):
        if os.path.exists(f'{place.path}/{name}'):
            with open(f'{place.path}/{name}', 'rb') as file:
                content += file.read()
    check(b'hunter2' not in content)


def test_every_end_is_told(place):
    ends = {('exit=0',): (0, 'exit', None), ('_exit=4',): (4, 'exit', None), ('quick_exit=5',): (5, 'exit', None),
            ('raise=15',): (-15, 'signal', None), ('raise=2',): (-2, 'signal', None),
            ('fault',): (-11, 'crash', 'signal'), ('throw=x',): (-6, 'crash', 'exception'),
            ('raise=9',): (-9, 'killed', 'killed'), ('raise=13',): (-13, 'killed', 'killed'),
            ('exec=/bin/true',): (0, 'exec', None)}
    for words, (status, how, kind) in ends.items():
        child = place.run('install', *words, status=status)
        if how in ('killed', 'exec'):
            place.recover()
        row = place.row('SELECT p.ended_by, c.kind, p.ended_utc >= p.started_utc FROM processes AS p LEFT JOIN '
                        'crashes AS c ON c.id = p.crash_id WHERE p.pid = ?', child.pid)
        check(row == (how, kind, 1), words, row)
    check(not [name for name in os.listdir(place.path) if '-box-' in name], os.listdir(place.path))


def test_a_crash_in_the_timeline_says_its_signal_once(place):
    place.run('install', 'fault', status=-11)
    what, message = place.row('SELECT what, msg FROM timeline JOIN crashes WHERE timeline.kind = "crash"')
    check(what == message and what.count('SIGSEGV') == 1, what)


def test_a_killed_process_ended_at_its_last_sign_of_life(place):
    child = place.start('install', 'crumb=x', 'say=ready', 'wait', stdin=subprocess.PIPE)
    check(child.stdout.readline() == 'ready\n')
    seen = time.time()
    child.kill()
    check(child.wait(60) == -9)
    place.recover()
    ended, utc, how, kind = place.row('SELECT p.ended, p.ended_utc, p.ended_by, c.kind FROM processes AS p '
                                      'JOIN crashes AS c ON c.id = p.crash_id')
    check((how, kind) == ('killed', 'killed'), how, kind)
    check(utc >= place.row('SELECT started_utc FROM processes')[0], utc)
    check(seconds_of(utc) <= seen and ended[:19] == utc[:19], ended, utc, seen)
    check(place.row('SELECT last_seen FROM releases') == (utc,))
    check(place.row('SELECT time, utc FROM timeline WHERE kind = "crash"') == (ended, utc))
    found = place.row('SELECT date FROM crashes')[0]
    check(seconds_of(found.replace(' ', 'T') + 'Z') > seen, found, seen)
    check(place.row('SELECT ended_by FROM dblog_processes') == (None,))


def test_a_killed_process_of_which_only_the_crash_is_known_ended_then(place):
    place.run('install', 'raise=9', status=-9)
    place.recover()
    place.write('UPDATE dblog_processes SET ended = NULL, ended_utc = NULL')
    check(place.row('SELECT p.ended_by, replace(c.date, " ", "T") || "Z" = p.ended_utc FROM processes AS p '
                    'JOIN crashes AS c ON c.id = p.crash_id') == ('killed', 1))


def test_a_process_without_handlers_is_told_too(place):
    place.run('environment=prod', 'push=one', 'exit=0')
    check(place.row('SELECT environment, ended_by, release FROM processes') == ('prod', 'exit', None))
    place.run('exit=0')  # it writes nothing
    check(place.row('SELECT count(*) FROM processes') == (1,))


def test_what_is_learnt_later_comes_into_the_row(place):
    place.run('push=one', 'install=2.0', 'push=two', 'environment=qa', 'push=three')
    check(place.row('SELECT release, environment, ended_by FROM processes') == ('2.0', 'qa', 'exit'))


def test_the_environment_that_was_told_last_stays(place):
    with open(f'{place.path}/.env', 'w') as env:
        env.write('environment=early\n')
    install = ('install', 'push=one', 'environment=later')
    for words, status in {('exit=0',): 0, ('push=two', 'exit=0'): 0, ('fault',): -11, ('push=two', 'fault'): -11,
                          ('raise=9',): -9, ('push=two', 'raise=9'): -9, ('raise=15',): -15}.items():
        child = place.run(*install, *words, status=status)
        place.recover()
        check(place.row('SELECT environment FROM processes WHERE pid = ?', child.pid) == ('later',), words)


def test_a_forked_child_has_the_environment_that_was_told_last(place):
    with open(f'{place.path}/.env', 'w') as env:
        env.write('environment=early\n')
    for way in ('fault', 'raise=9', 'exit=0'):
        place.run('install', 'environment=later', 'push=parent', 'fork', 'push=child', way)
        place.run('install', 'environment=later', 'fork', 'environment=last', way)
        place.recover()
    check(dict(place.rows('SELECT environment, count(*) FROM processes GROUP BY environment'))
          == {'later': 9, 'last': 1}, place.rows('SELECT environment, ended_by FROM processes'))


def test_a_busy_database_delays_no_end(place):
    place.run('install', 'push=made')
    holder = sqlite3.connect(place.database, isolation_level=None)
    child = place.start('install', 'say=ready', 'wait', 'exit=0', stdin=subprocess.PIPE)
    check(child.stdout.readline() == 'ready\n')
    holder.execute('BEGIN IMMEDIATE')
    begin = time.monotonic()
    child.stdin.write('\n')
    child.stdin.close()
    check(child.wait(60) == 0)
    check(time.monotonic() - begin < 20)  # and not the five seconds of each of its writers, on a busy machine
    check(place.row('SELECT ended_by FROM processes WHERE pid = ?', child.pid) == (None,))
    holder.execute('ROLLBACK')
    place.recover()
    check(place.row('SELECT ended_by, crash_id FROM processes WHERE pid = ?', child.pid) == ('exit', None))


def test_a_busy_database_delays_no_start(place):
    place.run('install', 'push=made')
    holder = sqlite3.connect(place.database, isolation_level=None)
    holder.execute('BEGIN IMMEDIATE')
    child = place.start('install=late', 'say=ready', 'wait', 'fault', stdin=subprocess.PIPE)
    check(child.stdout.readline() == 'ready\n')
    check(place.rows('SELECT 1 FROM processes WHERE pid = ?', child.pid) == [])
    holder.execute('ROLLBACK')
    child.stdin.write('\n')
    child.stdin.close()
    check(child.wait(60) == -11)
    check(place.row('SELECT release, ended_by FROM processes WHERE pid = ?', child.pid) == ('late', 'crash'))


def test_events_name_their_process(place):
    child = place.run('install=1', 'push=with a stack', 'plain=without', 'warn=careful', 'queue=300', 'flush')
    killed = place.run('queue=200', 'raise=9', status=-9)
    place.recover()
    check(place.rows('SELECT DISTINCT pid FROM errors WHERE source_table = "error_table"') == [(child.pid,)])
    check(place.rows('SELECT pid, count(*) FROM errors WHERE source_table = "trace" GROUP BY pid ORDER BY min(source_id)')
          == [(child.pid, 300), (killed.pid, 200)])
    check(place.row('SELECT executable FROM processes WHERE pid = ?', killed.pid) == (os.path.realpath(PROGRAM),))
    check(place.rows('SELECT msg, severity FROM errors WHERE source_table = "error_table" ORDER BY source_id')
          == [('with a stack', 'error'), ('without', 'error'), ('careful', 'warning')])


def test_a_forked_child_is_a_process_of_its_own(place):
    place.run('install=1', 'push=parent', 'fork', 'push=child', 'plain=child too', 'fault')
    rows = dict(place.rows('SELECT msg, process_id FROM errors'))
    check(rows['child'] == rows['child too'] != rows['parent'], rows)
    check(place.row('SELECT process_id FROM crashes') == (rows['child'],))
    check(place.rows('SELECT ended_by FROM processes ORDER BY started_utc') == [('exit',), ('crash',)])


def test_events_of_many_processes_in_one_table_are_told_apart(place):
    children = [place.start('plain_many=150') for _ in range(4)]
    for child in children:
        check(finish(child).status == 0, child.output)
    check(place.row('SELECT count(*), sum(msg = pid) FROM errors') == (600, 600))


def test_rows_of_other_programs_behind_a_process_that_ended_are_not_its(place):
    place.run('plain=ours')
    place.write('INSERT INTO error_table (msg, date) VALUES ("theirs", "2026-01-31 12:00:00.000000")')
    place.run('plain=ours again')
    check(place.rows('SELECT msg, process_id IS NOT NULL, time FROM errors WHERE msg LIKE "theirs"')
          == [('theirs', 0, '2026-01-31T12:00:00.000000')])


def test_the_hour_that_comes_twice(place):
    seconds = [1792888200, 1792891800]  # 2026-10-25, 00:30 and 01:30 UTC
    place.run(*[f'at={each}' for each in seconds], *[f'queue_at={each}' for each in seconds], 'flush',
              zone='Europe/Berlin')
    check({row[0] for row in place.rows('SELECT date FROM error_table UNION ALL SELECT date FROM trace')}
          == {'2026-10-25 02:30:00.000000'})
    for table in ('error_table', 'trace'):
        check(place.rows('SELECT time, utc FROM errors WHERE source_table = ? ORDER BY utc', table)
              == [('2026-10-25T02:30:00.000000+02:00', '2026-10-25T00:30:00.000000Z'),
                  ('2026-10-25T02:30:00.000000+01:00', '2026-10-25T01:30:00.000000Z')], table)


def test_west_of_utc_and_half_an_hour(place):
    place.run('at=1792888200', zone='America/St_Johns')
    check(place.row('SELECT time, utc FROM errors')
          == ('2026-10-24T22:00:00.000000-02:30', '2026-10-25T00:30:00.000000Z'))


def test_a_table_of_the_users_keeps_its_name(place):
    for name in ('errors', 'processes', 'timeline', 'hardware', 'messages', 'releases'):
        place.write(f'CREATE TABLE {name} (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, date DATETIME);'
                    f'INSERT INTO {name} (msg, date) VALUES ("mine", "2026-01-31 12:00:00.000000")')
    place.run('install', 'into=errors', 'into=processes', 'push=x', 'fault', status=-11)
    check(place.rows('SELECT msg FROM errors ORDER BY id') == [('mine',), ('into errors',)])
    check(place.row('SELECT count(*) FROM dblog_view_errors WHERE source_table = "errors"') == (2,))
    check(place.row('SELECT ended_by FROM dblog_view_processes AS t JOIN crashes AS c ON c.process_id = t.id') == ('crash',))
    for view in ('dblog_view_timeline', 'dblog_view_hardware', 'dblog_view_messages', 'dblog_view_releases'):
        place.rows(f'SELECT * FROM {view}')
    listed = finish(start([TOOL, '--db', place.database, 'list', '--table', 'errors']))
    check(listed.status == 0 and 'into errors' in listed.output, listed.output)


def test_a_view_makes_way_for_a_new_table(place):
    place.run('push=first')
    check(place.row('SELECT count(*) FROM errors') == (1,))
    place.run('into=errors', 'into=Timeline')
    check(place.rows('SELECT msg FROM errors') == [('into errors',)])
    check(place.rows('SELECT source_table FROM dblog_view_errors ORDER BY 1')
          == [('Timeline',), ('error_table',), ('errors',)])
    place.write('DROP TABLE errors')
    place.run('push=second')  # the name is free again
    check(place.row('SELECT count(*) FROM errors') == (3,))
    check(place.rows('SELECT name FROM sqlite_master WHERE name = "dblog_view_errors"') == [])


def test_a_view_of_the_users_stays(place):
    place.write('CREATE VIEW releases AS SELECT 7 AS mine')
    place.run('push=x')
    check(place.row('SELECT * FROM releases') == (7,))
    place.rows('SELECT * FROM dblog_view_releases')


def test_a_view_made_out_of_one_of_ours_is_the_users(place):
    place.run('push=x')
    sql, = place.row('SELECT sql FROM sqlite_master WHERE name = "releases"')
    place.write(sql.replace('releases', 'my_releases', 1))
    place.run('push=y')
    place.rows('SELECT * FROM my_releases')


def test_views_are_in_nobodys_way(place):
    place.run('install', 'push=x', 'into=second', 'alert=y', 'hardware=z')
    dump = '\n'.join(sqlite3.connect(place.database).iterdump())
    copy = sqlite3.connect(':memory:')
    copy.executescript(dump)
    check(copy.execute('SELECT count(*) FROM errors').fetchone() == (4,))
    place.write('VACUUM; DROP TABLE second;')
    place.run('into=third')
    check(place.rows('SELECT DISTINCT source_table FROM errors ORDER BY 1') == [('error_table',), ('third',)])
    place.write('ALTER TABLE third RENAME TO fourth')
    place.run('into=fourth')
    check(place.row('SELECT count(*) FROM errors WHERE source_table = "fourth"') == (2,))
    check(place.row('PRAGMA integrity_check') == ('ok',))
    safe = sqlite3.connect(place.database)
    safe.execute('PRAGMA trusted_schema = OFF')
    for view, in place.rows('SELECT name FROM sqlite_master WHERE type = "view"'):
        safe.execute(f'SELECT * FROM "{view}"').fetchall()


def test_hardware_has_numbers(place):
    place.run('hardware=z')
    row = place.row('SELECT typeof(cpu_seconds), typeof(memory_bytes), typeof(memory_percent), memory_bytes > 100000, '
                    'time LIKE "____-__-__T%+00:00", pid > 0 FROM hardware')
    check(row == ('real', 'integer', 'real', 1, 1, 1), row)


def queries():
    """(title, SQL) of each query of the page."""
    with open(QUERIES, encoding='utf-8') as page:
        text = page.read()
    return re.findall(r'^## (.+?)\n.*?```sql\n(.*?)```', text, re.S | re.M)


def test_the_queries_of_the_page(place):
    place.run('install=1.0', 'environment=prod', 'crumb=begins', 'push=disk full', 'warn=slow', 'exit=0')
    place.run('install=1.0', 'crumb=step one', 'crumb=step two', 'push=disk full', 'alert=cannot pay', 'fault', status=-11)
    place.run('install=1.1', 'hardware=measured', 'push=disk full', 'throw=boom', status=-6)
    place.run('install=1.1', 'plain=fine', 'raise=9', status=-9)
    place.run('install=1.1', 'queue=50', 'flush')
    place.recover()
    finish(start([TOOL, '--db', place.database, 'symbolize']))
    found = {}
    connection = sqlite3.connect(place.database)
    for title, sql in queries():
        found[title] = connection.execute(sql).fetchall()
        check(found[title], title, 'has no rows', sql)
    check(len(found) >= 20, len(found))
    program = os.path.realpath(PROGRAM)
    check(found['Crash-free rate of each release'] == [('1.1', 3, 1, 0.6667), ('1.0', 2, 1, 0.5)],
          found['Crash-free rate of each release'])
    check(found['How processes ended'] == [('crash', 2), ('exit', 2), ('killed', 1)], found['How processes ended'])
    check(found['The most frequent errors'][0][:2] == (50, 'queued'), found['The most frequent errors'])
    check(found['The most frequent errors'][1][:2] == (3, 'disk full'), found['The most frequent errors'])
    check([row[1:] for row in found['What the last process that crashed did']][-1][0] == 'crash',
          found['What the last process that crashed did'])
    check([row[0] for row in found['Errors of the processes that crashed']] ==
          ['disk full', 'cannot pay', 'measured', 'disk full'], found['Errors of the processes that crashed'])
    check(found['Errors by severity'] == [('error', 56), ('warning', 1)], found['Errors by severity'])
    check(found['Programs, and how often each was started'] == [(program, 5)],
          found['Programs, and how often each was started'])
    check(found['Messages, and whether they were sent'][0][:3] == ('slack', 'pending', 1),
          found['Messages, and whether they were sent'])
    check([row[1] for row in found['The last breadcrumbs before each crash']] == ['step one', 'step two'],
          found['The last breadcrumbs before each crash'])


run_tests(globals(), 'dblog-processes-', Place)
