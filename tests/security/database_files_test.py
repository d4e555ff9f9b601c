"""The database's files: whose they may be, and what they make dblog open, delete and believe."""

import glob
import os
import shutil
import sqlite3
import struct
import subprocess

from harness import ATTACKER, LIMIT, ROOT, VICTIM, Place, check, main

MAGIC = bytes.fromhex('d9d505f920a163d7')  # https://sqlite.org/fileformat.html, rollback journal


def make_database(place, owner, path=None, sql=''):
    """As dblog makes it, closed well; optionally changed by hand."""
    path = path or f'{place.home}/LOGS.db'
    done = place.run(VICTIM, 'victim', f'database={path}', 'install', 'push=one', 'push=two',
                     cwd=place.home)
    check('push: ok 2' in done.output, done.output)
    if sql:
        connection = sqlite3.connect(path)
        connection.executescript(sql)
        connection.close()
    for suffix in ('', '-wal', '-shm'):
        if os.path.exists(path + suffix):
            os.chown(path + suffix, owner, owner)
    return path


def journal_naming(super_journal, database):
    """A hot journal of no pages whose last record names a super-journal."""
    name = super_journal.encode()
    header = MAGIC + struct.pack('>IIIII', 0, 1, os.path.getsize(database) // 4096, 512, 4096)
    checksum = sum(name) & 0xFFFFFFFF
    record = struct.pack('>I', 0x40000000 // 4096 + 1) + name
    return header.ljust(512, b'\0') + record + struct.pack('>II', len(name), checksum) + MAGIC


def rollback_mode(path):
    connection = sqlite3.connect(path)
    check(connection.execute('PRAGMA journal_mode = DELETE').fetchone() == ('delete',))
    connection.close()


VERBS = (['flush'], ['recover'], ['prune'], ['list'], ['show', '1'], ['show', 'error_table/1'],
         ['groups'], ['symbolize'], ['outbox', 'list'])


def test_own_database_is_used(place: Place):
    make_database(place, VICTIM)
    check(place.rows(f'{place.home}/LOGS.db', 'SELECT msg FROM error_table') == [('one',), ('two',)])
    shown = place.run(VICTIM, 'dblog', 'list', '--db', 'LOGS.db')
    check(shown.status == 0 and 'two' in shown.output, shown.output)


def test_no_file_that_a_journal_names_is_deleted(place: Place):
    """Planted by another user, and by the owner's own misfortune."""
    for owner in (ATTACKER, VICTIM):
        database = make_database(place, VICTIM)
        rollback_mode(database)
        treasure = place.file(f'{place.home}/treasure{owner}', VICTIM, database.encode() + b'\0')
        place.file(f'{database}-journal', owner, journal_naming(treasure, database), 0o644)
        for verb in VERBS:
            place.run(VICTIM, 'dblog', *verb, '--db', database)
            check(os.path.exists(treasure), verb)
        done = place.run(VICTIM, 'victim', f'database={database}', 'delivery=none', 'install',
                         'push=three', 'crash')
        check(os.path.exists(treasure), done.output)
        check('recording: 0' in done.output and '-journal' in done.output
              or 'journal' in done.output, done.output)
        check('push: ok' not in done.output, done.output)
        os.remove(f'{database}-journal')
        check(place.rows(database, 'SELECT count(*) FROM error_table') == [(2,)])
        for path in glob.glob(f'{database}*'):  # the crash's black box too
            os.remove(path)


def test_a_super_journal_is_deleted_by_plain_sqlite(place: Place):
    """The journal that the other test plants does what that test claims."""
    database = make_database(place, VICTIM)
    rollback_mode(database)
    treasure = place.file(f'{place.home}/treasure', VICTIM, f'{place.home}/other-journal'.encode() + b'\0')
    place.file(f'{database}-journal', VICTIM, journal_naming(treasure, database), 0o644)
    connection = sqlite3.connect(database)
    connection.execute('SELECT count(*) FROM error_table').fetchall()
    connection.close()
    check(not os.path.exists(treasure))


def test_a_log_of_another_user_is_not_believed(place: Place):
    """In his shared directory; he also wrote it while the database was closed."""
    phishing = make_database(place, ATTACKER, f'{place.shared}/other.db')
    for directory in (place.shared, place.home):
        database = make_database(place, VICTIM, f'{directory}/LOGS.db')
        with open(database, 'rb') as file:
            untouched = file.read()
        connection = sqlite3.connect(database, isolation_level=None)
        connection.execute('PRAGMA wal_autocheckpoint = 0')
        connection.execute("INSERT INTO error_table (msg) VALUES ('call +1 555')")
        with open(f'{database}-wal', 'rb') as file:
            log = file.read()
        connection.close()
        with open(database, 'wb') as file:
            file.write(untouched)
        os.chown(database, VICTIM, VICTIM)
        for suffix in ('-wal', '-shm'):
            if os.path.exists(database + suffix):
                os.remove(database + suffix)
        place.file(f'{database}-wal', ATTACKER, log, 0o644)
        for verb in VERBS:
            done = place.run(VICTIM, 'dblog', *verb, '--db', database)
            check('555' not in done.output, verb, done.output)
            check(done.status != 0 and f'{database}-wal' in done.output, verb, done.output)
        done = place.run(VICTIM, 'victim', f'database={database}', 'install', 'push=three')
        check('recording: 0' in done.output and f'{database}-wal' in done.output, done.output)
        check('push: ok' not in done.output, done.output)
        with open(database, 'rb') as file:
            check(file.read() == untouched, 'the log was copied into the database')
    check(os.path.exists(phishing))


def test_files_that_others_can_write_are_not_used(place: Place):
    """Whatever the directory; the message says what to do."""
    cases = ((ATTACKER, 0o600), (ATTACKER, 0o666), (VICTIM, 0o666), (VICTIM, 0o660))
    for number, (owner, mode) in enumerate(cases):
        directory = place.directory(f'case{number}', VICTIM, 0o755)
        database = make_database(place, owner, f'{directory}/LOGS.db')
        os.chmod(database, mode)
        done = place.run(VICTIM, 'victim', f'database={database}', 'install', 'push=three')
        check('recording: 0' in done.output and 'push: ok' not in done.output, done.output)
        check(f"{database}: belongs to user {ATTACKER}; run as that user" in done.output
              if owner == ATTACKER else f"chmod go-w {database}'" in done.output, done.output)
        check('remove' not in done.output, done.output)
        check(('DBLOG_TRUST=group' in done.output) == (mode == 0o660), done.output)
        for verb in ('flush', 'recover', 'prune'):
            done = place.run(VICTIM, 'dblog', verb, '--db', database)
            check(done.status == 3, verb, done.status, done.output)
        check(place.rows(database, 'SELECT count(*) FROM error_table') == [(2,)])


def test_a_hard_link_is_not_used(place: Place):
    database = make_database(place, VICTIM)
    os.link(database, f'{place.home}/second.db')
    done = place.run(VICTIM, 'victim', 'database=second.db', 'install', 'push=three')
    check('recording: 0' in done.output and 'hard links' in done.output, done.output)


def test_links_of_others_are_not_followed(place: Place):
    """At the end of the path and in its middle; one's own and root's are, unless they lie in a
    directory of another user, who may have moved them there."""
    target = place.directory('target', VICTIM, 0o755)
    for name, link, path in (('file', f'{place.attic}/LOGS.db', f'{place.attic}/LOGS.db'),
                             ('directory', f'{place.attic}/dir', f'{place.attic}/dir/LOGS.db')):
        os.symlink(f'{target}/LOGS.db' if name == 'file' else target, link)
        os.lchown(link, ATTACKER, ATTACKER)
        done = place.run(VICTIM, 'victim', f'database={path}', 'install', 'push=one', 'crash')
        check('recording: 0' in done.output and 'link that another user made' in done.output,
              done.output)
        done = place.run(VICTIM, 'victim', f'database={path}', 'monitor')
        check('config.json not written: ' in done.output and 'link that another user made' in done.output,
              done.output)
        check(os.listdir(target) == [], os.listdir(target))
        for owner in (VICTIM, ROOT):
            os.lchown(link, owner, owner)
            done = place.run(VICTIM, 'victim', f'database={path}', 'install', 'push=one')
            check('recording: 0' in done.output and 'link in a directory that another user owns' in
                  done.output, done.output)
            os.chown(place.attic, VICTIM, VICTIM)
            done = place.run(VICTIM, 'victim', f'database={path}', 'install', 'push=one')
            check('recording: 1' in done.output and 'push: ok' in done.output, done.output)
            os.chown(place.attic, ATTACKER, ATTACKER)
        for file in os.listdir(target):
            os.remove(f'{target}/{file}')


def test_root_reads_the_database_of_a_user_and_does_not_write_it(place: Place):
    database = make_database(place, VICTIM)
    before = sorted(os.listdir(place.home))
    for verb in (['list'], ['show', 'error_table/1'], ['groups'], ['outbox', 'list']):
        done = place.run(ROOT, 'dblog', *verb, '--db', database)
        check(done.status in (0, 1), verb, done.output)
    for verb in ('flush', 'prune', 'symbolize'):
        done = place.run(ROOT, 'dblog', verb, '--db', database)
        check(done.status == 3 and f'belongs to user {VICTIM}; ' in done.output, verb, done.status, done.output)
    check(sorted(os.listdir(place.home)) == before, os.listdir(place.home))


def test_a_side_file_of_a_trusted_group_member_is_read(place: Place):
    """The first user to open a shared database owns its log; dblog tells no user to remove it."""
    database = make_database(place, VICTIM)
    for suffix in ('', '-wal', '-shm'):
        os.chmod(database + suffix, 0o660)
    for suffix in ('-wal', '-shm'):
        os.chown(database + suffix, ATTACKER, VICTIM)
    alone = place.run(VICTIM, 'dblog', 'list', '--db', database)
    check(alone.status != 0 and f'belongs to user {ATTACKER}' in alone.output and
          'remove' not in alone.output, alone.output)
    trusting = place.run(VICTIM, 'dblog', 'list', '--db', database, env={'DBLOG_TRUST': 'group'})
    check(trusting.status == 0 and 'two' in trusting.output, trusting.output)


def test_root_writes_no_side_file_of_a_user(place: Place):
    own = make_database(place, VICTIM)
    writer = sqlite3.connect(own)
    writer.execute("INSERT INTO error_table (msg) VALUES ('in the log')")
    writer.commit()
    left = place.directory('left', ATTACKER, 0o755)  # by a program that was killed
    for suffix in ('', '-wal', '-shm'):
        shutil.copy(own + suffix, f'{left}/LOGS.db{suffix}')
        os.chown(f'{left}/LOGS.db{suffix}', ATTACKER, ATTACKER)
    writer.close()
    reading = (['list'], ['show', 'error_table/3'], ['outbox', 'list'], ['prune', '--dry-run'])
    with open(f'{left}/LOGS.db-shm', 'rb') as index:
        before = index.read()
    for verb in reading:
        done = place.run(ROOT, 'dblog', *verb, '--db', f'{left}/LOGS.db')
        check(done.status in (0, 1), verb, done.output)
        check(verb[0] not in ('list', 'show') or 'in the log' in done.output, verb, done.output)
    with open(f'{left}/LOGS.db-shm', 'rb') as index:
        check(index.read() == before)
    os.remove(f'{left}/LOGS.db-shm')
    for verb in reading:
        done = place.run(ROOT, 'dblog', *verb, '--db', f'{left}/LOGS.db')
        check(done.status == 3 and 'copy the database' in done.output, verb, done.output)
    check(sorted(os.listdir(left)) == ['LOGS.db', 'LOGS.db-wal'], os.listdir(left))


def test_no_view_stands_in_for_a_table(place: Place):
    """One that never ends, in the place of each table of ours."""
    endless = ('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) '
               'SELECT i AS id, i AS uuid, i AS state FROM n')
    for table in ('outbox', 'crashes', 'frames', 'hw_logs', 'outbox_groups'):
        database = make_database(
            place, VICTIM, sql=f'DROP TABLE IF EXISTS {table}; CREATE VIEW {table} AS {endless};')
        for verb in VERBS:
            done = place.run(VICTIM, 'dblog', *verb, '--db', database)
            if verb[0] in ('flush', 'prune'):
                check(done.status == 3 and table in done.output, table, verb, done.output)
        done = place.run(VICTIM, 'victim', f'database={database}', 'push=three')
        check('push: ok' not in done.output and table in done.output, table, done.output)
        for name in os.listdir(place.home):
            os.remove(f'{place.home}/{name}')


def test_the_tool_follows_no_link_of_others(place: Place):
    """To another application's database of the victim's, at the end of the path or in its middle."""
    target = place.directory('private', VICTIM, 0o700)
    other = f'{target}/LOGS.db'
    connection = sqlite3.connect(other)
    connection.executescript('CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, '
                             "date DATETIME); INSERT INTO log (msg, date) VALUES ('a', '2020-01-01');"
                             "INSERT INTO log (msg, date) VALUES ('b', '2020-01-01');")
    connection.close()
    os.chown(other, VICTIM, VICTIM)
    os.chmod(other, 0o600)
    with open(other, 'rb') as file:
        untouched = file.read()
    for link, to, path in ((f'{place.shared}/LOGS.db', other, f'{place.shared}/LOGS.db'),
                           (f'{place.shared}/mid', target, f'{place.shared}/mid/LOGS.db')):
        os.symlink(to, link)
        os.lchown(link, ATTACKER, ATTACKER)
        for verb in (*VERBS, ['prune', '--max-rows', '1'], ['outbox', 'drop', '1']):
            done = place.run(VICTIM, 'dblog', *verb, '--db', path)
            check(done.status == 3 and 'another user' in done.output, verb, done.status, done.output)
        check(os.listdir(target) == ['LOGS.db'], os.listdir(target))
        with open(other, 'rb') as file:
            check(file.read() == untouched)


def test_computed_columns_are_not_read(place: Place):
    """They would take any time and memory inside one function."""
    database = make_database(place, VICTIM)
    connection = sqlite3.connect(database)
    connection.executescript('DROP TABLE frames; CREATE TABLE frames (crash_id INTEGER, depth INTEGER, '
                             'module TEXT AS (hex(zeroblob(400000000))));'
                             'INSERT INTO frames (crash_id, depth) VALUES (1, 0);')
    connection.close()
    for verb in VERBS:
        done = place.run(VICTIM, 'dblog', *verb, '--db', database)
        check(done.status == 3 or verb[0] == 'recover', verb, done.status, done.output)
        check('frames' in done.output or verb[0] == 'recover', verb, done.output)


def test_closed_descriptors_cost_no_rows(place: Place):
    """A daemon closes all that is open, goes on logging, and crashes; another one shares its database."""
    database = f'{place.home}/LOGS.db'
    healthy = place.start(VICTIM, 'victim', f'database={database}', 'push=a', 'wait', 'push=b',
                          stdin=subprocess.PIPE)
    while 'waiting' not in healthy.stdout.readline():
        pass
    done = place.run(VICTIM, 'victim', f'database={database}', 'delivery=none', 'install', 'close',
                     'push=c', 'push=d', 'crash')
    check(done.status == -11, done.status, done.output)
    output, _ = healthy.communicate('\n', timeout=LIMIT)
    check('push: ok' in output, output)
    rows = place.rows(database, 'SELECT msg FROM error_table ORDER BY id')
    check(rows == [('a',), ('c',), ('d',), ('b',)], rows, done.output, output)
    check(place.rows(database, 'SELECT count(*) FROM crashes') == [(1,)])


def test_a_trigger_without_an_end_holds_nothing_up(place: Place):
    """Neither a push, nor the import of a crash that waits in a black box."""
    endless = ('BEGIN SELECT max(i) FROM (WITH RECURSIVE n(i) AS '
               '(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END')
    database = make_database(place, VICTIM)
    lock = sqlite3.connect(database, isolation_level=None)
    lock.execute('BEGIN EXCLUSIVE')
    place.run(VICTIM, 'victim', f'database={database}', 'delivery=none', 'install', 'crash')
    lock.execute('ROLLBACK')
    lock.executescript(f'CREATE TRIGGER a AFTER INSERT ON crashes {endless};'
                       f'CREATE TRIGGER b AFTER INSERT ON error_table {endless};')
    lock.close()
    for suffix in ('', '-wal', '-shm'):
        if os.path.exists(database + suffix):
            os.chown(database + suffix, VICTIM, VICTIM)
    pushing = place.start(VICTIM, 'victim', f'database={database}', 'push=three')
    output, _ = pushing.communicate(timeout=LIMIT)
    check('push: ok' not in output and 'triggers' in output, output)
    done = place.run(VICTIM, 'dblog', 'recover', '--db', database)
    check(done.status != 0 and 'crash' in done.output, done.status, done.output)
    check(any('-box-' in name for name in os.listdir(place.home)), os.listdir(place.home))


main(globals())
