"""Black boxes and queues beside a database: whose they may be."""

import glob
import os

import signal
import subprocess

from harness import ATTACKER, ROOT, VICTIM, Place, check, main

BOX = '-box-4711-843f1df2-f82c-498f-928f-d798dcadea30'
QUEUE = '-queue-4711-843f1df2-f82c-498f-928f-d798dcadea30'


def leave_files(place: Place, user, database, text):
    """A box and a queue as dblog makes them, of a process that was killed."""
    died = place.start(user, 'victim', f'database={database}', 'install', f'queue={text}', 'wait',
                       stdin=-1)
    while 'waiting' not in died.stdout.readline():
        pass
    died.kill()
    died.wait()
    return sorted(glob.glob(f'{database}-box-*') + glob.glob(f'{database}-queue-*'))


def real_files(place: Place):
    return leave_files(place, ATTACKER, f'{place.attic}/LOGS.db', 'phish')


def test_planted_boxes_and_queues_are_not_imported_and_stay(place: Place):
    box, queue = real_files(place)
    database = f'{place.shared}/LOGS.db'
    made = place.run(VICTIM, 'victim', f'database={database}', 'install', 'push=mine')
    check('push: ok' in made.output, made.output)
    for source, name in ((box, BOX), (queue, QUEUE)):
        with open(source, 'rb') as file:
            place.file(database + name, ATTACKER, file.read(), mode=0o666)
    recovered = place.run(VICTIM, 'dblog', '--db', database, 'recover')
    check(recovered.status == 1, recovered.output)
    check(recovered.output.count('belongs to another user') == 2, recovered.output)
    listed = place.run(VICTIM, 'dblog', '--db', database, 'list')
    check('2 black boxes or queues are skipped' in listed.output, listed.output)
    place.run(VICTIM, 'victim', f'database={database}', 'install', 'push=mine too')
    pruned = place.run(VICTIM, 'dblog', '--db', database, 'prune')
    check(pruned.status == 0, pruned.output)
    check(os.path.exists(database + BOX) and os.path.exists(database + QUEUE))
    check(place.rows(database, 'SELECT count(*) FROM crashes') == [(0,)])
    check(place.rows(database, 'SELECT msg FROM error_table') == [('mine',), ('mine too',)])


def test_very_many_planted_boxes_do_not_push_out_ones_own(place: Place):
    database = f'{place.shared}/LOGS.db'
    place.run(VICTIM, 'victim', f'database={database}', 'install', 'push=mine')
    own = place.file(database + BOX, VICTIM, b'a box of another version')
    for number in range(150):
        place.file(f'{database}-box-{number}-{number:036}', ATTACKER, b'x')
    place.run(VICTIM, 'victim', f'database={database}', 'install')
    check(os.path.exists(own))
    check(len(glob.glob(f'{database}-box-*')) == 151)


def recover_as_root(place: Place, database):
    return place.run(ROOT, 'dblog', '--db', database, 'recover', cwd='/')


def test_root_recovers_what_the_owner_of_a_database_could(place: Place):
    database = f'{place.home}/LOGS.db'
    place.run(VICTIM, 'victim', f'database={database}', 'install', 'push=mine')
    os.chmod(place.home, 0o700)
    leave_files(place, VICTIM, database, 'queued')
    done = recover_as_root(place, database)
    check(done.status == 0 and 'killed processes: 1' in done.output, done.status, done.output)
    check(place.rows(database, 'SELECT kind FROM crashes') == [('killed',)])
    check(place.rows(database, 'SELECT msg FROM error_table') == [('mine',), ('queued',)])
    left = sorted(os.listdir(place.home))
    check(left == ['LOGS.db', 'LOGS.db-shm', 'LOGS.db-wal'] or left == ['LOGS.db'], left)
    owners = {os.lstat(f'{place.home}/{name}').st_uid for name in left}
    check(owners == {VICTIM}, owners)
    pushed = place.run(VICTIM, 'victim', f'database={database}', 'install', 'push=again')
    check('push: ok' in pushed.output, pushed.output)


def test_root_names_the_database_by_a_path_that_only_root_may_follow(place: Place):
    database = f'{place.home}/LOGS.db'
    private = place.directory('private', ROOT, 0o700)
    os.symlink(database, f'{private}/link.db')
    for path in ('../home/LOGS.db', 'link.db', f'{private}/link.db'):
        leave_files(place, VICTIM, database, 'queued')
        done = place.run(ROOT, 'dblog', '--db', path, 'recover', cwd=private)
        check(done.status == 0 and 'killed processes: 1' in done.output, path, done.output)


def test_root_takes_no_box_into_another_users_database(place: Place):
    """Nor the other way round: what a crash holds is for its own user, who may not be the reader."""
    for owner, other in ((ATTACKER, VICTIM), (VICTIM, ATTACKER)):
        database = f'{place.shared}/{owner}.db'
        made = place.run(owner, 'victim', f'database={database}', 'install', 'push=mine')
        check('push: ok' in made.output, made.output)
        files = leave_files(place, other, f'{place.shared}/{other}-s.db', 'a secret')
        for file in files:
            os.rename(file, file.replace(f'{other}-s.db', f'{owner}.db'))
        done = recover_as_root(place, database)
        check(done.status == 1 and done.output.count('belongs to another user') == 2, done.output)
        check(place.rows(database, 'SELECT count(*) FROM crashes') == [(0,)])
        check(place.rows(database, 'SELECT msg FROM error_table') == [('mine',)])
        check(len(glob.glob(f'{database}-box-*') + glob.glob(f'{database}-queue-*')) == 2)


def test_root_follows_nothing_that_the_owner_has_planted(place: Place):
    """Links and FIFOs in the place of boxes, queues and what SQLite keeps beside a database."""
    box, queue = real_files(place)
    secret = place.directory('secret', ROOT, 0o700)
    with open(box, 'rb') as file:
        place.file(f'{secret}/box', ROOT, file.read())
    place.file(f'{secret}/other', ROOT, 'not to be touched')
    before = {name: os.stat(f'{secret}/{name}') for name in ('box', 'other')}
    database = f'{place.attic}/LOGS.db'
    uuids = [f'{number:08}-f82c-498f-928f-d798dcadea30' for number in range(5)]
    os.symlink(f'{secret}/box', f'{database}-box-1-{uuids[0]}')
    os.link(f'{secret}/box', f'{database}-box-2-{uuids[1]}')
    os.mkfifo(f'{database}-box-3-{uuids[2]}')
    os.mkfifo(f'{database}-queue-4-{uuids[3]}')
    os.symlink('/dev/zero', f'{database}-queue-5-{uuids[4]}')
    done = recover_as_root(place, database)
    check(done.status == 1 and 'killed processes: 1' in done.output, done.status, done.output)
    check(done.output.count('refused: ') == 5, done.output)
    check(not os.path.exists(box) and not os.path.exists(queue))
    for suffix in ('-wal', '-journal', ''):
        if os.path.exists(database + suffix):
            os.remove(database + suffix)
        os.symlink(f'{secret}/other', database + suffix)
        if suffix:
            place.run(ATTACKER, 'victim', f'database={place.attic}/new.db', 'install', 'push=x')
            os.rename(f'{place.attic}/new.db', database)
        done = recover_as_root(place, database)
        check(done.status == 3, suffix, done.status, done.output)
        os.remove(database + suffix)
    for name, status in before.items():
        now = os.stat(f'{secret}/{name}')
        check((now.st_size, now.st_mtime_ns) == (status.st_size, status.st_mtime_ns), name)


# Both are there by rename(2): at each moment there is one or the other.
EXCHANGE = """
while :; do
  ln -sf {target} {path}.new; mv -T {path}.new {path}
  cp {own} {path}.new; mv -T {path}.new {path}
done
"""


def test_root_is_led_nowhere_by_a_database_that_is_exchanged_meanwhile(place: Place):
    """To a database of the victim or of root, which only its owner may open."""
    os.chmod(place.home, 0o700)
    secret = place.directory('secret', ROOT, 0o700)
    real_files(place)
    path = f'{place.attic}/LOGS.db'
    own = f'{place.attic}/own.db'
    os.rename(path, own)
    boxes = glob.glob(f'{path}-box-*')
    for owner, target in ((VICTIM, f'{place.home}/LOGS.db'), (ROOT, f'{secret}/LOGS.db')):
        made = place.run(owner, 'victim', f'database={target}', 'install', 'push=mine')
        check('push: ok' in made.output, made.output)
        script = EXCHANGE.format(target=target, path=path, own=own)
        exchanging = subprocess.Popen(['sh', '-c', script], user=ATTACKER, group=ATTACKER,
                                      extra_groups=[], start_new_session=True,
                                      stderr=subprocess.DEVNULL)
        try:
            for _ in range(40):
                recover_as_root(place, path)
        finally:
            os.killpg(exchanging.pid, signal.SIGKILL)
            exchanging.wait()
        check(place.rows(target, 'SELECT count(*) FROM crashes') == [(0,)], target)
        check(place.rows(target, 'SELECT msg FROM error_table') == [('mine',)], target)
        for name in os.listdir(place.attic):
            check(os.lstat(f'{place.attic}/{name}').st_uid == ATTACKER, name)
    check(boxes)


main(globals())
