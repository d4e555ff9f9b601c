"""What an attacker has put into a directory such as /tmp before the victim comes."""

import os

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


main(globals())
