"""Databases of real programs in one, and a merge that is killed: merge_test.py SESSION_PROGRAM DBLOG"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

from test_script import LIMIT, check, finish, run_tests, start

PROGRAM, TOOL = sys.argv[1:3]


class Place:
    def __init__(self, path):
        self.path = path
        self.env = {'PATH': '/usr/bin:/bin', 'TZ': 'UTC', 'HOME': path}

    def run(self, database, *words, status=0):
        child = finish(start([PROGRAM, *words], cwd=self.path, env={**self.env, 'DBLOG_DB': f'{self.path}/{database}'}))
        check(child.status == status, child.args, child.status, child.output)

    def tool(self, database, *words, status=0):
        child = finish(start([TOOL, '--db', database, *words], cwd=self.path, env=self.env))
        check(child.status == status, child.args, child.status, child.output)
        return child.output

    def rows(self, database, sql):
        connection = sqlite3.connect(f'{self.path}/{database}')
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def write(self, database, sql):
        connection = sqlite3.connect(f'{self.path}/{database}')
        connection.executescript(sql)
        connection.close()


def shown(place, database, name):
    """What show tells, without what is of one database: ids, what its group is like, and the
    addresses of the process that first wrote a stack."""
    entry = json.loads(place.tool(database, 'show', name, '--json'))

    def strip(part):
        if isinstance(part, dict):
            return {key: strip(value) for key, value in part.items()
                    if key not in ('id', 'crash_id', 'hw_log_id', 'source_id', 'group', 'group_state', 'standing',
                                   'address')}
        return [strip(each) for each in part] if isinstance(part, list) else part
    return strip(entry)


def test_two_programs_look_the_same_in_one_database(place):
    for database, release in (('a.db', '1.0'), ('b.db', '2.0')):
        place.run(database, f'install={release}', 'push=disk full', 'warn=slow', 'plain=quick', 'hardware=look',
                  'crumb=loading', 'into=audit', 'queue=3', 'flush', 'fault', status=-11)
        place.tool(database, 'recover')
    out = place.tool('all.db', 'merge', 'a.db', 'b.db')
    check(out == ''.join(f'{name}: 1 crash, 8 events, 2 hardware snapshots, 1 process\n' for name in ('a.db', 'b.db')),
          out)
    for source, first in (('a.db', 1), ('b.db', 2)):
        check(shown(place, 'all.db', f'crashes/{first}') == shown(place, source, '1'), source)
        for event in (1, 2, 3, 4):
            merged = f'error_table/{event + 4 * (first - 1)}'
            check(shown(place, 'all.db', merged) == shown(place, source, f'error_table/{event}'), merged)
        check(shown(place, 'all.db', f'audit/{first}') == shown(place, source, 'audit/1'), source)
    check(place.rows('all.db', 'SELECT release, count(*) FROM errors GROUP BY release') == [('1.0', 8), ('2.0', 8)])
    check(place.tool('all.db', 'merge', 'b.db', 'a.db') == 'b.db: nothing new\na.db: nothing new\n')
    check(place.rows('all.db', 'PRAGMA integrity_check') == [('ok',)])


def test_a_program_goes_on_writing_after_a_merge_into_its_database(place):
    place.run('a.db', 'install=1.0', 'plain=of a')
    child = start([PROGRAM, 'install=2.0', 'plain=before', 'say=ready', 'wait', 'plain=after'], cwd=place.path,
                  env={**place.env, 'DBLOG_DB': f'{place.path}/b.db'}, stdin=subprocess.PIPE)
    check(child.stdout.readline() == 'ready\n')
    place.tool('b.db', 'merge', 'a.db')
    child.communicate('x\n', timeout=LIMIT)
    check(child.returncode == 0)
    check(place.rows('b.db', 'SELECT msg, release FROM errors ORDER BY source_id') ==
          [('before', '2.0'), ('of a', '1.0'), ('after', '2.0')])


def test_of_a_merge_that_is_killed_nothing_is_left_and_the_next_one_is_whole(place):
    place.run('a.db', 'install=1.0', 'plain=x', 'fault', status=-11)
    place.run('first.db', 'install=1.0', 'plain=x')
    place.write('a.db', "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT INTO "
                        "error_table (msg, date) SELECT hex(zeroblob(20)) || i, '2026-01-01 00:00:00.000000' FROM n")
    place.tool('all.db', 'merge', 'first.db')
    child = subprocess.Popen([TOOL, '--db', 'all.db', 'merge', 'a.db'], cwd=place.path, env=place.env,
                             stdout=subprocess.DEVNULL)
    log = f'{place.path}/all.db-wal'
    end = time.monotonic() + LIMIT
    while child.poll() is None and not (os.path.exists(log) and os.path.getsize(log) > 2_000_000):
        check(time.monotonic() < end)
        time.sleep(0.001)
    child.send_signal(signal.SIGKILL)
    was_killed = child.wait() == -signal.SIGKILL
    count = 'SELECT (SELECT count(*) FROM error_table), (SELECT count(*) FROM crashes), (SELECT count(*) FROM hw_logs)'
    if was_killed:  # else the machine was too busy to see it at work
        check(place.rows('all.db', count) == [(1, 0, 0)], place.rows('all.db', count))
    place.tool('all.db', 'merge', 'a.db')
    check(place.rows('all.db', count) == [(200001, 1, 1)], place.rows('all.db', count))
    check(place.rows('all.db', 'PRAGMA integrity_check') == [('ok',)])


run_tests(globals(), 'dblog-merge-', Place, sys.argv[3:])
