"""Black boxes and queues beside a database: whose they may be."""

import glob
import os

from harness import ATTACKER, VICTIM, Place, check, main

BOX = '-box-4711-843f1df2-f82c-498f-928f-d798dcadea30'
QUEUE = '-queue-4711-843f1df2-f82c-498f-928f-d798dcadea30'


def real_files(place: Place):
    """A box and a queue as dblog makes them, of a process that was killed."""
    died = place.start(ATTACKER, 'victim', 'database=LOGS.db', 'install', 'queue=phish', 'wait',
                       cwd=place.attic, stdin=-1)
    while 'waiting' not in died.stdout.readline():
        pass
    died.kill()
    died.wait()
    return (glob.glob(f'{place.attic}/LOGS.db-box-*')[0],
            glob.glob(f'{place.attic}/LOGS.db-queue-*')[0])


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


main(globals())
