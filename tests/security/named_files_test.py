"""Source files that a database names."""

import contextlib
import glob
import os
import sqlite3

from harness import ATTACKER, ROOT, VICTIM, Place, check, main

SECRET = 'the line that is for root alone'
NOTE = '(no source lines:'


def database(place: Place, owner, directory, source):
    """One crash of `owner`, made by the library, whose frame names `source` as its file."""
    path = f'{directory}/LOGS.db'
    made = place.run(owner, 'victim', f'database={path}', 'delivery=none', 'install', 'crash', cwd=directory)
    check('recording: 1' in made.output, made.output)
    recovered = place.run(owner, 'dblog', '--db', path, 'list', cwd=directory)
    check(recovered.status == 0, recovered.output)
    change(path, "UPDATE frames SET module = '/srv/app', build_id = NULL, function = 'f()', "
                 "file = ?, line = 1, name_source = 'debug info'", source)
    return path


def change(path, statement, *values):
    """By root, who leaves nothing of his own behind."""
    owner = os.stat(path).st_uid
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement, values)
        connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    for name in glob.glob(path + '*'):
        os.chown(name, owner, owner)


def remove(path):
    for name in glob.glob(path + '*'):
        os.unlink(name)


def shown(place: Place, user, path, *options):
    return place.run(user, 'dblog', '--db', path, 'show', '1', *options, cwd='/').output


def test_source_lines_of_ones_own_are_shown(place: Place):
    source = place.file(f'{place.home}/main.cpp', VICTIM, 'int own_line;\n', 0o664)
    path = database(place, VICTIM, place.home, source)
    check('int own_line;' in shown(place, VICTIM, path), shown(place, VICTIM, path))
    check('int own_line;' in shown(place, VICTIM, path, '--json'))


def test_a_foreign_database_shows_root_no_file(place: Place):
    secret = place.file(f'{place.path}/secret.cpp', ROOT, SECRET)
    link = f'{place.attic}/link.cpp'
    os.symlink(secret, link)
    os.mkdir(f'{place.attic}/data')
    os.chown(f'{place.attic}/data', ATTACKER, ATTACKER)
    for source in (secret, link):
        path = database(place, ATTACKER, f'{place.attic}/data', source)
        for options in ((), ('--json',), ('--full',)):
            output = shown(place, ROOT, path, *options)
            check(SECRET not in output, output)
        remove(path)


def test_a_file_of_another_user_and_a_link_are_not_shown(place: Place):
    planted = place.file(f'{place.attic}/planted.cpp', ATTACKER, SECRET, 0o644)
    own = place.file(f'{place.home}/own.cpp', VICTIM, SECRET)
    link = f'{place.home}/link.cpp'
    os.symlink(own, link)
    os.mkfifo(f'{place.home}/pipe.cpp', 0o644)
    os.chown(f'{place.home}/pipe.cpp', VICTIM, VICTIM)
    os.mkdir(f'{place.home}/data')
    os.chown(f'{place.home}/data', VICTIM, VICTIM)
    for source in (planted, link, f'{place.home}/pipe.cpp', '/dev/zero'):
        path = database(place, VICTIM, f'{place.home}/data', source)
        output = shown(place, VICTIM, path)
        check('f() at' in output and SECRET not in output, source, output)
        remove(path)


def test_a_database_that_others_can_write_shows_no_file_and_says_so(place: Place):
    source = place.file(f'{place.home}/main.cpp', VICTIM, SECRET)
    path = database(place, VICTIM, place.home, source)
    os.chmod(path, 0o666)
    output = shown(place, VICTIM, path)
    check(SECRET not in output, output)
    # A tool that refuses such a database altogether says why, too.
    check(NOTE in output or 'can be written by others' in output, output)


main(globals())
