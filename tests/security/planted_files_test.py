"""What an attacker has put into a directory such as /tmp before the victim comes."""

import glob
import os
import shutil

from harness import ATTACKER, VICTIM, Place, check, main

NAMES = ('LOGS.db', 'LOGS.db-wal', 'LOGS.db-shm', 'LOGS.db-journal', 'LOGS.db-flush', '.env', 'config')


def plant(path, kind, target):
    if kind == 'fifo':
        os.mkfifo(path, 0o666)
    elif kind == 'directory':
        os.mkdir(path, 0o777)
    else:
        os.symlink(target, path)
    os.chown(path, ATTACKER, ATTACKER, follow_symlinks=False)


def act_in(place: Place, directory):
    """Everything that a user does there; each ends by itself (the harness has a limit)."""
    program = place.run(VICTIM, 'victim', 'database=LOGS.db', 'delivery=none', 'slack', 'install',
                        'push=one', 'queue=two', cwd=directory)
    check(program.status == 0, program.output)
    said = program.output
    for verb in (['list'], ['recover'], ['flush'], ['prune', '--dry-run'], ['show', '1']):
        tool = place.run(VICTIM, 'dblog', '--db', 'LOGS.db', *verb, cwd=directory)
        check(tool.status in (0, 1, 2, 3), verb, tool.output)
        said += tool.output
    return said


def test_nothing_planted_is_waited_for_followed_or_changed(place: Place):
    for kind in ('fifo', 'directory', 'link', 'link to nothing'):
        for name in NAMES:
            directory = place.directory(f'shared/{kind}-{name}', 0, 0o1777)
            precious = place.file(f'{place.home}/{kind}{name}', VICTIM, b'precious')
            target = precious if kind == 'link' else precious + '-new'
            plant(f'{directory}/{name}', kind, target)
            said = act_in(place, directory)
            with open(precious, 'rb') as file:
                check(file.read() == b'precious', kind, name, said)
            check(not os.path.exists(precious + '-new'), kind, name, said)
            check(os.lstat(f'{directory}/{name}').st_uid == ATTACKER, kind, name, said)


def test_crashes_beside_planted_side_files_are_kept(place: Place):
    """The files cannot be removed by the victim: the directory is as /tmp is."""
    for is_new in (True, False):
        for name in ('LOGS.db-wal', 'LOGS.db-shm', 'LOGS.db-journal'):
            for kind in ('file', 'fifo', 'directory', 'link'):
                case = f'{name} {kind} {is_new}'
                directory = place.directory(f'shared/{case}', 0, 0o1777)
                database = f'{directory}/LOGS.db'
                if not is_new:
                    place.run(VICTIM, 'victim', f'database={database}', 'install')
                    for side_file in glob.glob(f'{database}-*'):
                        os.remove(side_file)
                planted = f'{directory}/{name}'
                if kind == 'file':
                    place.file(planted, ATTACKER, mode=0o666)
                else:
                    plant(planted, kind, f'{place.attic}/target')
                died = place.run(VICTIM, 'victim', f'database={database}', 'delivery=none',
                                 'install', 'crash')
                check(died.status == -11, case, died.output)
                check(f'missing: database: {planted}: ' in died.output, case, died.output)
                check(f'NOT recorded in {database}: {name} ' in died.output, case, died.output)
                check('; kept beside it' in died.output, case, died.output)
                check(os.lstat(planted).st_uid == ATTACKER, case)
                if kind == 'directory':
                    shutil.rmtree(planted)
                else:
                    os.remove(planted)
                done = place.run(VICTIM, 'dblog', '--db', database, 'recover')
                check(done.status == 0, case, done.output)
                check(place.rows(database, 'SELECT signal FROM crashes') == [(11,)], case, done.output)


def test_nothing_is_kept_beside_a_planted_database(place: Place):
    database = place.file(f'{place.shared}/LOGS.db', ATTACKER, mode=0o666)
    died = place.run(VICTIM, 'victim', f'database={database}', 'install', 'crash')
    check(f'NOT recorded in {database}: belongs to user {ATTACKER}' in died.output, died.output)
    check(os.listdir(place.shared) == ['LOGS.db'], os.listdir(place.shared))


main(globals())
