"""A real systemd, the first process of namespaces of its own, starts programs that end in ways that
leave no mark: what it knows of their ends is in the rows. And the unit of docs/recipes.md records."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time

from scene import LIMIT, Scene, Skipped, check, finish, main, start

SYSTEMD = '/lib/systemd/systemd'
BOOT = '''
mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs tmpfs /run &&
mount -t tmpfs -o mode=755 tmpfs /var/lib && mount -t tmpfs -o mode=755 tmpfs /opt &&
{ [ $# = 0 ] || cp "$@" /opt; } && mkdir /run/systemd && exec "$0" --system --unit=empty.target
'''
RECIPES = pathlib.Path(__file__).parents[2] / 'docs/recipes.md'
EMPTY_TARGET = '[Unit]\nDefaultDependencies=no\n'
SERVICE = '''
[Unit]
DefaultDependencies=no
[Service]
ExecStart={command}
Environment={variables}
'''


class Machine:
    """Commands that run in systemd's namespaces."""

    def __init__(self, first_process, scene):
        self.enter = ['nsenter', '--target', str(first_process), '--mount', '--pid', '--cgroup']
        self.scene = scene

    def run(self, *command):
        return finish(start([*self.enter, *command], env=self.scene.environment))

    def has_booted(self):
        return self.run('systemctl', 'show', '--property=Version').status == 0

    def run_service(self, name):
        """To its end."""
        started = self.run('systemctl', 'start', name)
        check(started.status == 0, started.output)
        wait_for(lambda: 'inactive' in self.state_of(name) or 'failed' in self.state_of(name),
                 lambda: self.state_of(name))

    def state_of(self, name):
        return self.run('systemctl', 'show', '--property=ActiveState', name).output

    def recover(self):
        return self.run(self.scene.program('dblog'), 'recover', '--db', self.scene.database)


def wait_for(is_there, describe):
    end = time.monotonic() + LIMIT
    while not is_there():
        check(time.monotonic() < end, describe())
        time.sleep(0.05)


def remove_groups(before):
    """Empty control groups that systemd made; those of others stay."""
    for path in sorted(groups() - before, key=len, reverse=True):
        with contextlib.suppress(OSError):
            os.rmdir(path)


def groups():
    return {path for path, _, _ in os.walk('/sys/fs/cgroup')}


def services(scene, ways):
    """A unit for each of the ways in which ending_program ends."""
    variables = ' '.join(f'"{name}={value}"' for name, value in
                         {**scene.environment, 'DBLOG_DELIVERY': 'none'}.items())
    return {name: SERVICE.format(command=f'{scene.program("ending_program")} {way}', variables=variables)
            for name, way in ways.items()}


@contextlib.contextmanager
def machine(scene, services, programs=()):
    """With these units, and these programs in /opt."""
    if os.geteuid() != 0 or not os.path.exists(SYSTEMD):
        raise Skipped('needs root and systemd')
    before = groups()
    units = f'{scene.path}/units'
    os.mkdir(units)
    for name, unit in services.items():
        with open(f'{units}/{name}.service', 'w') as file:
            file.write(unit)
    with open(f'{units}/empty.target', 'w') as file:
        file.write(EMPTY_TARGET)
    parent = subprocess.Popen(
        ['unshare', '--mount', '--pid', '--cgroup', '--fork', '--kill-child', 'sh', '-c', BOOT,
         SYSTEMD, *(scene.program(program) for program in programs)],
        env={**scene.environment, 'container': 'test', 'SYSTEMD_UNIT_PATH': units,
             'SYSTEMD_LOG_TARGET': 'console'},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield Machine(wait_for_boot(parent, scene), scene)
    finally:
        parent.kill()
        parent.wait()
        remove_groups(before)


def wait_for_boot(parent, scene):
    """The process id, seen from here, of a systemd that answers."""
    end = time.monotonic() + 30
    while time.monotonic() < end and parent.poll() is None:
        with open(f'/proc/{parent.pid}/task/{parent.pid}/children') as file:
            children = file.read().split()
        if children and Machine(children[0], scene).has_booted():
            return children[0]
        time.sleep(0.05)
    raise Skipped('systemd does not start in a namespace here')


def test_the_end_of_a_service_is_known(scene: Scene):
    with machine(scene, services(scene, {'killed': 'kill', 'exited': 'bare-exit'})) as systemd:
        for name in ('killed', 'exited'):
            systemd.run_service(name)
            recovered = systemd.recover()
            check(recovered.status == 0, recovered.output)
    rows = scene.rows('SELECT kind, cause, killed_by FROM crashes ORDER BY id')
    check(rows == [('killed', 'signal', signal.SIGKILL)], rows)
    ends = scene.rows('SELECT ended_by FROM dblog_processes ORDER BY started_utc')
    check(ends[1] == ('exit',), ends)


def test_what_systemd_knows_of_another_run_is_not_taken(scene: Scene):
    with machine(scene, services(scene, {'killed': 'kill'})) as systemd:
        for _ in range(2):  # it has the end of the second one only
            systemd.run_service('killed')
        # The second run found the first one's box, and could not ask.
        recovered = systemd.recover()
        check(recovered.status == 0, recovered.output)
    rows = scene.rows('SELECT kind, cause FROM crashes ORDER BY id')
    check(rows == [('killed', 'unknown'), ('killed', 'signal')], rows)


def test_the_hardened_unit_of_the_recipes_records_and_names(scene: Scene):
    unit = re.search(r'`hardened.service`:\n\n```ini\n(.*?)```', RECIPES.read_text(), re.DOTALL)[1]
    for theirs, ours in (('[Unit]', '[Unit]\nDefaultDependencies=no'), ('Restart=on-failure', ''),
                         ('User=shop', 'User=nobody'), ('/usr/local/bin/dblog', '/opt/dblog'),
                         ('/usr/local/bin/shop', '/opt/ending_program_static puts-back')):
        check(theirs in unit, theirs)
        unit = unit.replace(theirs, ours)
    with machine(scene, {'shop': unit}, ['ending_program_static', 'dblog']) as systemd:
        systemd.run_service('shop')
        listed = systemd.run(scene.program('dblog'), 'list', '--full', '--db', '/var/lib/shop/LOGS.db')
    check(listed.status == 0, listed.output)
    check('SIGSEGV in fault_after_signal' in listed.output, listed.output)


main(globals())
