"""What is made is for its owner alone, whatever the umask."""

import os
import subprocess

from harness import VICTIM, Place, check, main


def modes_in(directory):
    found = {}
    for path, directories, names in os.walk(directory):
        for name in directories + names:
            file = os.path.join(path, name)
            found[os.path.relpath(file, directory)] = os.lstat(file).st_mode & 0o777
    return found


def check_private(directory, wanted):
    modes = modes_in(directory)
    check(not [name for name, mode in modes.items() if mode & 0o077], modes)
    for infix in wanted:
        check(any(infix in name for name in modes), f'no {infix} there', modes)


def test_files_of_a_program_and_of_the_tool_are_private_under_umask_0(place: Place):
    without_mask = ['sh', '-c', 'umask 0; exec "$0" "$@"']
    child = place.start(VICTIM, *without_mask, place.programs['victim'], 'delivery=none', 'install',
                        'push=one', 'queue=two', 'wait', 'crash', stdin=subprocess.PIPE)
    said = ''
    while 'waiting' not in said:
        line = child.stdout.readline()
        check(line, 'the program ended early', said)
        said += line
    check('recording: 1' in said and 'push: ok' in said, said)
    check_private(place.home, ['LOGS.db', '-wal', '-shm', '-box-', '-queue-'])
    child.communicate('go on\n', timeout=120)
    check_private(place.home, ['LOGS.db'])
    for verb in (['recover'], ['flush'], ['prune'], ['show', '1']):
        done = place.run(VICTIM, *without_mask, place.programs['dblog'], '--db', 'LOGS.db', *verb)
        check(done.status in (0, 1), verb, done.output)
        check_private(place.home, ['LOGS.db'])


main(globals())
