"""Which `dblog` is started: never one that others could have put there."""

import ctypes
import os
import shutil
import time

from harness import ATTACKER, LIMIT, ROOT, VICTIM, Place, check, main

# Says who ran it, beside itself.
STAND_IN = """#!/bin/sh
id -u > {mark}.part && mv {mark}.part {mark}
"""


def stand_in(place: Place, directory, owner, mode=0o755):
    """A `dblog` there that leaves a mark when it runs; the mark's path."""
    mark = f'{place.marks}/{os.path.basename(directory)}'
    place.file(f'{directory}/dblog', owner, STAND_IN.format(mark=mark), mode)
    return mark


def prepare(place: Place):
    """The tool beside the program is a stand-in of root's: what is started if nothing else is."""
    place.marks = place.directory('marks', ROOT, 0o1777)
    os.remove(place.programs['dblog'])
    return stand_in(place, f'{place.path}/bin', ROOT)


def wait_for(path):
    give_up_at = time.monotonic() + LIMIT
    while not os.path.exists(path):
        check(time.monotonic() < give_up_at, f'{path} was not started')
        time.sleep(0.01)


def test_argv0_does_not_say_where_the_program_lies(place: Place):
    own = prepare(place)
    planted = stand_in(place, place.attic, ATTACKER)
    for user in (VICTIM, ROOT):
        done = place.run(user, f'{place.attic}/victim', 'database=LOGS.db', 'slack', 'install',
                         'push=x', executable=place.programs['victim'],
                         cwd=place.home if user == VICTIM else place.path)
        check('push: ok' in done.output and 'missing: delivery' not in done.output, done.output)
        wait_for(own)
        os.remove(own)
    check(not os.path.exists(planted), 'a planted program was run')


def test_a_name_from_path_does_not_say_where_the_program_lies(place: Place):
    """As the shell calls what it found: argv[0] is a bare name, and the attacker's directory the
    working one."""
    own = prepare(place)
    planted = stand_in(place, place.attic, ATTACKER)
    done = place.run(ROOT, 'bare-name', f'database={place.path}/LOGS.db', 'slack', 'install',
                     'push=x', executable=place.programs['victim'], cwd=place.attic)
    check('push: ok' in done.output, done.output)
    wait_for(own)
    check(not os.path.exists(planted), 'a planted program was run')


def test_a_foreign_tool_in_path_is_passed_over_and_named(place: Place):
    own = prepare(place)
    for directory in (place.attic, place.shared):
        planted = stand_in(place, directory, ATTACKER)
        done = place.run(VICTIM, 'victim', 'database=LOGS.db', 'slack', 'install', 'push=x',
                         env={'PATH': f'{directory}:/usr/bin:/bin'})
        refusal = f'missing: delivery: {directory}/dblog is not started: '
        refused = directory if directory == place.attic else f'{directory}/dblog'
        check(f'{refusal}{refused} belongs to user {ATTACKER}; ' in done.output, done.output)
        check(f'{place.path}/bin/dblog is started instead' in done.output, done.output)
        wait_for(own)
        os.remove(own)
        check(not os.path.exists(planted), 'a planted program was run')


def test_a_refused_tool_is_named_by_programs_that_send_nothing(place: Place):
    """It would also have found the names of frames."""
    prepare(place)
    os.remove(f'{place.path}/bin/dblog')
    for directory, is_there in ((place.attic, True), (place.home, False)):
        if is_there:
            stand_in(place, directory, ATTACKER)
        done = place.run(VICTIM, 'victim', 'database=LOGS.db', 'install',
                         env={'PATH': f'{directory}:/usr/bin:/bin'})
        check(('missing: delivery: ' in done.output) == is_there, done.output)


def test_a_tool_that_others_can_replace_is_not_started(place: Place):
    prepare(place)
    os.remove(f'{place.path}/bin/dblog')
    tools = place.directory('home/tools', VICTIM, 0o755)
    mark = stand_in(place, tools, VICTIM)
    for path, mode in ((f'{tools}/dblog', 0o775), (tools, 0o777), (place.home, 0o775)):
        before = os.stat(path).st_mode & 0o7777
        os.chmod(path, mode)
        done = place.run(VICTIM, 'victim', f'database={place.home}/LOGS.db', 'slack', 'push=x',
                         'push=y', env={'PATH': f'{tools}:/usr/bin:/bin'})
        refusal = f'dblog: delivery: {tools}/dblog is not started: '
        check(done.output.count(refusal) == 1, path, done.output)
        check(f"{path} can be written by others; run 'chmod go-w {path}'" in done.output, done.output)
        check(not os.path.exists(mark), f'started in spite of {path}')
        os.chmod(path, before)


def test_it_is_looked_at_again_right_before_it_is_started(place: Place):
    prepare(place)
    os.remove(f'{place.path}/bin/dblog')
    tools = place.directory('home/tools', VICTIM, 0o755)
    mark = stand_in(place, tools, VICTIM)
    child = place.start(VICTIM, 'victim', 'database=LOGS.db', 'slack', 'install', 'wait', 'push=x',
                        'push=y', env={'PATH': f'{tools}:/usr/bin:/bin'}, stdin=-1)
    for line in child.stdout:
        if line == 'waiting\n':
            break
        check('missing: delivery' not in line, line)
    os.chmod(tools, 0o777)
    output, _ = child.communicate('\n', timeout=LIMIT)
    check(output.count(f'delivery: {tools}/dblog is not started: ') == 1, output)
    check(not os.path.exists(mark), 'started all the same')


PR_SET_CHILD_SUBREAPER = 36


def wait_for_orphans():
    """What the children of this process left behind, which has become its own."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def test_a_crash_looks_at_it_again_too(place: Place):
    """In /tmp, say: the directory of the tool is removed, and the attacker makes it again."""
    check(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, 'no subreaper')
    prepare(place)
    os.remove(f'{place.path}/bin/dblog')
    tools = f'{place.shared}/tools'
    for planter in (ATTACKER, VICTIM):
        place.directory('shared/tools', VICTIM, 0o755)
        stand_in(place, tools, VICTIM)
        child = place.start(VICTIM, 'victim', 'database=LOGS.db', 'slack', 'install', 'wait',
                            'crash', env={'PATH': f'{tools}:/usr/bin:/bin'}, stdin=-1)
        for line in child.stdout:
            if line == 'waiting\n':
                break
            check('missing: delivery' not in line, line)
        shutil.rmtree(tools)
        place.directory('shared/tools', planter, 0o755)
        mark = stand_in(place, tools, planter)
        output, _ = child.communicate('\n', timeout=LIMIT)
        check('recorded in' in output and child.returncode == -11, child.returncode, output)
        wait_for_orphans()
        check(os.path.exists(mark) == (planter == VICTIM), f'as of {planter}', output)
        shutil.rmtree(tools)


main(globals())
