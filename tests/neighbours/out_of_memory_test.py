"""The out-of-memory killer ends a program: the row names it, and its alert is there."""

import contextlib
import os
import signal
import subprocess

from scene import Scene, Skipped, check, finish, main

LIMIT_OF_GROUP = 96 << 20  # bytes


def unified_mount():
    with open('/proc/self/mountinfo') as mounts:
        for line in mounts:
            before, _, after = line.partition(' - ')
            if after.startswith('cgroup2 '):
                return before.split(' ')[4]
    raise Skipped('no control groups of version 2 are mounted here')


def own_group(mount):
    with open('/proc/self/cgroup') as groups:
        path = next(line[3:].strip() for line in groups if line.startswith('0::'))
    return mount + path.rstrip('/')


def read(path):
    with open(path) as file:
        return file.read()


def write(path, text):
    with open(path, 'w') as file:
        file.write(text)


def parent_with_memory(mount):
    """The nearest group above, or that of the test itself, whose children have memory limits."""
    group = own_group(mount)
    while group.startswith(mount):
        if os.path.exists(f'{group}/cgroup.subtree_control'):
            if 'memory' in read(f'{group}/cgroup.subtree_control').split():
                return group
            if 'memory' in read(f'{group}/cgroup.controllers').split():
                with contextlib.suppress(OSError):  # refused where processes are in it
                    write(f'{group}/cgroup.subtree_control', '+memory')
                    return group
        group = os.path.dirname(group)
    raise Skipped('control groups of version 2 have no memory limits here')


def kernel_log():
    """Empty where it may not be read; in a container its process ids are others."""
    if os.stat('/proc/self/ns/pid').st_ino != 0xEFFFFFFC:
        return ''
    return subprocess.run(['dmesg'], capture_output=True, text=True, check=False).stdout


def group_of_version_1():
    """Where groups with memory limits can be made, if version 1 counts memory here; or None."""
    with open('/proc/self/cgroup') as groups:
        paths = [line.rstrip('\n').split(':', 2)[2] for line in groups
                 if 'memory' in line.split(':', 2)[1].split(',')]
    for path in paths:
        for group in (f'/sys/fs/cgroup/memory{path.rstrip("/")}', '/sys/fs/cgroup/memory'):
            if os.path.exists(f'{group}/memory.limit_in_bytes'):
                return group
    return None


@contextlib.contextmanager
def limited_group():
    """A control group whose processes may have LIMIT_OF_GROUP bytes together."""
    if os.geteuid() != 0:
        raise Skipped('only root may make control groups')
    parent = group_of_version_1() if kernel_log() else None  # its counts are not read
    limit = 'memory.limit_in_bytes' if parent else 'memory.max'
    group = f'{parent or parent_with_memory(unified_mount())}/dblog-test-{os.getpid()}'
    try:
        os.mkdir(group)
    except OSError as failure:
        raise Skipped(f'no control group may be made here: {failure}') from None
    try:
        write(f'{group}/{limit}', str(LIMIT_OF_GROUP))
        if os.path.exists(f'{group}/memory.swap.max'):
            write(f'{group}/memory.swap.max', '0')
        yield group
    finally:
        os.rmdir(group)


def run_in(group, scene, way):
    program = scene.programs['ending_program']
    child = scene.start('sh', '-c', f'echo $$ > {group}/cgroup.procs && exec {program} {way}',
                        stderr=subprocess.DEVNULL)
    return finish(child).status


def test_dblog_run_names_it_of_programs_with_and_without_handlers(scene: Scene):
    eats = 'memory = bytearray(300 << 20); memory[:] = b"x" * len(memory)'
    with limited_group() as group:
        for options in ([], ['--no-handlers']):
            child = scene.start(
                'sh', '-c', f'echo $$ > {group}/cgroup.procs && exec "$@"', 'sh',
                scene.program('dblog'), 'run', '--db', scene.database, *options, '--',
                scene.program('python3'), '-c', eats, env={'DBLOG_DELIVERY': 'none'})
            check(finish(child).status == -signal.SIGKILL, options, child.output)
    rows = scene.rows('SELECT kind, cause FROM crashes ORDER BY id')
    check(rows == [('killed', 'out_of_memory')] * 2, rows)


def test_the_memory_killer_is_named_and_another_kill_is_not_taken_for_it(scene: Scene):
    with limited_group() as group:
        for way in ('kill', 'eats', 'kill'):
            check(run_in(group, scene, way) == -signal.SIGKILL, way)
            scene.recover()
    rows = scene.rows('SELECT kind, cause, msg FROM crashes ORDER BY id')
    check([row[:2] for row in rows] ==
          [('killed', 'unknown'), ('killed', 'out_of_memory'), ('killed', 'unknown')], rows)
    check('out-of-memory killer' in rows[1][2], rows)
    if 'Killed process' in kernel_log():
        check("as the kernel's log has it" in rows[1][2], rows)
    check(scene.rows('SELECT count(*) FROM outbox WHERE source_id = 2') == [(1,)])


main(globals())
